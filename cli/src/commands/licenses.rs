//! `pyc-rs --licenses`.

use std::{io::Write as _, process::ExitCode};

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "pyc-rs is licensed under either of the MIT License and the Apache License 2.0.\n")?;
    writeln!(out, "{}", include_str!("../../../LICENSE-MIT"))?;
    writeln!(out, "The standard library in it is part of Python and is licensed as follows.\n")?;
    writeln!(out, "{}", pyc_rs_runtime::stdlib::LICENSE)?;
    Ok(ExitCode::SUCCESS)
}
