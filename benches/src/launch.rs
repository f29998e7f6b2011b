//! Starts one process, waits for it, and writes what it used into a file.
//!
//! `launch REPORT PROGRAM [ARGS...]`. The report is one line of JSON.

use std::{
    io,
    os::unix::process::ExitStatusExt as _,
    process::{Command, ExitCode, ExitStatus},
    time::Instant,
};

fn main() -> ExitCode {
    match launch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("launch: {error}");
            ExitCode::from(125)
        }
    }
}

fn launch() -> io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let usage = || io::Error::other("usage: launch REPORT PROGRAM [ARGS...]");
    let report = arguments.next().ok_or_else(usage)?;
    let mut command = Command::new(arguments.next().ok_or_else(usage)?);
    command.args(arguments);
    let since = Instant::now();
    let child = command.spawn()?;
    let (status, usage) = wait(child.id())?;
    let wall = since.elapsed().as_secs_f64();
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let line = format!(
        "{{\"status\":{},\"wall_s\":{wall},\"cpu_s\":{},\"peak_bytes\":{},\"minor_faults\":{},\"major_faults\":{}}}",
        status.code().unwrap_or(-1),
        seconds(usage.ru_utime) + seconds(usage.ru_stime),
        usage.ru_maxrss * 1024,
        usage.ru_minflt,
        usage.ru_majflt,
    );
    std::fs::write(report, line)
}

/// Waits for a child of this process, and gets its resource usage with its status.
#[expect(unsafe_code, reason = "std has no wait that tells the usage")]
fn wait(id: u32) -> io::Result<(ExitStatus, libc::rusage)> {
    let id = libc::pid_t::try_from(id).map_err(io::Error::other)?;
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    loop {
        // SAFETY: both pointers are to live values of the types that the call fills; it keeps
        // neither.
        let done = unsafe { libc::wait4(id, &raw mut status, 0, usage.as_mut_ptr()) };
        if done == id {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // SAFETY: `rusage` is plain numbers, for which zeroes, or what the call wrote, are valid.
    Ok((ExitStatus::from_raw(status), unsafe { usage.assume_init() }))
}
