//! The `pyc-rs` command: arguments in, text or JSON out.

#![warn(clippy::unwrap_used, clippy::expect_used)]

mod allocator;
mod commands;
mod config;
mod diagnostics;
mod globals;
mod python_style;
mod quick;
mod remote;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pyc_rs_runtime::sandbox::EarlyFork;

use crate::globals::Globals;

#[global_allocator]
static ALLOCATOR: pyc_rs_runtime::image::Recorder<mimalloc::MiMalloc> =
    pyc_rs_runtime::image::Recorder::new(mimalloc::MiMalloc);

/// Exit status when pyc-rs itself failed, as opposed to what it was given.
const INTERNAL_FAILURE: u8 = 125;

/// Exit status for arguments or settings that mean nothing.
const USAGE: u8 = 2;

/// Compiles Python ahead of time into a cache, and runs it from there.
#[derive(Parser)]
#[command(
    name = "pyc-rs",
    version = globals::VERSION,
    max_term_width = 100,
    override_usage = "pyc-rs [OPTIONS] <COMMAND>",
    arg_required_else_help = true,
    after_help = "Examples:\n  pyc-rs compile src/           compile a tree into the cache\n  pyc-rs run tool.py --help     run a program from the cache\n  pyc-rs run -c 'print(1 + 1)'  run a line of code\n  pyc-rs cache info             what the cache holds\n\n`pyc-rs -c CODE`, `pyc-rs -m MODULE` and `pyc-rs FILE` work as `pyc-rs run` does."
)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    /// Show the licences of pyc-rs and of the standard library in it.
    #[arg(long, exclusive = true)]
    licenses: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Compile Python files and folders into the cache.
    Compile(commands::compile::Args),
    /// Run a program, from the cache when it is there.
    Run(Box<commands::run::Args>),
    /// Look at bundles, sign them, and take them apart.
    Bundle(commands::bundle::Args),
    /// Look at the cache and keep it in order.
    Cache(commands::cache::Args),
    /// Make images of a started interpreter, and look after them.
    #[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
    Image(commands::image::Args),
    /// Show every setting, and where it comes from.
    Config(commands::config::Args),
    /// Show what a file was compiled to.
    Inspect(commands::inspect::Args),
}

fn main() -> ExitCode {
    pyc_rs_runtime::begin_with_small_pages();
    #[cfg(target_os = "linux")]
    allocator::after_first_allocation();
    // A sandbox is this program, started again.
    pyc_rs_runtime::sandbox::worker_entry();
    let early = early_fork();
    quiet_compiler_panics();
    pyc_rs_runtime::survive_file_size_limit();
    let arguments = python_style::rewrite(std::env::args_os().collect());
    let parsed = quick::parse(&arguments).map_or_else(|| Cli::try_parse_from(arguments), Ok);
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is the reader's choice.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match dispatch(cli, early) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            globals::error(&error);
            ExitCode::from(if globals::is_usage(&error) { USAGE } else { INTERNAL_FAILURE })
        }
    }
}

/// The process that a run in a sandbox is going to be, while there is nothing in this one. If
/// the arguments turn out to mean something else, it has been for nothing.
fn early_fork() -> Option<EarlyFork> {
    #[cfg(target_os = "linux")]
    {
        let mut arguments = std::env::args_os().skip(1);
        let is_run = arguments.next().is_some_and(|command| command == "run");
        let for_sandbox = is_run && arguments.any(|argument| allocator::is_for_sandbox(argument.as_encoded_bytes()));
        if for_sandbox && allocator::commits_late() {
            // Where it cannot be had, one is started when it is wanted.
            return EarlyFork::new().ok();
        }
    }
    None
}

fn dispatch(cli: Cli, early: Option<EarlyFork>) -> anyhow::Result<ExitCode> {
    if cli.licenses {
        return commands::licenses::run();
    }
    let mut globals = cli.globals;
    globals.configure()?;
    match cli.command {
        Some(Command::Compile(args)) => commands::compile::run(&args, &globals),
        Some(Command::Run(args)) => commands::run::run(&args, &globals, early),
        Some(Command::Bundle(args)) => commands::bundle::run(&args),
        Some(Command::Cache(args)) => commands::cache::run(&args, &globals),
        #[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
        Some(Command::Image(args)) => commands::image::run(&args, &globals),
        Some(Command::Config(args)) => commands::config::run(&args, &globals),
        Some(Command::Inspect(args)) => commands::inspect::run(&args, &globals),
        None => Err(globals::UsageError("no command; see pyc-rs --help".to_owned()).into()),
    }
}

/// A panic while compiling is that file's failure, and is reported as such.
fn quiet_compiler_panics() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(pyc_rs_runtime::compiler::THREAD_NAME) {
            default(panic);
        }
    }));
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
