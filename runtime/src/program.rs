//! Running a program the way `python` does.

use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use pyc_rs_cache::{Patience, SessionKind, bundle::is_bundle};
use pyc_rs_compiler::{Mode, Options};
use rustpython_vm::{
    AsObject as _, PyObjectRef, PyResult, VirtualMachine, builtins::PyDictRef, common::wtf8::Wtf8, scope::Scope,
};

use crate::{
    bundle::BundleFile,
    capture::Capture,
    engine::Engine,
    importer::Importer,
    mount,
    outcome::Outcome,
    raise, shutdown,
    snippet::{self, Measure},
};

pub use crate::shutdown::Ending;

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A source file, already read.
    File {
        /// Its path as the user gave it.
        path: PathBuf,
        /// Its bytes.
        source: Vec<u8>,
    },
    /// A folder or an archive with a `__main__` module.
    Package(PathBuf),
    /// A bundle, which says itself what it runs.
    Bundle(Arc<BundleFile>),
    /// The text after `-c`.
    Command(String),
    /// The module after `-m`.
    Module(String),
    /// Whatever standard input holds.
    Stdin,
}

impl Program {
    /// Finds out what `path` is and reads it.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is a bundle that cannot be run: then the error holds an
    /// [`OpenError`](crate::bundle::OpenError).
    pub fn at(path: PathBuf) -> std::io::Result<Self> {
        if path.is_dir() {
            return Ok(Self::Package(path));
        }
        let start = start_of(&path)?;
        if is_bundle(&start) {
            let opened = BundleFile::open(&path).and_then(|file| file.check_engine().map(|()| file));
            return opened.map(Self::Bundle).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
        }
        // Zip archives begin with a local file header, or hold nothing.
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            return Ok(Self::Package(path));
        }
        let source = std::fs::read(&path)?;
        Ok(Self::File { path, source })
    }
}

/// The first bytes of a file, enough to tell what it is. A pipe can be read but once, and so
/// not here.
fn start_of(path: &Path) -> io::Result<Vec<u8>> {
    const ENOUGH: u64 = 512;
    let mut start = Vec::new();
    let file = std::fs::File::open(path)?;
    if file.metadata()?.is_file() {
        file.take(ENOUGH).read_to_end(&mut start)?;
    }
    Ok(start)
}

impl Engine {
    /// Runs a program with the process's own streams, to its very end: when this
    /// returns, exit functions have run and everything is flushed.
    ///
    /// The caller ends the process with [`Ending::exit`]; the interpreter is not
    /// to be used again.
    #[must_use]
    pub fn run_program(self, program: &Program) -> Ending {
        let ending = self.enter(|vm| {
            let ending = match execute(vm, self.importer(), program, Mode::Exec) {
                Ok(_) => Ending::Status(0),
                Err(exception) => shutdown::report(vm, exception),
            };
            shutdown::finish(vm, ending)
        });
        self.cache().store().flush_session(SessionKind::Run, 0, || folder_of(program));
        self.cache().store().finish(Patience::Short);
        // Dropping the interpreter would tear the whole heap down for nothing.
        std::mem::forget(self);
        ending
    }

    /// Runs a program with its output kept, to its very end, and tells what came
    /// of it. Standard input is the process's own.
    #[must_use]
    pub fn run_program_captured(self, program: &Program) -> Outcome {
        let outcome = self.enter(|vm| {
            let measure = Measure::start();
            let capture = Capture::start(vm);
            let result = execute(vm, self.importer(), program, Mode::Block);
            let parts = snippet::describe(vm, result, self.importer().main_origin());
            shutdown::finish(vm, Ending::Status(0));
            let (stdout, stderr) = capture.map(|capture| capture.finish(vm)).unwrap_or_default();
            measure.outcome(parts, stdout, stderr)
        });
        self.cache().store().flush_session(SessionKind::Run, 0, || folder_of(program));
        self.cache().store().finish(Patience::Short);
        std::mem::forget(self);
        outcome
    }
}

/// The folder that a program is in, or works in.
fn folder_of(program: &Program) -> PathBuf {
    match program {
        Program::File { path, .. } => script_folder(path),
        Program::Package(path) => std::fs::canonicalize(path).unwrap_or_else(|_| path.clone()),
        Program::Bundle(file) => script_folder(file.path()),
        Program::Command(_) | Program::Module(_) | Program::Stdin => std::env::current_dir().unwrap_or_default(),
    }
}

/// Runs the main code. The value is that of the last expression in block mode.
fn execute(vm: &VirtualMachine, importer: &Arc<Importer>, program: &Program, mode: Mode) -> PyResult {
    importer.begin_run(match program {
        Program::Module(name) => Some(name),
        Program::Bundle(file) => file.manifest().entry_point.as_deref().and_then(|entry| entry.split(':').next()),
        _ => None,
    });
    let scope = vm.new_scope_with_main()?;
    let options = Options { mode, ..importer.options };
    let safe_path = vm.state.config.settings.safe_path;
    match program {
        Program::File { path, source } => {
            if !safe_path {
                let folder = script_folder(path);
                mount::insert_behind_bundles(vm, importer, vm.fsdecode(folder).into())?;
            }
            run_source(vm, importer, source, path, options, scope)
        }
        Program::Command(text) => {
            insert_current_folder(vm, importer, safe_path)?;
            run_bytes(vm, importer, dedent(text).into_bytes(), "<string>", options, scope)
        }
        Program::Stdin => {
            insert_current_folder(vm, importer, safe_path)?;
            let mut source = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut source)
                .map_err(|error| raise::os_error(vm, &error, vm.ctx.new_str("<stdin>").as_object()))?;
            run_bytes(vm, importer, source, "<stdin>", options, scope)
        }
        Program::Module(name) => {
            let folder = std::env::current_dir().unwrap_or_default();
            if !safe_path {
                mount::insert_behind_bundles(vm, importer, vm.fsdecode(folder).into())?;
            }
            run_module(vm, name, true)
        }
        Program::Package(path) => {
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            mount::insert_behind_bundles(vm, importer, vm.fsdecode(absolute).into())?;
            run_module(vm, "__main__", false)
        }
        Program::Bundle(file) => {
            mount::mount_in_front(vm, importer, file)?;
            run_entry_point(vm, file, &scope.globals)
        }
    }
}

fn run_source(
    vm: &VirtualMachine,
    importer: &Arc<Importer>,
    source: &[u8],
    path: &Path,
    options: Options,
    scope: Scope,
) -> PyResult {
    let shown = vm.fsdecode(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    set_main_file(vm, importer, &scope.globals, &shown.clone().into())?;
    let code = importer.code_of(vm, "__main__", source, shown.as_wtf8(), options)?;
    vm.run_code_obj(code, scope)
}

/// Runs a source file as the main module, and nothing that a program's start and end do besides.
pub(crate) fn run_file(vm: &VirtualMachine, importer: &Arc<Importer>, path: &Path, source: &[u8]) -> PyResult {
    let scope = vm.new_scope_with_main()?;
    run_source(vm, importer, source, path, importer.options, scope)
}

fn run_bytes(
    vm: &VirtualMachine,
    importer: &Importer,
    source: Vec<u8>,
    name: &str,
    options: Options,
    scope: Scope,
) -> PyResult {
    let code = importer.code_of(vm, "__main__", &source, Wtf8::new(name), options)?;
    let text = String::from_utf8(source).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    importer.remember_source(vm, &code, &text.into());
    vm.run_code_obj(code, scope)
}

/// `runpy` finds the module and sets `__main__` up; its code comes through the
/// importers, and so from the cache.
fn run_module(vm: &VirtualMachine, name: &str, alter_argv: bool) -> PyResult {
    let run = vm.import("runpy", 0)?.get_attr("_run_module_as_main", vm)?;
    run.call((vm.ctx.new_str(name), vm.ctx.new_bool(alter_argv)), vm)?;
    Ok(vm.ctx.none())
}

/// Runs what a bundle names: a module as `python -m` does, or a function as the script does
/// that an installer makes for it: what it returns is the exit status.
fn run_entry_point(vm: &VirtualMachine, file: &BundleFile, globals: &PyDictRef) -> PyResult {
    let entry_point = file.manifest().entry_point.as_deref();
    match entry_point.map(|entry| entry.split_once(':').ok_or(entry)) {
        None => run_module(vm, "__main__", false),
        Some(Err(module)) => run_module(vm, module, false),
        Some(Ok((module, function))) => {
            globals.set_item("__file__", mount::root_of(vm, file), vm)?;
            let status = call_function(vm, module, function)?;
            Err(vm.new_exception(vm.ctx.exceptions.system_exit.to_owned(), vec![status]))
        }
    }
}

/// Imports a module and calls a function in it, without arguments.
pub(crate) fn call_function(vm: &VirtualMachine, module: &str, function: &str) -> PyResult {
    vm.import(vm.ctx.intern_str(module), 0)?;
    let modules = vm.sys_module.get_attr("modules", vm)?;
    let mut target = modules.get_item(module, vm)?;
    for part in function.split('.') {
        target = target.get_attr(vm.ctx.intern_str(part), vm)?;
    }
    target.call((), vm)
}

fn insert_current_folder(vm: &VirtualMachine, importer: &Importer, safe_path: bool) -> PyResult<()> {
    if safe_path { Ok(()) } else { mount::insert_behind_bundles(vm, importer, vm.ctx.new_str("").into()) }
}

/// The folder that the script is really in: links to it are followed.
fn script_folder(path: &Path) -> PathBuf {
    let resolved = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    resolved.parent().map(Path::to_owned).unwrap_or_default()
}

fn set_main_file(vm: &VirtualMachine, importer: &Importer, globals: &PyDictRef, path: &PyObjectRef) -> PyResult<()> {
    globals.set_item("__loader__", importer.main_loader(vm, path.clone())?, vm)?;
    globals.set_item("__file__", path.clone(), vm)?;
    globals.set_item("__cached__", vm.ctx.none(), vm)
}

/// `-c` code may be indented as a whole, so that shell scripts read well.
fn dedent(text: &str) -> String {
    let is_blank = |line: &&str| line.trim_start_matches([' ', '\t']).is_empty();
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut lines = text.split('\n').filter(|line| !is_blank(line));
    let Some(first) = lines.next() else { return text.to_owned() };
    let first = &first[..indent(first)];
    let common = lines.fold(first, |common, line| {
        let same = common.bytes().zip(line.bytes()).take_while(|(a, b)| a == b).count();
        &common[..same]
    });
    if common.is_empty() {
        return text.to_owned();
    }
    let lines =
        text.split('\n').map(|line| line.strip_prefix(common).unwrap_or(if is_blank(&line) { "" } else { line }));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::dedent;

    #[test]
    fn command_text_loses_its_common_indent() {
        assert_eq!(dedent("  a\n    b\n\n  c"), "a\n  b\n\nc");
        assert_eq!(dedent("a\n  b"), "a\n  b");
        assert_eq!(dedent("\t a\n\tb"), " a\nb");
        assert_eq!(dedent(" \n"), " \n");
    }
}
