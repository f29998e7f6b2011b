//! `pyc-rs run`.

use std::{
    ffi::OsString,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use pyc_rs_runtime::{
    Engine, Observe, Outcome, Program, PythonFlags, StoreMode,
    batch::Shown,
    explain::{Explanation, Loads},
    sandbox::EarlyFork,
};

use super::sandbox::{self, SandboxArgs};
use crate::globals::{self, Format, Globals, UsageError};

#[derive(clap::Args, Debug, Default)]
#[command(
    about = "Run a program, from the cache when it is there",
    long_about = "Run a program the way `python` does. Its code, and that of every module it imports, comes from the cache; what is not there is compiled, kept and run.\n\nThe exit status is the program's own: 1 for an uncaught exception, 2 when the program cannot be found, 125 when pyc-rs itself fails; in a sandbox also 124 for a time limit and 137 for the memory limit.",
    after_help = "Examples:\n  pyc-rs run tool.py --verbose input.txt\n  pyc-rs run -m http.server 8000\n  pyc-rs run -c 'import sys; print(sys.version)'\n  echo 'print(1)' | pyc-rs run -\n  pyc-rs run --explain tool.py\n  pyc-rs run --format json -c '1 + 1'\n  pyc-rs run app.pycb --verbose input.txt\n  pyc-rs run --bundle app.pycb -m app.tool\n  pyc-rs run --sandbox --timeout 1s --format json untrusted.py",
    disable_version_flag = true
)]
pub(crate) struct Args {
    /// Run this code.
    #[arg(short = 'c', value_name = "CODE", allow_hyphen_values = true, group = "program")]
    command: Option<String>,
    /// Run this module, found as an import would.
    #[arg(short = 'm', value_name = "MODULE", group = "program")]
    module: Option<String>,
    /// Import from this bundle before anything else; of several, the first one that has a module wins.
    #[arg(long = "bundle", value_name = "FILE")]
    bundles: Vec<PathBuf>,
    /// Run only bundles that are signed with this key: a file, or the key itself in base64.
    #[arg(long, value_name = "KEY")]
    require_signature: Option<String>,
    /// Neither read nor write the cache.
    #[arg(long)]
    no_cache: bool,
    /// Say where each module came from and how long it took.
    #[arg(short = 'v', long)]
    verbose: bool,
    /// At the end, say which modules were not in the cache, and why.
    #[arg(long)]
    explain: bool,
    /// How to report; `json` keeps the program's output and prints what came of it as one object.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    image: super::image::RunArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    python: PythonArgs,
    /// The program (a file, a bundle, a folder or archive with a __main__, or - for standard input) and its arguments.
    #[arg(value_name = "FILE|- [ARGS]", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "As in python")]
struct PythonArgs {
    /// Leave out assert statements; -OO leaves out docstrings too.
    #[arg(short = 'O', action = clap::ArgAction::Count)]
    optimize: u8,
    /// Isolate: no PYTHON* variables, no user site, no script folder on the path.
    #[arg(short = 'I')]
    isolated: bool,
    /// Ignore PYTHON* variables.
    #[arg(short = 'E')]
    ignore_environment: bool,
    /// Leave out the user's site-packages.
    #[arg(short = 's')]
    no_user_site: bool,
    /// Do not import site.
    #[arg(short = 'S')]
    no_site: bool,
    /// Keep the script's folder off the path.
    #[arg(short = 'P')]
    safe_path: bool,
    /// Do not buffer the output.
    #[arg(short = 'u')]
    unbuffered: bool,
    /// Filter warnings.
    #[arg(short = 'W', value_name = "FILTER")]
    warnings: Vec<String>,
    /// Set an implementation option.
    #[arg(short = 'X', value_name = "OPTION")]
    x_options: Vec<String>,
    /// Accepted and without effect: byte code files are never written.
    #[arg(short = 'B')]
    no_bytecode: bool,
    /// Accepted and without effect.
    #[arg(short = 'q')]
    quiet: bool,
}

impl PythonArgs {
    fn flags(&self) -> PythonFlags {
        PythonFlags {
            isolated: self.isolated,
            ignore_environment: self.ignore_environment,
            no_user_site: self.no_user_site,
            no_site: self.no_site,
            safe_path: self.safe_path,
            unbuffered: self.unbuffered,
            quiet: self.quiet,
            optimize: self.optimize,
            warnings: self.warnings.clone(),
            x_options: self.x_options.clone(),
        }
    }
}

/// As the command line makes them, with everything else as it is by default.
impl Args {
    /// A file and its arguments.
    pub(crate) fn of_file(arguments: &[OsString]) -> Self {
        Self { arguments: arguments.to_owned(), ..Self::default() }
    }

    /// Code and its arguments.
    pub(crate) fn of_command(code: &str, arguments: &[OsString]) -> Self {
        Self { command: Some(code.to_owned()), ..Self::of_file(arguments) }
    }

    /// A module and its arguments.
    pub(crate) fn of_module(module: &str, arguments: &[OsString]) -> Self {
        Self { module: Some(module.to_owned()), ..Self::of_file(arguments) }
    }

    /// The same, started from this image, or in a sandbox.
    pub(crate) fn with(mut self, image: Option<PathBuf>, sandbox: bool) -> Self {
        self.image.image = image;
        if sandbox {
            self.sandbox = SandboxArgs::strict();
        }
        self
    }
}

/// Exit status for a program that cannot be found, as in `python`.
const NO_PROGRAM: u8 = 2;

pub(crate) fn run(args: &Args, globals: &Globals, early: Option<EarlyFork>) -> anyhow::Result<ExitCode> {
    let chosen = chosen_program(args).and_then(|(program, argv)| {
        let checked = super::bundle::for_run(program, &args.bundles, args.require_signature.as_deref())?;
        Ok((checked, argv))
    });
    let ((program, bundles), argv) = match chosen {
        Ok(chosen) => chosen,
        Err(error) => {
            globals::error(&error);
            if let Some(hint) = super::bundle::hint(&error) {
                globals::hint(hint);
            }
            return Ok(ExitCode::from(NO_PROGRAM));
        }
    };
    let mode = if args.no_cache { StoreMode::Off } else { StoreMode::ReadWrite };
    let loads = args.explain.then(Loads::default);
    let cache = match &loads {
        Some(loads) => globals.observed_cache(mode, Some(observer(args.verbose, loads.clone())))?,
        None => globals.cache(mode, args.verbose)?,
    };
    if args.sandbox.is_wanted() {
        if !bundles.is_empty() {
            return Err(globals::UsageError("--sandbox does not take --bundle".to_owned()).into());
        }
        if args.explain {
            return Err(UsageError("--explain is about runs without a sandbox".to_owned()).into());
        }
        let PythonFlags { optimize, warnings, x_options, .. } = args.python.flags();
        if optimize > 0 || !warnings.is_empty() || !x_options.is_empty() {
            return Err(UsageError("-O, -W and -X have no meaning in a sandbox".to_owned()).into());
        }
        if argv.len() > 1 {
            let problem = "a snippet in a sandbox takes no arguments: `--input NAME=JSON` gives it values, and options stand before it";
            return Err(UsageError(problem.to_owned()).into());
        }
        args.image.check_named();
        let image = args.image.file(globals, &cache)?;
        let ending = sandbox::run(&args.sandbox, &program, &cache, image, early, args.format)?;
        globals.tidy_later(&cache);
        // There is nothing left to do that the end of the process does not do by itself.
        ending.exit()
    }
    let mut flags = args.python.flags();
    // The current folder is signed by nobody.
    flags.safe_path |= args.require_signature.is_some();
    let builder = Engine::builder().cache(cache.clone()).flags(flags).argv(argv).handle_signals(true);
    let (engine, image_is_missing) = args.image.boot(builder, globals, &cache, args.verbose)?;
    for file in &bundles {
        engine.mount(file)?;
    }
    match args.format {
        Format::Text => {
            let ending = engine.run_program(&program);
            globals.tidy_later(&cache);
            if let Some(loads) = loads {
                report_misses(&loads.explain(cache.store()));
            }
            if image_is_missing {
                super::image::build_later(globals, &cache);
            }
            ending.exit()
        }
        Format::Json => {
            let outcome = engine.run_program_captured(&program);
            let explanation = loads.map(|loads| loads.explain(cache.store()));
            let explained = Explained { outcome: &outcome, explanation };
            let text = serde_json::to_string(&explained).context("cannot write the outcome as JSON")?;
            writeln!(std::io::stdout().lock(), "{text}")?;
            globals.tidy_later(&cache);
            if image_is_missing {
                super::image::build_later(globals, &cache);
            }
            Ok(ExitCode::from(u8::try_from(outcome.exit_status() & 0xff).unwrap_or(1)))
        }
    }
}

/// An outcome, and why what was not in the cache was not.
#[derive(serde::Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    outcome: &'a Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation>,
}

/// Takes note of every load, and tells people if they want to know.
fn observer(verbose: bool, loads: Loads) -> Box<Observe> {
    Box::new(move |event| {
        if verbose {
            globals::report_load(event);
        }
        loads.observe(event);
    })
}

fn report_misses(explanation: &Explanation) {
    for miss in &explanation.misses {
        let reason = miss.reason.map_or("there is no cache", |reason| reason.as_str());
        globals::note(&format!("missed {} ({reason}): {}", miss.module, Shown(Path::new(&miss.path))));
    }
    globals::note(&format!(
        "{} missed, {} from the cache, {} from the standard library",
        explanation.misses.len(),
        explanation.hits,
        explanation.bundled
    ));
}

/// The program, and what it finds in `sys.argv`.
fn chosen_program(args: &Args) -> anyhow::Result<(Program, Vec<String>)> {
    let mut rest = args.arguments.iter();
    let (program, first) = if let Some(code) = &args.command {
        (Program::Command(code.clone()), "-c".to_owned())
    } else if let Some(module) = &args.module {
        // `runpy` puts the module's file there.
        (Program::Module(module.clone()), "-m".to_owned())
    } else {
        let file = rest.next().context("no program: give a file, -c CODE, -m MODULE, or - for standard input")?;
        if file == "-" {
            (Program::Stdin, "-".to_owned())
        } else {
            let path = PathBuf::from(file);
            let program =
                Program::at(path.clone()).with_context(|| format!("cannot open the program {}", path.display()))?;
            (program, utf8(file)?)
        }
    };
    let mut argv = vec![first];
    for argument in rest {
        argv.push(utf8(argument)?);
    }
    Ok((program, argv))
}

/// The interpreter keeps its arguments as UTF-8.
fn utf8(argument: &OsString) -> anyhow::Result<String> {
    argument.clone().into_string().map_err(|argument| {
        anyhow::anyhow!("the argument {} is not UTF-8, which the interpreter cannot take", argument.display())
    })
}
