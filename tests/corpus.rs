//! Every program of `tests/corpus` gives what CPython gives, fresh and from the
//! cache, and the second time nothing is compiled.

mod support;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use support::{Ran, Room, clean, repository, with_input};

struct Case {
    script: PathBuf,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut cases: Vec<Self> = fs::read_dir(repository().join("tests/corpus"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "out"))
            .map(|path| Self { script: path.with_extension("py") })
            .collect();
        cases.sort_by(|a, b| a.script.cmp(&b.script));
        cases
    }

    fn file(&self, extension: &str) -> Option<String> {
        fs::read_to_string(self.script.with_extension(extension)).ok()
    }

    fn name(&self) -> &str {
        self.script.file_stem().unwrap().to_str().unwrap()
    }

    fn run(&self, room: &Room) -> Ran {
        let mut command = std::process::Command::new(support::BINARY);
        clean(&mut command);
        command
            .env("PYC_RS_CACHE_DIR", room.cache_dir())
            .current_dir(self.script.parent().unwrap())
            .args(["run", "-v"])
            .arg(Path::new(self.script.file_name().unwrap()))
            .args(self.file("args").unwrap_or_default().lines());
        with_input(command, self.file("in").unwrap_or_default().as_bytes())
    }

    fn check(&self, ran: &Ran) -> Result<(), String> {
        let status = self.file("status").map_or(0, |text| text.trim().parse().unwrap());
        let stdout = self.file("out").unwrap();
        let stderr: Vec<&str> = ran.stderr.lines().filter(|line| !line.starts_with("pyc-rs: ")).collect();
        let wanted = self.file("err").unwrap_or_default();
        if ran.status != Some(status) {
            return Err(format!("status {:?} instead of {status}: {}", ran.status, ran.stderr));
        }
        if ran.stdout != stdout {
            return Err(first_difference(&stdout, &ran.stdout));
        }
        if stderr.last().copied().unwrap_or_default() != wanted.lines().last().unwrap_or_default() {
            return Err(format!("standard error ends with {:?} instead of {wanted:?}", stderr.last()));
        }
        Ok(())
    }
}

fn first_difference(wanted: &str, got: &str) -> String {
    let mut lines = wanted.lines().zip(got.lines()).enumerate();
    match lines.find(|(_, (wanted, got))| wanted != got) {
        Some((number, (wanted, got))) => format!("line {}: {got:?} instead of {wanted:?}", number + 1),
        None => format!("{} lines instead of {}", got.lines().count(), wanted.lines().count()),
    }
}

#[test]
fn every_program_runs_as_in_cpython_fresh_and_from_the_cache() {
    let cases = Case::all();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        let room = Room::new();
        let fresh = case.run(&room);
        let again = case.run(&room);
        if let Err(problem) = case.check(&fresh) {
            failures.push(format!("{}: {problem}", case.name()));
        }
        if (&again.stdout, again.status) != (&fresh.stdout, fresh.status) {
            failures.push(format!("{}: differs from the cache", case.name()));
        }
        if fresh.compiled_modules() == 0 {
            failures.push(format!("{}: the first run compiled nothing", case.name()));
        }
        if again.compiled_modules() != 0 {
            failures.push(format!("{}: the second run compiled {} modules", case.name(), again.compiled_modules()));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn the_five_headline_snippets_are_there() {
    let names: BTreeSet<String> = Case::all().iter().map(|case| case.name().to_owned()).collect();
    for number in 1..=5 {
        assert!(names.contains(&format!("headline_{number}")));
    }
}
