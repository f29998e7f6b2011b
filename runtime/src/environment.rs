//! What Python takes from its environment: variables, virtual environment,
//! command-line switches.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use pyc_rs_compiler::{Optimize, Options};
use rustpython_vm::Settings;

/// The switches of `python` that change how a program runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PythonFlags {
    /// `-I`: no `PYTHON*` variables, no user site, no script folder on the path.
    pub isolated: bool,
    /// `-E`: no `PYTHON*` variables.
    pub ignore_environment: bool,
    /// `-s`: no user site-packages.
    pub no_user_site: bool,
    /// `-S`: `site` is not imported.
    pub no_site: bool,
    /// `-P`: neither the script's folder nor the current one goes on the path.
    pub safe_path: bool,
    /// `-u`: streams are not buffered.
    pub unbuffered: bool,
    /// `-q`: accepted, and without effect.
    pub quiet: bool,
    /// How many times `-O` was given.
    pub optimize: u8,
    /// `-W`, in order.
    pub warnings: Vec<String>,
    /// `-X`, in order.
    pub x_options: Vec<String>,
}

/// A value in the environment or on the command line that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SettingError {
    name: String,
    problem: String,
}

impl SettingError {
    fn new(name: &str, problem: impl Into<String>) -> Self {
        Self { name: name.to_owned(), problem: problem.into() }
    }
}

struct Variables {
    ignored: bool,
}

impl Variables {
    /// The value of a `PYTHON*` variable, unless empty or ignored.
    fn get(&self, name: &str) -> Option<OsString> {
        if self.ignored { None } else { env::var_os(name).filter(|value| !value.is_empty()) }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.into_string().ok()
    }

    fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A number, or 1 for a variable that is set to anything else.
    fn count(&self, name: &str) -> u8 {
        self.text(name).map_or(0, |value| value.parse().unwrap_or(1))
    }
}

/// The interpreter's settings for these switches and this process's environment.
///
/// # Errors
///
/// When a switch or variable has a value that Python would refuse.
pub fn settings(flags: &PythonFlags, argv: Vec<String>) -> Result<Settings, SettingError> {
    let variables = Variables { ignored: flags.isolated || flags.ignore_environment };
    let mut settings = Settings::default();
    // Installed by the importer, which has the bundle to import from.
    settings.allow_external_library = false;
    settings.write_bytecode = false;
    settings.isolated = flags.isolated;
    settings.ignore_environment = variables.ignored;
    settings.import_site = !flags.no_site;
    settings.user_site_directory = !(flags.isolated || flags.no_user_site || variables.is_set("PYTHONNOUSERSITE"));
    settings.safe_path = flags.isolated || flags.safe_path || variables.is_set("PYTHONSAFEPATH");
    settings.buffered_stdio = !(flags.unbuffered || variables.is_set("PYTHONUNBUFFERED"));
    settings.optimize = flags.optimize.max(variables.count("PYTHONOPTIMIZE")).min(2);
    settings.quiet = flags.quiet;
    settings.dev_mode = variables.is_set("PYTHONDEVMODE");
    settings.code_debug_ranges = !variables.is_set("PYTHONNODEBUGRANGES");
    settings.argv = argv;
    if let Some(paths) = variables.get("PYTHONPATH") {
        settings.path_list = env::split_paths(&paths).map(|path| path.to_string_lossy().into_owned()).collect();
    }
    hash_seed(&mut settings, &variables)?;
    int_digits(&mut settings, &variables)?;
    text_encoding(&mut settings, &variables)?;
    for option in &flags.x_options {
        x_option(&mut settings, option)?;
    }
    settings.warnoptions = warning_filters(flags, &variables, settings.dev_mode);
    Ok(settings)
}

/// How sources are compiled under these settings.
#[must_use]
pub fn compile_options(settings: &Settings) -> Options {
    Options {
        optimize: Optimize::from_level(settings.optimize),
        no_debug_ranges: !settings.code_debug_ranges,
        ..Options::default()
    }
}

fn hash_seed(settings: &mut Settings, variables: &Variables) -> Result<(), SettingError> {
    settings.hash_seed = match variables.text("PYTHONHASHSEED").as_deref() {
        None | Some("random") => None,
        Some(seed) => Some(seed.parse().map_err(|_| {
            SettingError::new("PYTHONHASHSEED", "must be \"random\" or an integer in range [0; 4294967295]")
        })?),
    };
    Ok(())
}

fn int_digits(settings: &mut Settings, variables: &Variables) -> Result<(), SettingError> {
    if let Some(digits) = variables.text("PYTHONINTMAXSTRDIGITS") {
        settings.int_max_str_digits = parse_int_digits("PYTHONINTMAXSTRDIGITS", &digits)?;
    }
    Ok(())
}

fn parse_int_digits(name: &str, digits: &str) -> Result<i64, SettingError> {
    match digits.parse() {
        Ok(digits @ (0 | 640..)) => Ok(digits),
        _ => Err(SettingError::new(name, "invalid limit; must be >= 640 or 0 for unlimited")),
    }
}

/// Streams and file names are UTF-8 unless the user says otherwise. Naming the
/// encoding here also saves the interpreter from importing `locale` to find out.
fn text_encoding(settings: &mut Settings, variables: &Variables) -> Result<(), SettingError> {
    settings.utf8_mode = match variables.text("PYTHONUTF8").as_deref() {
        None | Some("1") => 1,
        Some("0") => 0,
        Some(_) => return Err(SettingError::new("PYTHONUTF8", "must be 0 or 1")),
    };
    let io = variables.text("PYTHONIOENCODING").unwrap_or_default();
    let (encoding, errors) = io.split_once(':').unwrap_or((&io, ""));
    settings.stdio_encoding = Some(if encoding.is_empty() { "utf-8" } else { encoding }.to_owned());
    let default_errors = if encoding.is_empty() && locale_is_c() { "surrogateescape" } else { "strict" };
    settings.stdio_errors = Some(if errors.is_empty() { default_errors } else { errors }.to_owned());
    Ok(())
}

/// In the C and POSIX locales CPython lets undecodable bytes through (PEP 538).
fn locale_is_c() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var_os(name).filter(|value| !value.is_empty()));
    locale.is_none_or(|locale| locale == "C" || locale == "POSIX")
}

fn x_option(settings: &mut Settings, option: &str) -> Result<(), SettingError> {
    let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
    match (name, value) {
        ("dev", _) => settings.dev_mode = true,
        ("faulthandler", _) => settings.faulthandler = true,
        ("warn_default_encoding", _) => settings.warn_default_encoding = true,
        ("no_debug_ranges", _) => settings.code_debug_ranges = false,
        ("utf8", None | Some("1")) => settings.utf8_mode = 1,
        ("utf8", Some("0")) => settings.utf8_mode = 0,
        ("utf8", Some(_)) => return Err(SettingError::new("-X utf8", "must be 0 or 1")),
        ("int_max_str_digits", value) => {
            settings.int_max_str_digits = parse_int_digits("-X int_max_str_digits", value.unwrap_or_default())?;
        }
        _ => {}
    }
    settings.xoptions.push((name.to_owned(), value.map(str::to_owned)));
    Ok(())
}

fn warning_filters(flags: &PythonFlags, variables: &Variables, dev_mode: bool) -> Vec<String> {
    let from_variable = variables.text("PYTHONWARNINGS").unwrap_or_default();
    let from_variable = from_variable.split(',').map(|filter| filter.trim().to_owned()).filter(|f| !f.is_empty());
    let dev = dev_mode.then(|| "default".to_owned());
    dev.into_iter().chain(from_variable).chain(flags.warnings.iter().cloned()).collect()
}

/// The virtual environment that is active in this process's environment.
pub(crate) fn active_virtual_environment(settings: &Settings) -> Option<PathBuf> {
    if settings.isolated {
        return None;
    }
    let folder = PathBuf::from(env::var_os("VIRTUAL_ENV").filter(|value| !value.is_empty())?);
    folder.join("pyvenv.cfg").is_file().then_some(folder)
}

/// Whether `site` would find anything to put on the path or to run, beyond what it
/// always does. When in doubt, it would.
pub(crate) fn site_has_work(settings: &Settings, prefixes: &[&str]) -> bool {
    // PYTHONPATH may hold a sitecustomize.
    if !settings.path_list.is_empty() || active_virtual_environment(settings).is_some() {
        return true;
    }
    let Ok(program) = env::current_exe() else { return true };
    if program.ancestors().skip(1).take(2).any(|folder| folder.join("pyvenv.cfg").exists()) {
        return true;
    }
    let mut bases: Vec<PathBuf> = prefixes.iter().filter(|prefix| !prefix.is_empty()).map(PathBuf::from).collect();
    if settings.user_site_directory {
        let Some(home) = env::var_os("HOME").filter(|home| !home.is_empty()) else { return true };
        if env::var_os("PYTHONUSERBASE").is_some() {
            return true;
        }
        bases.push(Path::new(&home).join(".local"));
    }
    // The names that the engine's `site` looks for, with and without free threading.
    bases
        .iter()
        .any(|base| ["rustpython3.14", "rustpython3.14t"].iter().any(|name| base.join("lib").join(name).exists()))
}

/// The site-packages folders of a virtual environment, whichever Python made it.
pub(crate) fn site_packages(virtual_environment: &Path) -> Vec<PathBuf> {
    let Ok(versions) = std::fs::read_dir(virtual_environment.join("lib")) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = versions
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("python3"))
        .map(|entry| entry.path().join("site-packages"))
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}
