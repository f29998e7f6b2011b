//! Making an image.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use rustpython_vm::{
    AsObject as _, PyObjectRef, PyResult, TryFromObject as _, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyStrRef},
    vm::thread,
};

use super::{
    Refusal, Root, appear, arena,
    checks::{self, Before},
    code,
    format::Parts,
    lasting,
    process::{self, LANDMARK_SYMBOL, Program},
    processor,
    refresh::Kept,
    rehearsal, restore, stack,
    start::{self, Info, SourceFile},
    symbols::{self, SymbolError, Variable},
    warm,
};
use crate::{
    code_cache::CodeCache,
    engine::{self, BootError, Engine, Site},
    importer, shutdown,
};

/// Why an image cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The process cannot record.
    #[error(transparent)]
    Process(#[from] Refusal),
    /// The program's variables are not known.
    #[error(transparent)]
    Symbols(#[from] SymbolError),
    /// The program's own file cannot be read.
    #[error("cannot read the program's own file: {0}")]
    Program(#[source] std::io::Error),
    /// The binary's allocator is not a [`super::Recorder`], or its C allocator is not wrapped.
    #[error("the program is not linked for images: its memory cannot be recorded")]
    Allocator,
    /// The interpreter did not start.
    #[error(transparent)]
    Boot(#[from] BootError),
    /// Python code of ours failed.
    #[error("recording failed: {0}")]
    Python(String),
    /// A module cannot be imported.
    #[error("cannot import {module}: {reason}")]
    Import {
        /// Its name.
        module: String,
        /// The exception.
        reason: String,
    },
    /// Something is there that another process would not have.
    #[error("the image would hold what belongs to this process: {0}")]
    Holds(String),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] pyc_rs_cache::StoreError),
}

/// What to record.
#[derive(Debug)]
pub struct Recording {
    /// Modules to import ahead.
    pub modules: Vec<String>,
    /// Import ahead what this program imports at its top level, too.
    pub from: Option<PathBuf>,
    /// Whether it is the default image; then a module that cannot be imported is left out.
    pub default: bool,
    /// Where sources are compiled to.
    pub cache: CodeCache,
}

/// What was recorded.
#[derive(Debug)]
pub struct Recorded {
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// What it says of itself.
    pub info: Info,
    /// How much of the memory that programs use has been put together, in bytes, and how much
    /// should have been.
    pub placed: (usize, usize),
    /// Whether the engine knows already what it finds out of every program.
    pub warmed: bool,
}

/// What is known before anything is recorded.
pub(super) struct Plan {
    program: Program,
    pub(super) variables: Vec<Variable>,
    /// (thread-local, place, address in this process)
    ranges: Vec<(bool, u64, Range<usize>)>,
    before: Before,
}

/// Starts an interpreter, imports modules, and writes an image of it all to `target`.
/// For a process of its own, that ends after this.
///
/// # Errors
///
/// [`RecordError`]; then nothing is written.
pub fn record(recording: &Recording, target: &Path) -> Result<Recorded, RecordError> {
    if engine::has_started() || !process::is_main_thread() {
        return Err(Refusal::Start("the process is in use already".to_owned()).into());
    }
    let plan = plan()?;
    let conditions = start::conditions().ok_or(Refusal::Program)?;
    restore::reserve_arena()?;
    let rehearsed = rehearsal::rehearse(recording, &plan);
    let used_parts = rehearsed.used;
    let wanted = rehearsed.lines.iter().filter(|line| line.is_placed()).map(|line| line.size()).sum();
    arena::follow(rehearsed.lines, rehearsed.start);
    clear_stack();
    arena::set_recording(true);
    let made = make_root(recording, &plan);
    arena::set_recording(false);
    let (root, info, warmed) = made?;
    let root = Box::into_raw(root);
    let mut left = plan.before.left_open();
    let pieces: Vec<(bool, u64, &[u8])> =
        plan.ranges.iter().map(|(local, place, at)| (*local, *place, bytes_of(at))).collect();
    let used = arena::used();
    let arena = bytes_of(&used);
    if !is_settled(&plan.variables) {
        left.push("work that the engine has put off".to_owned());
    }
    left.extend(foreign(&plan.program, pieces.iter().map(|piece| piece.2).chain([arena])));
    if !left.is_empty() {
        return Err(RecordError::Holds(left.join("; ")));
    }
    let (stack_limit_at, stack_margin) = stack_limit(root.addr())?;
    let stamps = start::stamps_of(&info)?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let code = code::worth_keeping(&plan.program, folder);
    let info_text = serde_json::to_vec(&info).map_err(|error| RecordError::Python(error.to_string()))?;
    let parts = Parts {
        build_id: &plan.program.build_id,
        cpu_features: processor::features(),
        conditions,
        pieces,
        info: &info_text,
        stamps: &stamps,
        arena_base: used.start,
        arena,
        used: used_parts,
        code,
        root: root.addr(),
        stack_limit_at,
        stack_margin,
    };
    let (head, gap) = parts.head();
    let parts: [&[u8]; 4] = [&head, arena, &gap, code.map_or(&[], |(_, code)| code)];
    pyc_rs_cache::publish_private(target, &parts)?;
    let placed = (arena::placed(), wanted);
    let bytes = parts.iter().map(|part| part.len() as u64).sum();
    Ok(Recorded { bytes, info, placed, warmed })
}

/// Writes zeros over the stack that is about to be used. What the dynamic linker has left there
/// can come into the padding of what is made, and an image with such a pointer is refused.
#[inline(never)]
#[allow(clippy::large_stack_arrays, reason = "it is the stack that is to be written")]
pub(super) fn clear_stack() {
    const ENOUGH: usize = 1 << 20;
    std::hint::black_box(&mut [0_u8; ENOUGH]);
}

#[allow(unsafe_code, reason = "reads variables and the arena")]
fn bytes_of(range: &Range<usize>) -> &'static [u8] {
    // SAFETY: the ranges are variables of the program, or the arena's used part; the interpreter,
    // which writes them, has come to rest, and this thread is the only one.
    unsafe { process::memory(range.clone()) }
}

fn foreign<'a>(program: &Program, parts: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let found = checks::foreign_pointers(program, parts);
    found
        .into_iter()
        .map(|(region, places)| {
            let sample: Vec<String> = places.iter().take(4).map(|(at, value)| format!("{at:#x}: {value:#x}")).collect();
            format!("{} pointers to {region} ({})", places.len(), sample.join(", "))
        })
        .collect()
}

fn plan() -> Result<Plan, RecordError> {
    let program = Program::current().ok_or(Refusal::Program)?;
    let file = fs::read("/proc/self/exe").map_err(RecordError::Program)?;
    let variables = symbols::variables(&file)?;
    let ranges = ranges(&variables)?;
    Ok(Plan { program, variables, ranges, before: Before::now() })
}

/// The image's variables, neighbours put together.
fn ranges(variables: &[Variable]) -> Result<Vec<(bool, u64, Range<usize>)>, RecordError> {
    let landmark = variables
        .iter()
        .find(|variable| variable.thread_local && variable.symbol.contains(LANDMARK_SYMBOL))
        .ok_or(Refusal::Program)?;
    let here = process::landmark();
    let mut ranges: Vec<(bool, u64, Range<usize>)> = Vec::new();
    for variable in symbols::in_image(variables)? {
        let number = |number: u64| usize::try_from(number).map_err(|_| Refusal::Program);
        let distance = variable.address.wrapping_sub(landmark.address);
        let (place, start) = if variable.thread_local {
            (distance, here.wrapping_add_signed(isize::try_from(distance.cast_signed()).map_err(|_| Refusal::Program)?))
        } else {
            (variable.address, number(variable.address)?)
        };
        let end = start + number(variable.size)?;
        match ranges.last_mut() {
            Some((local, _, last)) if *local == variable.thread_local && start <= last.end && start >= last.start => {
                last.end = last.end.max(end);
            }
            _ => ranges.push((variable.thread_local, place, start..end)),
        }
    }
    Ok(ranges)
}

/// Where in the root object the engine keeps its stack limit, and how far above the end of
/// the stack that is.
fn stack_limit(root: usize) -> Result<(usize, usize), RecordError> {
    let (base, size) = stack::of_this_thread().ok_or(Refusal::Stack)?;
    let (words, _) = bytes_of(&(root..root + size_of::<Root>())).as_chunks::<8>();
    let mut found = words.iter().enumerate().filter_map(|(at, word)| {
        let margin = usize::from_ne_bytes(*word).wrapping_sub(base);
        (margin < size / 2).then_some((at * 8, margin))
    });
    match (found.next(), found.next()) {
        (Some(found), None) => Ok(found),
        _ => Err(Refusal::Stack.into()),
    }
}

/// Everything in here is recorded. Also returns whether the engine could be warmed up.
pub(super) fn make_root(recording: &Recording, plan: &Plan) -> Result<(Box<Root>, Info, bool), RecordError> {
    check_allocators()?;
    let engine = Engine::builder().cache(recording.cache.clone()).handle_signals(true).boot_with(Site::Never)?;
    let (kept, info) = engine.enter(|vm| prepare(vm, &engine, recording, plan))?;
    // What was opened by the cache is this process's.
    recording.cache.forget();
    engine.importer().set_cache(CodeCache::off());
    let root = Box::new(Root { engine, kept });
    let warmed = root.engine.enter(|vm| {
        let warm_up = || warm::warm_up(vm, &root.engine, root.kept.hooks());
        let warmed = warm_up();
        vm.state.gc.collect_force(2);
        lasting::make_lasting(vm);
        let warmed = warmed.and_then(|_| warm_up());
        vm.state.gc.freeze();
        settle(vm);
        thread::cleanup_current_thread_frames(vm);
        warmed.map_err(|error| RecordError::Python(engine::describe(vm, &error)))
    });
    warmed.map(|warmed| (root, info, warmed))
}

/// Frees what the engine has put off freeing until this thread comes by. It only does so
/// while it is asked to: an image of it would have each restored process look for that
/// work at every instruction, and never find it.
fn settle(vm: &VirtualMachine) {
    // No handler of a signal runs: none has come.
    let _ = vm.check_signals();
}

/// The engine's word for work that is pending, looked at between instructions.
const PENDING_SYMBOL: &str = "EVAL_BREAKER";

/// Whether the engine has come to rest. If its word for that has another name, nobody knows.
fn is_settled(variables: &[Variable]) -> bool {
    let word = variables.iter().find(|variable| !variable.thread_local && variable.symbol.contains(PENDING_SYMBOL));
    let place = word.and_then(|word| Some((usize::try_from(word.address).ok()?, usize::try_from(word.size).ok()?)));
    place.is_some_and(|(start, size)| bytes_of(&(start..start + size)).iter().all(|byte| *byte == 0))
}

fn check_allocators() -> Result<(), RecordError> {
    let rust = Box::new(0u8);
    let c = CBlock::new();
    if arena::contains(&raw const *rust) && arena::contains(c.0) { Ok(()) } else { Err(RecordError::Allocator) }
}

/// A block of the C allocator.
struct CBlock(*const u8);

#[allow(unsafe_code, reason = "malloc and free")]
impl CBlock {
    fn new() -> Self {
        // SAFETY: malloc takes any size.
        Self(unsafe { libc::malloc(16) }.cast())
    }
}

#[allow(unsafe_code, reason = "malloc and free")]
impl Drop for CBlock {
    fn drop(&mut self) {
        // SAFETY: the block is malloc's, and freed once.
        unsafe { libc::free(self.0.cast_mut().cast()) };
    }
}

fn prepare(
    vm: &VirtualMachine,
    engine: &Engine,
    recording: &Recording,
    plan: &Plan,
) -> Result<(Kept, Info), RecordError> {
    let python = |error: PyBaseExceptionRef| RecordError::Python(engine::describe(vm, &error));
    let hooks = importer::import_glue(vm, "_pyc_rs_image").map_err(python)?;
    appear::install(vm, &hooks).map_err(python)?;
    engine.importer().prepare_sandbox(vm).map_err(python)?;
    let mut modules = recording.modules.clone();
    if let Some(program) = &recording.from {
        let imports = vm.call_method(&hooks, "imports_of", (vm.fsdecode(program.as_os_str()),)).map_err(python)?;
        modules.extend(strings(vm, imports).map_err(python)?);
    }
    let failed = import_ahead(vm, &hooks, &modules).map_err(python)?;
    let is_asked_for = |module: &str| !super::DEFAULT_MODULES.contains(&module);
    if let Some((module, reason)) = failed.into_iter().find(|(module, _)| is_asked_for(module)) {
        return Err(RecordError::Import { module, reason });
    }
    let users = vm.call_method(&hooks, "_module", ("pwd",)).map_err(python)?;
    engine.importer().keep_users(vm, users).map_err(python)?;
    let stdlib = vm.ctx.new_str(engine.importer().stdlib_path.as_str());
    vm.call_method(&hooks, "forget_paths", (stdlib,)).map_err(python)?;
    let held = pairs(vm, vm.call_method(&hooks, "close_streams", ()).map_err(python)?).map_err(python)?;
    if let Some((stream, holder)) = held.first() {
        return Err(RecordError::Holds(format!("{holder} keeps sys.{stream}")));
    }
    let modules = strings(vm, vm.call_method(&hooks, "names", ()).map_err(python)?).map_err(python)?;
    let sources = pairs(vm, vm.call_method(&hooks, "sources", ()).map_err(python)?).map_err(python)?;
    let sources: Result<Vec<SourceFile>, std::io::Error> =
        sources.into_iter().map(|(module, path)| SourceFile::of(module, PathBuf::from(path))).collect();
    let info = Info {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        program: std::env::current_exe().unwrap_or_default(),
        default: recording.default,
        modules,
        sources: sources.map_err(|error| RecordError::Holds(format!("a source is gone: {error}")))?,
    };
    let kept = Kept::of(vm, hooks, &plan.before.dispositions).map_err(python)?;
    Ok((kept, info))
}

/// Returns the modules that failed, with the reasons.
fn import_ahead(vm: &VirtualMachine, hooks: &PyObjectRef, modules: &[String]) -> PyResult<Vec<(String, String)>> {
    let path_hooks = vm.sys_module.get_attr("path_hooks", vm)?;
    let finder = path_hooks.get_item(&0usize, vm)?;
    vm.call_method(hooks, "start_recording", (finder,))?;
    shutdown::watch_freezing(vm)?;
    let names = vm.ctx.new_list(modules.iter().map(|name| vm.ctx.new_str(name.as_str()).into()).collect());
    let failed = vm.call_method(hooks, "preload", (names, super::refresh::site_folders(vm)))?;
    let items = vm.call_method(&failed, "items", ())?;
    pairs(vm, vm.ctx.types.list_type.as_object().call((items,), vm)?)
}

fn strings(vm: &VirtualMachine, list: PyObjectRef) -> PyResult<Vec<String>> {
    let items = Vec::<PyStrRef>::try_from_object(vm, list)?;
    Ok(items.iter().map(|item| item.to_string_lossy().into_owned()).collect())
}

fn pairs(vm: &VirtualMachine, list: PyObjectRef) -> PyResult<Vec<(String, String)>> {
    let items = Vec::<PyObjectRef>::try_from_object(vm, list)?;
    items
        .into_iter()
        .map(|pair| {
            let mut pair = strings(vm, pair)?.into_iter();
            Ok((pair.next().unwrap_or_default(), pair.next().unwrap_or_default()))
        })
        .collect()
}
