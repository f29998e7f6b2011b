//! Records the versions of the engine's parts as they are built, for the engine
//! fingerprint (`src/engine.rs`): a cache key must change when any of them does.

use std::{env, fs, path::PathBuf};

/// The packages whose code decides what a code object looks like.
const PARTS: [&str; 4] =
    ["rustpython-codegen", "rustpython-compiler", "rustpython-compiler-core", "rustpython-ruff_python_parser"];

fn main() {
    let lock = lock_file();
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", lock.display());
    let text = fs::read_to_string(&lock).unwrap_or_else(|error| panic!("cannot read {}: {error}", lock.display()));
    let versions: Vec<String> = PARTS.iter().map(|part| format!("{part} {}", locked_version(&text, part))).collect();
    println!("cargo::rustc-env=PYC_RS_ENGINE_PARTS={}", versions.join(", "));
}

/// The lock file of the build in progress: above the output folder, or, when the
/// target folder lies elsewhere, above this package.
fn lock_file() -> PathBuf {
    let starts = ["OUT_DIR", "CARGO_MANIFEST_DIR"].map(|name| PathBuf::from(env::var_os(name).unwrap_or_default()));
    starts
        .iter()
        .flat_map(|start| start.ancestors())
        .map(|folder| folder.join("Cargo.lock"))
        .find(|path| path.is_file() && fs::read_to_string(path).is_ok_and(|text| text.contains(PARTS[0])))
        .unwrap_or_else(|| panic!("no Cargo.lock that names {} above the build", PARTS[0]))
}

fn locked_version<'a>(lock: &'a str, package: &str) -> &'a str {
    let name = format!("name = \"{package}\"");
    let mut versions = lock
        .split("[[package]]")
        .filter(|entry| entry.lines().any(|line| line == name))
        .filter_map(|entry| entry.lines().find_map(|line| line.strip_prefix("version = ")));
    match (versions.next(), versions.next()) {
        (Some(version), None) => version.trim_matches('"'),
        (None, _) => panic!("{package} is not in Cargo.lock"),
        (Some(_), Some(_)) => panic!("{package} is in Cargo.lock more than once"),
    }
}
