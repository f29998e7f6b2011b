//! A generated monorepo of 5,000 modules and one of 50,000: what grows, and how.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context as _;

use crate::{
    measure::{Side, in_turns, process},
    peers::Peers,
    report::{Report, Section},
};

const SIZES: [usize; 2] = [5_000, 50_000];

/// Modules of one package.
const PACKAGE: usize = 100;

pub(crate) fn run(peers: &Peers, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let mut section = Section::new(
        "A monorepo",
        "Generated modules of some 500 bytes in packages of 100, two jobs, whole processes. The ratio is the time over ten times that of the smaller tree: 1 is linear, below 1 better.",
    );
    let rooms: Vec<Monorepo> =
        SIZES.iter().map(|size| Monorepo::new(&peers.ours, *size)).collect::<anyhow::Result<_>>()?;
    let cases: [(&str, usize, Work); 6] = [
        ("cold", 1, Monorepo::cold),
        ("nothing to do", runs, Monorepo::compile),
        ("one file changed", runs, Monorepo::changed),
        ("`cache info`", runs, Monorepo::info),
        ("`cache verify`", 1, Monorepo::verify),
        ("`cache export`", 1, Monorepo::export),
    ];
    for (case, runs, work) in cases {
        let mut sides: Vec<Side<'_>> = rooms.iter().map(|room| Box::new(move || work(room)) as Side<'_>).collect();
        let timings = in_turns(runs, &mut sides)?;
        let linear = SIZES[1] as f64 / SIZES[0] as f64;
        let growth = timings[1].median() / timings[0].median() / linear;
        section.row(&format!("{case}, {} modules", SIZES[0]), &timings[0], None);
        section.row(&format!("{case}, {} modules", SIZES[1]), &timings[1], Some(growth));
    }
    report.add(section);
    Ok(())
}

/// What is timed.
type Work = fn(&Monorepo) -> anyhow::Result<Duration>;

struct Monorepo {
    ours: PathBuf,
    room: tempfile::TempDir,
}

impl Monorepo {
    fn new(ours: &Path, modules: usize) -> anyhow::Result<Self> {
        let room = tempfile::tempdir()?;
        for number in 0..modules {
            let package = room.path().join(format!("tree/package_{}", number / PACKAGE));
            if number % PACKAGE == 0 {
                fs::create_dir_all(&package)?;
            }
            fs::write(package.join(format!("module_{number}.py")), module(number))?;
        }
        Ok(Self { ours: ours.to_owned(), room })
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<Duration> {
        let mut command = Command::new(&self.ours);
        command.args(arguments).env("PYC_RS_CONFIG", "off").env("PYC_RS_CACHE_DIR", self.room.path().join("cache"));
        // Nothing is evicted, and no process is left behind that tidies up.
        command.env("PYC_RS_CACHE_SIZE", "1TiB").current_dir(self.room.path());
        process(&mut command, &[0])
    }

    fn cold(&self) -> anyhow::Result<Duration> {
        let _ = fs::remove_dir_all(self.room.path().join("cache"));
        self.compile()
    }

    fn compile(&self) -> anyhow::Result<Duration> {
        self.run(&["compile", "-q", "-j2", "tree"])
    }

    fn changed(&self) -> anyhow::Result<Duration> {
        let path = self.room.path().join("tree/package_7/module_707.py");
        let mut text = fs::read_to_string(&path)?;
        text.push_str("\nCHANGED = True\n");
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        self.compile()
    }

    fn info(&self) -> anyhow::Result<Duration> {
        self.run(&["cache", "info"])
    }

    fn verify(&self) -> anyhow::Result<Duration> {
        self.run(&["cache", "verify"])
    }

    fn export(&self) -> anyhow::Result<Duration> {
        self.run(&["cache", "export", "cache.pycar"])
    }
}

/// Ordinary code, different in each module.
fn module(number: usize) -> String {
    format!(
        "\"\"\"Module {number}.\"\"\"\nimport os\n\nNAME = 'module {number}'\n\n\nclass Thing{number}:\n    def __init__(self, size={number}):\n        self.size = size\n\n    def grow(self, by=1):\n        for step in range(by):\n            self.size += step * {number}\n        return self.size\n\n\ndef path(*parts):\n    return os.path.join(NAME, *parts)\n\n\ndef total(things):\n    return sum(thing.size for thing in things if isinstance(thing, Thing{number}))\n"
    )
}
