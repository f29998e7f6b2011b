//! Commands that stand for host functions, to try them out (`--host-command`).

use std::{
    io::{Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use pyc_rs_runtime::sandbox::{HostCall, HostError, Value};

/// Longest result, in bytes: as much as a call may send.
const MOST: u64 = 1 << 20;

/// How often a command is looked at.
const INTERVAL: Duration = Duration::from_millis(1);

/// How long the output of a command that has ended is waited for: what it has started may keep it
/// open.
const GRACE: Duration = Duration::from_millis(100);

/// A command under the name of a function.
#[derive(Clone, Debug)]
pub(super) struct HostCommand {
    pub(super) name: String,
    pub(super) command: String,
    /// When the run has no time left. A command that still runs then is killed, with what it
    /// has started.
    pub(super) until: Instant,
}

impl HostCommand {
    /// Runs it with the arguments as JSON on its standard input. Its standard output is the result.
    pub(super) fn call(&self, call: &HostCall) -> Result<Value, HostError> {
        let arguments = call.to_json_text().map_err(|what| {
            HostError::named("TypeError", format!("{}() takes what JSON has, not {what}", self.name))
        })?;
        let mut running = Running::start(&self.command, arguments).map_err(|error| self.failed(&error))?;
        let status = running.wait(self.until).map_err(|problem| self.failed(&problem))?;
        // The snippet is not told the command, which can have secrets in it.
        if !status.success() {
            return Err(self.failed(&format!("its command ended with {status}")));
        }
        let text = running.output().map_err(|problem| self.failed(&problem))?;
        if text.trim_ascii().is_empty() {
            return Ok(Value::None);
        }
        let text = std::str::from_utf8(&text).map_err(|error| self.failed(&error))?;
        Value::from_json_text(text).map_err(|error| self.failed(&format!("its command printed no JSON: {error}")))
    }

    fn failed(&self, problem: &dyn std::fmt::Display) -> HostError {
        HostError::new(format!("{}(): {problem}", self.name))
    }
}

/// A command that was started, killed with this value if it still runs.
struct Running {
    child: Child,
    reader: Option<JoinHandle<std::io::Result<Vec<u8>>>>,
    is_full: Arc<AtomicBool>,
}

impl Running {
    fn start(command: &str, arguments: String) -> std::io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).stdin(Stdio::piped()).stdout(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut child = shell.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command may not care for its arguments, or not yet.
            std::thread::spawn(move || stdin.write_all(arguments.as_bytes()));
        }
        let is_full = Arc::new(AtomicBool::new(false));
        let reader = child.stdout.take().map(|stdout| {
            let is_full = Arc::clone(&is_full);
            std::thread::spawn(move || {
                let (mut text, mut stdout) = (Vec::new(), stdout.take(MOST + 1));
                stdout.read_to_end(&mut text)?;
                // Before it is closed, which can end the command.
                is_full.store(text.len() as u64 > MOST, Ordering::Release);
                Ok(text)
            })
        });
        Ok(Self { child, reader, is_full })
    }

    /// Waits for its end.
    fn wait(&mut self, until: Instant) -> Result<ExitStatus, String> {
        loop {
            let ended = self.child.try_wait();
            if self.is_full.load(Ordering::Acquire) {
                return Err(too_much());
            }
            match ended {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() >= until => return Err("there is no time left".to_owned()),
                Ok(None) => std::thread::sleep(INTERVAL),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// What it has printed, after its end.
    fn output(&mut self) -> Result<Vec<u8>, String> {
        let since = Instant::now();
        while self.reader.as_ref().is_some_and(|reader| !reader.is_finished()) {
            if since.elapsed() >= GRACE {
                self.kill_all();
                break;
            }
            std::thread::sleep(INTERVAL);
        }
        let read = self.reader.take().map(JoinHandle::join);
        match read {
            Some(Ok(Ok(text))) if text.len() as u64 <= MOST => Ok(text),
            Some(Ok(Ok(_))) => Err(too_much()),
            Some(Ok(Err(error))) => Err(error.to_string()),
            _ => Err("its output cannot be read".to_owned()),
        }
    }

    /// Kills it and what it has started.
    fn kill_all(&self) {
        #[cfg(unix)]
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill_all();
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn too_much() -> String {
    format!("its command printed more than {MOST} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(command: &str, time: Duration) -> Result<Value, HostError> {
        let command = HostCommand { name: "f".to_owned(), command: command.to_owned(), until: Instant::now() + time };
        command.call(&HostCall { arguments: vec!["x".into()], keywords: Vec::new() })
    }

    #[test]
    fn commands_are_functions() {
        let long = Duration::from_secs(60);
        assert_eq!(call("true", long), Ok(Value::None));
        assert_eq!(call("cat", long).unwrap(), Value::from_json_text(r#"{"args": ["x"], "kwargs": {}}"#).unwrap());
        assert_eq!(call("sleep 60 & echo 1", long), Ok(1.into()), "what it leaves behind is not waited for");
        let secret = call("exit 3 # secret", long).unwrap_err().message;
        assert!(secret.contains('3') && !secret.contains("secret"), "{secret}");
        assert!(call("echo {", long).unwrap_err().message.contains("no JSON"));
    }

    #[test]
    fn commands_end() {
        assert!(call("sleep 60", Duration::from_millis(50)).unwrap_err().message.contains("time"));
        assert!(call("exec yes", Duration::from_secs(60)).unwrap_err().message.contains("more than"));
    }
}
