//! The snippets of docs/ci.md: parsed, and run with the built binary on the `PATH`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use yaml_rust2::{Yaml, YamlLoader};

use super::formats::check_sarif;
use crate::support::{BINARY, Ran, Room, clean, repository};

/// The fenced block that follows `<!-- test: NAME -->`.
fn snippet(name: &str) -> String {
    let page = fs::read_to_string(repository().join("docs/ci.md")).unwrap();
    let (_, rest) = page.split_once(&format!("<!-- test: {name} -->\n```")).unwrap_or_else(|| panic!("no {name}"));
    let (_, block) = rest.split_once('\n').unwrap();
    block.split_once("\n```").unwrap().0.to_owned() + "\n"
}

fn yaml(text: &str) -> Yaml {
    let mut documents = YamlLoader::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn text(yaml: &Yaml) -> &str {
    yaml.as_str().unwrap_or_else(|| panic!("not a text: {yaml:?}"))
}

/// A checkout of a project, on a machine of its own.
fn checkout() -> Room {
    let room = Room::tidy();
    for n in 0..30 {
        room.write(format!("pkg/m{n}.py"), format!("'''Module {n}.'''\nx = {n}\n"));
    }
    room.write("main.py", "from pkg import m7\nprint(m7.x)\n");
    room
}

/// Runs a line as a step does.
fn shell(room: &Room, line: &str, environment: &BTreeMap<String, String>) -> Ran {
    let mut command = Command::new("bash");
    clean(&mut command);
    let path = std::env::join_paths(
        [Path::new(BINARY).parent().unwrap().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    command.current_dir(room.path()).env("PATH", path.unwrap()).env("PYC_RS_CACHE_DIR", room.cache_dir());
    command.envs(environment).args(["-e", "-o", "pipefail", "-c", line]);
    Ran::from(command.output().unwrap())
}

fn plain() -> BTreeMap<String, String> {
    BTreeMap::new()
}

/// The steps of a job of a GitHub workflow, in which `${{ matrix.part }}` is this.
fn run_steps(room: &Room, job: &Yaml, part: &str, artifacts: &Path) {
    for step in job["steps"].as_vec().unwrap() {
        if let Some(line) = step["run"].as_str() {
            shell(room, &line.replace("${{ matrix.part }}", part), &plain()).ok();
            continue;
        }
        let with = |name: &str| room.path().join(text(&step["with"][name]).replace("${{ matrix.part }}", part));
        let (action, version) = text(&step["uses"]).split_once('@').unwrap();
        assert!(version.starts_with('v'), "{action} has no version");
        match action {
            "actions/checkout" | "actions/cache/restore" => {}
            "actions/cache/save" => assert!(with("path").is_file()),
            "actions/upload-artifact" => {
                let path = with("path");
                fs::copy(&path, artifacts.join(path.file_name().unwrap())).unwrap();
            }
            "actions/download-artifact" => {
                assert_eq!(step["with"]["merge-multiple"].as_bool(), Some(true));
                for artifact in fs::read_dir(artifacts).unwrap().flatten() {
                    fs::copy(artifact.path(), room.path().join(artifact.file_name())).unwrap();
                }
            }
            "github/codeql-action/upload-sarif" => {
                check_sarif(&serde_json::from_slice(&fs::read(with("sarif_file")).unwrap()).unwrap());
            }
            other => panic!("nothing is known about {other}"),
        }
    }
}

#[test]
fn the_github_workflow_carries_the_cache_from_run_to_run() {
    let workflow = yaml(&snippet("github"));
    assert!(!workflow["on"].is_badvalue() && workflow["jobs"]["compile"]["runs-on"].as_str().is_some());
    let job = &workflow["jobs"]["compile"];
    let names: Vec<&str> = job["steps"].as_vec().unwrap().iter().filter_map(|step| step["uses"].as_str()).collect();
    let restored = |name: &str| names.iter().any(|uses| uses.starts_with(name));
    assert!(restored("actions/cache/restore@") && restored("actions/cache/save@"));
    let artifacts = tempfile::tempdir().unwrap();
    let first = checkout();
    run_steps(&first, job, "", artifacts.path());
    // The next run: another machine that gets the file back.
    let second = checkout();
    fs::copy(first.path().join(".pyc-rs.pycar"), second.path().join(".pyc-rs.pycar")).unwrap();
    shell(&second, "pyc-rs cache import --if-present .pyc-rs.pycar", &plain()).ok();
    shell(&second, "pyc-rs compile --check .", &plain()).ok();
    run_steps(&second, job, "", artifacts.path());
    let archive = |room: &Room| fs::read(room.path().join(".pyc-rs.pycar")).unwrap();
    assert!(archive(&first) == archive(&second), "nothing changed, so there is nothing to store anew");
}

#[test]
fn the_github_workflow_for_code_scanning_makes_a_log() {
    let workflow = yaml(&snippet("github-sarif"));
    let room = checkout();
    room.write("broken.py", "x = (\n");
    run_steps(&room, &workflow["jobs"]["scan"], "", &room.path());
    assert!(fs::read_to_string(room.path().join("pyc-rs.sarif")).unwrap().contains("broken.py"));
}

#[test]
fn the_github_workflow_in_parts_compiles_all_of_it() {
    let workflow = yaml(&snippet("github-shards"));
    let artifacts = tempfile::tempdir().unwrap();
    let compile = &workflow["jobs"]["compile"];
    let parts = compile["strategy"]["matrix"]["part"].as_vec().unwrap();
    for part in parts {
        run_steps(&checkout(), compile, &part.as_i64().unwrap().to_string(), artifacts.path());
    }
    assert_eq!(fs::read_dir(artifacts.path()).unwrap().count(), parts.len());
    assert_eq!(text(&workflow["jobs"]["check"]["needs"]), "compile");
    run_steps(&checkout(), &workflow["jobs"]["check"], "", artifacts.path());
}

#[test]
fn the_gitlab_jobs_run() {
    let jobs = yaml(&snippet("gitlab"));
    let room = checkout();
    for name in ["compile", "warm"] {
        let job = &jobs[name];
        let mut environment = BTreeMap::from([("CI_PROJECT_DIR".to_owned(), room.path().display().to_string())]);
        for (variable, value) in job["variables"].as_hash().unwrap() {
            let value = text(value).replace("$CI_PROJECT_DIR", room.path().to_str().unwrap());
            environment.insert(text(variable).to_owned(), value);
        }
        // What is kept is where the cache is.
        let kept = room.path().join(text(&job["cache"]["paths"][0]));
        assert_eq!(kept.components().collect::<PathBuf>(), PathBuf::from(&environment["PYC_RS_CACHE_DIR"]));
        for line in job["script"].as_vec().unwrap() {
            shell(&room, text(line), &environment).ok();
        }
        assert!(kept.join("v1").is_dir());
    }
    // A cold one is noticed.
    let cold = checkout();
    let warm = text(&jobs["warm"]["script"][0]).to_owned();
    shell(&cold, &warm, &plain()).status(1);
}

/// The instructions of a Dockerfile, without comments.
fn instructions(dockerfile: &str) -> Vec<(&str, &str)> {
    assert!(!dockerfile.contains("\\\n"), "continued lines are not understood");
    let lines = dockerfile.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap()).collect()
}

/// A path of the image, or every such path in a line, below a root.
fn below(root: &Path, line: &str) -> String {
    let word = |word: &str| match word.split_once('=') {
        Some((name, path)) if path.starts_with('/') => format!("{name}={}{path}", root.display()),
        _ if word.starts_with('/') => format!("{}{word}", root.display()),
        _ => word.to_owned(),
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten() {
            copy_all(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

#[test]
fn the_dockerfile_makes_a_base_that_nothing_writes_to() {
    let room = Room::tidy();
    room.write("deps/lib/__init__.py", "answer = 42\n");
    room.write("app/main.py", "import lib, part\nprint(lib.answer + part.x)\n");
    room.write("app/part.py", "x = 1\n");
    fs::copy(BINARY, room.path().join("pyc-rs")).unwrap();
    let root = room.path().join("root");
    let mut environment = BTreeMap::new();
    let mut stages = 0;
    let mut base = BTreeMap::new();
    let dockerfile = snippet("dockerfile");
    for (instruction, rest) in instructions(&dockerfile) {
        match instruction {
            "FROM" => {
                stages += 1;
                base = objects(&root.join("opt/pyc-rs"));
            }
            "COPY" => {
                let (from, to) = rest.split_once(' ').unwrap();
                copy_all(&room.path().join(from), Path::new(&below(&root, to)));
            }
            "ENV" => {
                let (name, value) = rest.split_once('=').unwrap();
                environment.insert(name.to_owned(), below(&root, value));
            }
            "RUN" => drop(shell(&room, &below(&root, rest), &environment).ok()),
            "CMD" => {
                let words: Vec<String> = serde_json::from_str(rest).unwrap();
                let ran =
                    shell(&room, &below(&root, &(words.join(" ") + " -v").replace("run /", "run -v /")), &environment)
                        .ok();
                assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), ("43\n", 0), "{ran:#?}");
            }
            other => panic!("nothing is known about {other}"),
        }
    }
    assert_eq!((stages, base.is_empty()), (2, false));
    assert!(objects(&root.join("opt/pyc-rs")) == base, "the base is as it was");
    let own = objects(&root.join("var/cache/pyc-rs"));
    assert!(own.keys().all(|path| !base.keys().any(|other| other.file_name() == path.file_name())));
    assert!(root.join("usr/local/bin/pyc-rs").is_file());
    shell(&room, "chmod -R u+w root", &plain()).ok();
}

fn objects(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = Vec::new();
    for part in ["v1/objects", "v1/packs"] {
        crate::support::collect_files(&folder.join(part), &mut files);
    }
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn the_hook_fails_for_what_does_not_compile() {
    let hooks = yaml(&fs::read_to_string(repository().join(".pre-commit-hooks.yaml")).unwrap());
    let config = yaml(&snippet("pre-commit"));
    let wanted = text(&config["repos"][0]["hooks"][0]["id"]);
    assert_eq!(text(&config["repos"][0]["repo"]), env!("CARGO_PKG_REPOSITORY"));
    let hook = hooks.as_vec().unwrap().iter().find(|hook| text(&hook["id"]) == wanted).unwrap();
    assert_eq!((wanted, text(&hook["language"])), ("pyc-rs-check", "system"));
    assert_eq!(text(&hook["types"][0]), "python");
    assert!(!text(&hook["name"]).is_empty());
    // The runner appends the names of the changed files.
    let room = checkout();
    room.write("it's a file.py", "x = 1\n");
    let run = |files: &str| shell(&room, &format!("{} {files}", text(&hook["entry"])), &plain());
    let good = run("main.py pkg/m1.py \"it's a file.py\"").ok();
    assert_eq!((good.stdout.as_str(), good.stderr.as_str()), ("", ""));
    shell(&room, "pyc-rs compile --check main.py pkg/m1.py", &plain()).ok();
    room.write("broken.py", "x = (\n");
    let bad = run("main.py broken.py").status(1);
    assert!(bad.stderr.starts_with("error[SyntaxError]: '(' was never closed\n --> broken.py:1:5\n"), "{bad:#?}");
}

#[test]
fn no_snippet_is_left_out() {
    let page = fs::read_to_string(repository().join("docs/ci.md")).unwrap();
    let fences = page.lines().filter(|line| line.starts_with("```") && line.len() > 3).count();
    assert_eq!(page.matches("<!-- test: ").count(), fences);
}
