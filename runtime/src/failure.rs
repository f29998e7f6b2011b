//! What an exception that nothing caught says of a run.

use rustpython_compiler_core::SourceLocation;
use rustpython_vm::{
    AsObject as _, PyObject, PyObjectRef, PyResult, TryFromObject as _, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyCode, PyStrRef},
};

use crate::outcome::{Failure, Frame};

/// Most characters of a source line in a frame.
const MOST_TEXT: usize = 1000;

/// What ended a run; `None` for an exit that reports success.
pub(crate) fn failure(vm: &VirtualMachine, exception: &PyBaseExceptionRef) -> Option<Failure> {
    if exception.fast_isinstance(vm.ctx.exceptions.system_exit) {
        let status = vm.handle_exit_exception(exception.clone());
        return (status != 0).then(|| Failure::Exit { code: i32::from_ne_bytes(status.to_ne_bytes()) });
    }
    // A SyntaxError without a traceback comes from compiling the snippet itself.
    let compiling = exception.__traceback__().is_none();
    if compiling && exception.fast_isinstance(vm.ctx.exceptions.syntax_error) {
        return Some(syntax_error(vm, exception.as_object()));
    }
    Some(Failure::RuntimeError {
        exception: exception.class().name().to_string(),
        message: exception
            .as_object()
            .str(vm)
            .map_or_else(|_| String::new(), |text| text.to_string_lossy().into_owned()),
        traceback: formatted(vm, exception),
        frames: frames(vm, exception, usize::MAX),
    })
}

fn syntax_error(vm: &VirtualMachine, exception: &PyObject) -> Failure {
    let number = |name: &'static str| {
        exception.get_attr(name, vm).ok().and_then(|value| usize::try_from_object(vm, value).ok()).unwrap_or(0)
    };
    let text = |name: &'static str| {
        let value = exception.get_attr(name, vm).ok().filter(|value| !vm.is_none(value));
        value.and_then(|value| value.str(vm).ok()).map_or_else(String::new, |text| text.to_string_lossy().into_owned())
    };
    let (line, col) = (number("lineno").max(1), number("offset").max(1));
    Failure::SyntaxError {
        message: text("msg"),
        line,
        col,
        end_line: number("end_lineno").max(line),
        end_col: number("end_offset").max(1),
        text: text("text").trim_end_matches('\n').to_owned(),
    }
}

/// The traceback as Python prints it.
fn formatted(vm: &VirtualMachine, exception: &PyBaseExceptionRef) -> String {
    let lines = vm
        .import("traceback", 0)
        .and_then(|module| vm.call_method(&module, "format_exception", (exception.clone(),)))
        .and_then(|lines| Vec::<PyStrRef>::try_from_object(vm, lines));
    if let Ok(lines) = lines {
        return lines.iter().map(|line| line.to_string_lossy()).collect();
    }
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = vm.write_exception(&mut text, exception);
    text
}

/// The first `most` frames that an exception went through, outermost first.
pub(crate) fn frames(vm: &VirtualMachine, exception: &PyBaseExceptionRef, most: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    let lines = vm.import("linecache", 0).ok();
    let mut next = exception.__traceback__().map(PyObjectRef::from);
    while let Some(traceback) = next.filter(|traceback| !vm.is_none(traceback) && frames.len() < most) {
        if let Ok(frame) = frame(vm, &traceback, lines.as_ref()) {
            frames.push(frame);
        }
        next = traceback.get_attr("tb_next", vm).ok();
    }
    frames
}

fn frame(vm: &VirtualMachine, traceback: &PyObjectRef, lines: Option<&PyObjectRef>) -> PyResult<Frame> {
    let running = traceback.get_attr("tb_frame", vm)?;
    let code = running.get_attr("f_code", vm)?;
    let name = |name: &'static str| -> PyResult<String> {
        Ok(code.get_attr(name, vm)?.str(vm)?.to_string_lossy().into_owned())
    };
    let line = usize::try_from_object(vm, traceback.get_attr("tb_lineno", vm)?)?;
    let source = |line: usize| source_line(vm, lines?, &running, &code, line);
    let text = source(line).unwrap_or_default();
    let (mut col, mut end_line, mut end_col) = all_of(line, &text);
    if let Some((start, end)) = place(vm, traceback, &code).filter(|(start, _)| start.line.get() == line) {
        col = characters(&text, start);
        end_line = end.line.get();
        end_col = if end_line == line {
            characters(&text, end)
        } else {
            characters(&source(end_line).unwrap_or_default(), end)
        };
    }
    let text = text.chars().take(MOST_TEXT).collect();
    Ok(Frame { file: name("co_filename")?, line, col, end_line, end_col, function: name("co_name")?, text })
}

/// A line of the source that a frame's code is of: what is known of the very code, or else the file of
/// that name.
fn source_line(
    vm: &VirtualMachine,
    lines: &PyObjectRef,
    frame: &PyObjectRef,
    code: &PyObjectRef,
    line: usize,
) -> Option<String> {
    let of_code = vm.call_method(lines, "_getlines_from_code", (code.clone(),)).ok()?;
    let known = line.checked_sub(1).and_then(|index| of_code.get_item(&index, vm).ok());
    let of_file = || {
        let globals = frame.get_attr("f_globals", vm).ok()?;
        vm.call_method(lines, "getline", (code.get_attr("co_filename", vm).ok()?, line, globals)).ok()
    };
    let text = known.or_else(of_file)?;
    Some(text.str(vm).ok()?.to_string_lossy().trim_end().to_owned())
}

/// First column, last line and the column after it of what is written in a line.
fn all_of(line: usize, text: &str) -> (usize, usize, usize) {
    let all = text.chars().count();
    let indent = all - text.trim_start().chars().count();
    (indent + 1, line, all + 1)
}

/// Where the instruction is that a traceback's frame was at. `None` for one without columns, which
/// the engine has as one of no width.
fn place(vm: &VirtualMachine, traceback: &PyObjectRef, code: &PyObjectRef) -> Option<(SourceLocation, SourceLocation)> {
    let offset = usize::try_from_object(vm, traceback.get_attr("tb_lasti", vm).ok()?).ok()?;
    let code = code.downcast_ref::<PyCode>()?;
    // An instruction is two bytes.
    let &(start, end) = code.code.locations.get(offset / 2)?;
    (start.line < end.line || start.line == end.line && start.character_offset < end.character_offset)
        .then_some((start, end))
}

/// The column in characters. The engine counts bytes.
fn characters(text: &str, place: SourceLocation) -> usize {
    let before = text.as_bytes().get(..place.character_offset.to_zero_indexed());
    before.map_or(place.character_offset.get(), |before| String::from_utf8_lossy(before).chars().count() + 1)
}
