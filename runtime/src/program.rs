//! Running a program the way `python` does.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use pyc_rs_cache::Patience;
use pyc_rs_compiler::{Mode, Options};
use rustpython_vm::{
    AsObject as _, PyObjectRef, PyResult, VirtualMachine, builtins::PyDictRef, common::wtf8::Wtf8, function::FuncArgs,
    scope::Scope,
};

use crate::{
    capture::Capture,
    engine::Engine,
    importer::Importer,
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
    /// When it cannot be read.
    pub fn at(path: PathBuf) -> std::io::Result<Self> {
        if path.is_dir() || is_archive(&path)? {
            return Ok(Self::Package(path));
        }
        let source = std::fs::read(&path)?;
        Ok(Self::File { path, source })
    }
}

/// Zip archives begin with a local file header, or hold nothing.
fn is_archive(path: &Path) -> std::io::Result<bool> {
    let mut magic = [0; 4];
    let mut file = std::fs::File::open(path)?;
    Ok(file.read_exact(&mut magic).is_ok() && matches!(&magic, b"PK\x03\x04" | b"PK\x05\x06"))
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
        self.cache().store().finish(Patience::Short);
        std::mem::forget(self);
        outcome
    }
}

/// Runs the main code. The value is that of the last expression in block mode.
fn execute(vm: &VirtualMachine, importer: &Importer, program: &Program, mode: Mode) -> PyResult {
    importer.begin_run(match program {
        Program::Module(name) => Some(name),
        _ => None,
    });
    let scope = vm.new_scope_with_main()?;
    let options = Options { mode, ..importer.options };
    let safe_path = vm.state.config.settings.safe_path;
    match program {
        Program::File { path, source } => {
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            if !safe_path {
                let folder = script_folder(path);
                vm.insert_sys_path(vm.fsdecode(folder).into())?;
            }
            let shown = vm.fsdecode(absolute);
            set_main_file(vm, &scope.globals, &shown.clone().into())?;
            run_source(vm, importer, source, shown.as_wtf8(), options, scope)
        }
        Program::Command(text) => {
            insert_current_folder(vm, safe_path, "")?;
            run_bytes(vm, importer, dedent(text).into_bytes(), "<string>", options, scope)
        }
        Program::Stdin => {
            insert_current_folder(vm, safe_path, "")?;
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
                vm.insert_sys_path(vm.fsdecode(folder).into())?;
            }
            run_module(vm, name, true)
        }
        Program::Package(path) => {
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            vm.insert_sys_path(vm.fsdecode(absolute).into())?;
            run_module(vm, "__main__", false)
        }
    }
}

fn run_source(
    vm: &VirtualMachine,
    importer: &Importer,
    source: &[u8],
    path: &Wtf8,
    options: Options,
    scope: Scope,
) -> PyResult {
    let code = importer.code_of(vm, "__main__", source, path, options)?;
    vm.run_code_obj(code, scope)
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

fn insert_current_folder(vm: &VirtualMachine, safe_path: bool, folder: &str) -> PyResult<()> {
    if safe_path { Ok(()) } else { vm.insert_sys_path(vm.ctx.new_str(folder).into()) }
}

/// The folder that the script is really in: links to it are followed.
fn script_folder(path: &Path) -> PathBuf {
    let resolved = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    resolved.parent().map(Path::to_owned).unwrap_or_default()
}

fn set_main_file(vm: &VirtualMachine, globals: &PyDictRef, path: &PyObjectRef) -> PyResult<()> {
    let external = vm.import("_frozen_importlib_external", 0)?;
    let loader = external.get_attr("SourceFileLoader", vm)?;
    let arguments = FuncArgs::from(vec![vm.ctx.new_str("__main__").into(), path.clone()]);
    globals.set_item("__loader__", loader.call(arguments, vm)?, vm)?;
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
