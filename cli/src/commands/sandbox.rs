//! `pyc-rs run --sandbox`.

use std::{
    collections::HashSet,
    io::{Read as _, Write as _},
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::builder::TypedValueParser as _;
use pyc_rs_runtime::{
    CodeCache, Ending, Program, Snippet,
    cache::{Patience, parse_size},
    sandbox::{
        DEFAULT_MODULES, EarlyFork, Enforcement, Inputs, Limits, Modules, Policy, Runner, RunnerBuilder, SandboxError,
        Value,
    },
};

use crate::config::duration;
use crate::globals::{Format, UsageError};

use host_command::HostCommand;

#[path = "sandbox/host_command.rs"]
mod host_command;
#[path = "sandbox/show.rs"]
mod show;

/// What to do about a confinement that the kernel cannot enforce.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Strictness {
    /// Fail.
    Strict,
    /// Go on; the outcome tells what was in force.
    BestEffort,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Code that nobody has read")]
pub(crate) struct SandboxArgs {
    /// Run in a confined process of its own, with limits and without files or network.
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "strict")]
    sandbox: Option<Strictness>,
    /// Wall time.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, requires = "sandbox")]
    timeout: Duration,
    /// Processor time.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, requires = "sandbox")]
    cpu_time: Duration,
    /// Memory beyond the interpreter's own.
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = size(), requires = "sandbox")]
    max_memory: u64,
    /// Standard output and standard error together.
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = size(), requires = "sandbox")]
    max_output: u64,
    /// Depth of Python calls [default: 1000].
    #[arg(long, value_name = "N", requires = "sandbox")]
    max_recursion: Option<u32>,
    /// Open files.
    #[arg(long, value_name = "N", default_value_t = 64, requires = "sandbox")]
    max_files: u64,
    #[arg(long, value_name = "MODULES", value_delimiter = ',', requires = "sandbox", conflicts_with = "allow_stdlib", help = allow_help())]
    allow_module: Vec<String>,
    /// Let it import the whole standard library.
    #[arg(long, requires = "sandbox")]
    allow_stdlib: bool,
    /// Modules that it may not import after all.
    #[arg(long, value_name = "MODULES", value_delimiter = ',', requires = "sandbox")]
    deny_module: Vec<String>,
    /// Let it read this file or folder.
    #[arg(long, value_name = "PATH", requires = "sandbox")]
    read: Vec<PathBuf>,
    /// Let it read and write this file or folder.
    #[arg(long, value_name = "PATH", requires = "sandbox")]
    write: Vec<PathBuf>,
    /// Show it this variable of the environment, or give it one.
    #[arg(long, value_name = "NAME[=VALUE]", requires = "sandbox")]
    env: Vec<String>,
    /// Give it a folder of its own to write to, for as long as it runs.
    #[arg(long, requires = "sandbox")]
    scratch: bool,
    /// Let it start threads.
    #[arg(long, requires = "sandbox")]
    threads: bool,
    /// Bind a variable to a value in JSON.
    #[arg(long, value_name = "NAME=JSON", requires = "sandbox")]
    input: Vec<String>,
    /// Give it a function that runs this command: arguments as JSON on its standard input, the result as JSON on its standard output.
    #[arg(long, value_name = "NAME=CMD", requires = "sandbox")]
    host_command: Vec<String>,
}

/// As the command line has it where nothing is said.
impl Default for SandboxArgs {
    fn default() -> Self {
        Self {
            sandbox: None,
            timeout: Duration::from_secs(5),
            cpu_time: Duration::from_secs(5),
            max_memory: 256 << 20,
            max_output: 1 << 20,
            max_recursion: None,
            max_files: 64,
            allow_module: Vec::new(),
            allow_stdlib: false,
            deny_module: Vec::new(),
            read: Vec::new(),
            write: Vec::new(),
            env: Vec::new(),
            scratch: false,
            threads: false,
            input: Vec::new(),
            host_command: Vec::new(),
        }
    }
}

fn allow_help() -> String {
    format!("Let it import these modules, and no others [default: {}]", DEFAULT_MODULES.join(", "))
}

fn size() -> impl clap::builder::TypedValueParser<Value = u64> {
    clap::builder::StringValueParser::new().try_map(|text| parse_size(&text))
}

impl SandboxArgs {
    /// What `--sandbox` alone means.
    pub(crate) fn strict() -> Self {
        Self { sandbox: Some(Strictness::Strict), ..Self::default() }
    }

    pub(crate) const fn is_wanted(&self) -> bool {
        self.sandbox.is_some()
    }

    fn limits(&self) -> Limits {
        Limits {
            wall: self.timeout,
            cpu: self.cpu_time,
            memory: self.max_memory,
            output: self.max_output,
            recursion: self.max_recursion,
            files: self.max_files,
            ..Limits::default()
        }
    }

    fn policy(&self) -> Policy {
        let modules = match (self.allow_stdlib, self.allow_module.is_empty()) {
            (true, _) => Modules::All,
            (false, true) => Modules::Default,
            (false, false) => Modules::Only(self.allow_module.clone()),
        };
        Policy {
            modules,
            deny: self.deny_module.clone(),
            read: self.read.clone(),
            write: self.write.clone(),
            env: self.env.clone(),
            scratch: self.scratch,
            threads: self.threads,
            enforcement: match self.sandbox {
                Some(Strictness::BestEffort) => Enforcement::BestEffort,
                _ => Enforcement::Strict,
            },
        }
    }

    /// A name can mean one thing only.
    fn check_names(&self) -> Result<(), UsageError> {
        let mut seen = HashSet::new();
        let given = self.input.iter().chain(&self.host_command).filter_map(|given| given.split_once('='));
        match given.map(|(name, _)| name).find(|name| !seen.insert(*name)) {
            Some(name) => Err(UsageError(format!("the name {name} is given twice"))),
            None => Ok(()),
        }
    }

    fn inputs(&self) -> anyhow::Result<Inputs> {
        let mut inputs = Inputs::new();
        for input in &self.input {
            let (name, json) = pair("--input", input)?;
            let value = Value::from_json_text(json).map_err(|error| UsageError(format!("--input {name}: {error}")))?;
            inputs = inputs.set(name, value).map_err(|error| UsageError(format!("--input: {error}")))?;
        }
        Ok(inputs)
    }
}

fn pair<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str), UsageError> {
    text.split_once('=').ok_or_else(|| UsageError(format!("{option} {text}: there is no = in it")))
}

/// Runs a program that nobody has read.
pub(crate) fn run(
    args: &SandboxArgs,
    program: &Program,
    cache: &CodeCache,
    image: Option<PathBuf>,
    early: Option<EarlyFork>,
    format: Format,
) -> anyhow::Result<Ending> {
    let until = Instant::now() + args.timeout;
    args.check_names()?;
    let snippet = snippet(program)?;
    let inputs = args.inputs()?;
    let mut builder = Runner::builder().cache(cache.clone()).limits(args.limits()).policy(args.policy());
    if let Some(image) = image {
        builder = builder.image(image);
    }
    if let Some(fork) = early {
        builder = builder.early_fork(fork);
    }
    for host_command in &args.host_command {
        builder = add_host_command(builder, host_command, until)?;
    }
    let outcome = builder.run_once(&snippet, &inputs).map_err(refused)?;
    cache.store().finish(Patience::Short);
    match format {
        Format::Json => {
            let text = serde_json::to_string(&outcome).context("cannot write the outcome as JSON")?;
            writeln!(std::io::stdout().lock(), "{text}")?;
        }
        Format::Text => show::show(&outcome, &snippet, args)?,
    }
    std::io::stdout().flush()?;
    Ok(Ending::Status(outcome.exit_status() & 0xff))
}

/// What the user asked for cannot be had, or pyc-rs fails.
fn refused(error: SandboxError) -> anyhow::Error {
    match error {
        SandboxError::Limit { .. }
        | SandboxError::Grant { .. }
        | SandboxError::Name(_)
        | SandboxError::Variable(_)
        | SandboxError::Twice(_) => UsageError(error.to_string()).into(),
        other => other.into(),
    }
}

fn snippet(program: &Program) -> anyhow::Result<Snippet> {
    match program {
        Program::File { path, source } => Ok(Snippet::new(path.to_string_lossy(), source.clone())),
        Program::Command(code) => Ok(Snippet::new("<string>", code.as_bytes())),
        Program::Stdin => {
            let mut source = Vec::new();
            std::io::stdin().lock().read_to_end(&mut source).context("cannot read standard input")?;
            Ok(Snippet::new("<stdin>", source))
        }
        Program::Package(_) | Program::Bundle(_) | Program::Module(_) => {
            let problem = "--sandbox runs one source: a file, -c CODE, or - for standard input";
            Err(UsageError(problem.to_owned()).into())
        }
    }
}

fn add_host_command(builder: RunnerBuilder, text: &str, until: Instant) -> Result<RunnerBuilder, UsageError> {
    let (name, command) = pair("--host-command", text)?;
    if command.trim().is_empty() {
        return Err(UsageError(format!("--host-command {name}: there is no command")));
    }
    let command = HostCommand { name: name.to_owned(), command: command.to_owned(), until };
    Ok(builder.host_function(name, move |call| command.call(&call)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, millis) in [("5s", 5000), ("100ms", 100), ("2m", 120_000), ("1.5", 1500)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "5h", "-1s", "1e9999s", "nan"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
