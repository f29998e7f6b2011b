//! This program under callgrind.

use std::process::Command;

use anyhow::{Context as _, ensure};

/// The function whose inside is counted.
const COUNTED: &str = "*counted_work*";

/// Calls the work where callgrind looks.
#[inline(never)]
pub(crate) fn counted_work(work: &mut dyn FnMut()) {
    work();
}

/// Instructions of one stage.
pub(crate) fn count(stage: &str) -> anyhow::Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"]);
    command.arg(format!("--toggle-collect={COUNTED}")).arg(std::env::current_exe()?).args(["run", stage]);
    // The same on every machine: hashes are not random, and glibc takes the functions that
    // any x86_64 has, whatever this processor offers.
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("PYTHONHASHSEED", "0");
    command.env(
        "GLIBC_TUNABLES",
        "glibc.cpu.hwcaps=-AVX2_Usable,-AVX2,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM,-AVX512F,-AVX512VL",
    );
    let output = command.output().context("cannot start valgrind")?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{stage} fails under callgrind: {text}");
    let count = text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    let count = count.with_context(|| format!("callgrind told no count of {stage}: {text}"))?;
    ensure!(count > 0, "callgrind saw nothing of {stage}");
    Ok(count)
}

/// What the counts depend on besides this repository: compilers and valgrind, and which
/// vector instructions valgrind offers to libraries that look for them.
pub(crate) fn surroundings() -> anyhow::Result<Vec<String>> {
    let first_line = |command: &mut Command| -> anyhow::Result<String> {
        let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
    };
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let avx2 = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default().contains(" avx2 ");
    Ok(vec![
        first_line(Command::new(rustc).arg("--version"))?,
        first_line(Command::new("valgrind").arg("--version"))?,
        if avx2 { "x86_64 with avx2" } else { "without avx2" }.to_owned(),
    ])
}
