//! The inside of a worker: an interpreter that was booted before the fork, and one
//! request after another from the host.

use std::{
    collections::HashSet,
    io,
    os::{fd::BorrowedFd, unix::net::UnixStream},
    sync::{Arc, Mutex, PoisonError},
};

use pyc_rs_cache::wire;
use pyc_rs_compiler::{Compiled, Stack, source};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustpython_vm::{
    AsObject as _, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyDictRef, PyTypeRef},
    common::wtf8::Wtf8,
    function::FuncArgs,
    scope::Scope,
};

use super::{
    Confinement, Limits, Policy, Value, builder, convert,
    gate::Gate,
    hot::Hot,
    output::Stream,
    protocol::{self, Answer, Fresh, Inbox, Reply, Request, Setup},
    report::OwnedReport,
    terms,
};
use crate::{
    PythonFlags,
    captured::{self, Text},
    decode,
    engine::Engine,
    image::IsolatedStart,
    outcome::{Failure, Usage},
    platform, shutdown,
};

/// Modules that are imported ahead, in every zygote that forks many workers.
const PRELOAD: &[&str] = &[
    "collections",
    "datetime",
    "functools",
    "itertools",
    "json",
    "linecache",
    "math",
    "operator",
    "os",
    "random",
    "re",
    "string",
    "traceback",
    "typing",
    "warnings",
];

/// Modules that show source lines: when a snippet may use one, its source is made
/// known to them before it runs.
const SHOW_SOURCE: &[&str] = &["doctest", "inspect", "linecache", "logging", "pdb", "traceback", "unittest"];

/// How often a zygote rehearses: until the engine has made up its mind about the code.
const REHEARSALS: usize = 20;

/// A worker for which no snippet comes in this time is one that waits for snippets.
const A_WHILE: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000 };
const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// So many names find nearly every page of the tables that names are looked for in.
const NEW_NAMES: usize = 400;

/// An interpreter, and what it needs to run snippets.
pub(super) struct Inside {
    engine: Engine,
    /// What snippets get as their builtins.
    builtins: PyObjectRef,
    /// Our own module in there.
    glue: PyObjectRef,
    channel: Arc<Mutex<Channel>>,
    /// Standard output and standard error.
    streams: [Arc<Stream>; 2],
    /// What a snippet runs in. Each worker has it as it was when it was forked.
    scope: Option<Scope>,
    host_functions: Vec<(String, PyObjectRef)>,
    shows_source: bool,
    /// Gives the generator of the module `random` another seed.
    seed: Option<(PyObjectRef, PyObjectRef)>,
}

/// The switches that the interpreter of a sandbox starts with.
pub(crate) fn python_flags() -> PythonFlags {
    PythonFlags { isolated: true, no_site: true, unbuffered: true, ..PythonFlags::default() }
}

/// Does with an engine that has just started what every worker does, with default limits.
pub(crate) fn rehearse(engine: Engine) {
    let mut setup = Setup::new(&Limits::default(), &Policy::default());
    setup.rehearsal = builder::rehearsal();
    // What cannot be done is not used.
    if let Ok(inside) = Inside::of(engine, &setup) {
        let _ = inside.try_out(&setup);
    }
}

/// The way to the host.
struct Channel {
    stream: Option<UnixStream>,
    inbox: Inbox,
}

impl Inside {
    /// Finds out what can be before it is known what for.
    pub(super) fn start() -> IsolatedStart {
        IsolatedStart::new(Engine::builder().flags(python_flags()))
    }

    /// Boots the interpreter and imports ahead.
    pub(super) fn boot(start: IsolatedStart, setup: &Setup) -> Result<Self, String> {
        Self::of(start.boot(setup.image.as_deref()).map_err(|error| error.to_string())?, setup)
    }

    fn of(engine: Engine, setup: &Setup) -> Result<Self, String> {
        let channel = Arc::new(Mutex::new(Channel { stream: None, inbox: Inbox::EMPTY }));
        let prepared =
            engine.enter(|vm| prepare(vm, &engine, setup, &channel).map_err(|error| describe_error(vm, &error)))?;
        let (builtins, glue, host_functions) = prepared;
        let allowed = setup.allowed.as_deref();
        let shows_source =
            allowed.is_none_or(|allowed| allowed.iter().any(|name| SHOW_SOURCE.contains(&name.as_str())));
        let seed = engine.enter(generator);
        let streams = [1, 2].map(|descriptor| Arc::new(Stream::of(descriptor)));
        engine.enter(|vm| print_to(vm, &streams).map_err(|error| describe_error(vm, &error)))?;
        let scope = None;
        let mut inside = Self { engine, builtins, glue, channel, streams, scope, host_functions, shows_source, seed };
        std::panic::set_hook(Box::new(|_| {}));
        inside.engine.enter(|vm| {
            if let Some(depth) = setup.recursion {
                vm.recursion_limit.set(depth as usize);
            }
            if setup.warm {
                for _ in 0..REHEARSALS {
                    inside.rehearse(vm, setup);
                }
                freeze(vm).map_err(|error| describe_error(vm, &error))?;
                // Takes back what the engine has put off, which workers would have to.
                inside.rehearse(vm, setup);
            }
            Ok::<(), String>(())
        })?;
        let scope = inside.engine.enter(|vm| inside.new_scope(vm).map_err(|error| describe_error(vm, &error)));
        inside.scope = Some(scope?);
        Ok(inside)
    }

    /// In a worker: lets the host see what is printed. No more than `limit` has to be there.
    pub(super) fn attach(
        &self,
        gate: &Gate,
        output: BorrowedFd<'_>,
        errors: BorrowedFd<'_>,
        limit: u64,
    ) -> io::Result<()> {
        let [stdout, stderr] = &self.streams;
        stdout.attach(gate, output, limit)?;
        stderr.attach(gate, errors, limit)
    }

    /// Runs code with the interpreter.
    pub(super) fn enter<T>(&self, work: impl FnOnce(&VirtualMachine) -> T) -> T {
        self.engine.enter(work)
    }

    /// Gives the generators of random numbers another seed, of which no process knows.
    fn reseed(&self, vm: &VirtualMachine) {
        let _ = rand::rng().reseed();
        if let Some((generator, seed)) = &self.seed {
            // It takes no argument that could be wrong.
            let _ = seed.call((generator.clone(),), vm);
        }
    }

    /// Serves the host until it goes away or kills this process.
    pub(super) fn serve(
        &self,
        vm: &VirtualMachine,
        setup: &Setup,
        stream: UnixStream,
        confinement: Confinement,
        session: bool,
        hot: &Hot,
    ) -> ! {
        let served = self.contain_panics(setup, || self.answer(vm, setup, stream, confinement, session, hot));
        // Without a host there is nobody to tell.
        platform::exit_now(i32::from(served.is_err()))
    }

    /// Answers requests for as long as there are any.
    fn answer(
        &self,
        vm: &VirtualMachine,
        setup: &Setup,
        stream: UnixStream,
        confinement: Confinement,
        session: bool,
        hot: &Hot,
    ) -> Result<(), protocol::ProtocolError> {
        self.reseed(vm);
        let Confinement { landlock, seccomp } = confinement;
        self.with_channel(|channel| {
            let stream = channel.stream.insert(stream);
            protocol::send(stream, &Reply::Ready { landlock, seccomp })
        })?;
        // Where snippets wait for workers, there is none to do this for.
        if !self.with_channel(|channel| channel.comes_within(&A_WHILE)) {
            hot.touch(|| !self.with_channel(|channel| channel.comes_within(&NOW)));
        }
        while let Some(body) = self.with_channel(Channel::receive)? {
            let request: Request<'_> = wire::from_bytes(&body)?;
            let report = self.run(vm, setup, &request, session);
            self.with_channel(|channel| channel.send(&Reply::Done(report.borrowed())))?;
        }
        Ok(())
    }

    /// In a process on trial: does all that a worker does, with the rehearsal for a snippet.
    pub(super) fn try_out(&self, setup: &Setup) -> Result<(), protocol::ProtocolError> {
        let (ours, theirs) = UnixStream::pair()?;
        for payload in &setup.rehearsal {
            let request = Request { name: "rehearsal.py", source: b"", payload, inputs: protocol::List(Vec::new()) };
            protocol::send(&mut &ours, &request)?;
        }
        ours.shutdown(std::net::Shutdown::Write)?;
        let confinement = Confinement { landlock: 0, seccomp: false };
        self.enter(|vm| self.answer(vm, setup, theirs, confinement, false, &Hot::default()))
    }

    /// Does what every snippet does with names that nobody has used before, each of which goes to
    /// another place of the engine's tables.
    pub(super) fn use_new_names(&self) {
        self.enter(|vm| {
            for number in 0..NEW_NAMES {
                let name = vm.ctx.intern_str(format!("name {number}"));
                let _ = vm.ctx.types.int_type.lookup_ref(name, vm);
            }
        });
    }

    /// The engine panics on some sizes that no memory holds, and on some code that no
    /// compiler makes. Neither leaves an interpreter that could go on.
    fn contain_panics<T>(&self, setup: &Setup, work: impl FnOnce() -> T) -> T {
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        worked.unwrap_or_else(|payload| {
            let text = payload.downcast_ref::<&str>().copied();
            let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
            if text.contains("capacity overflow") {
                let failure = Failure::MemoryLimitExceeded { limit_bytes: setup.memory };
                let report = OwnedReport::of_failure(&failure);
                // The host takes a process that ended without a word for a crash.
                let _ = self.with_channel(|channel| channel.send(&Reply::Done(report.borrowed())));
            }
            std::process::abort()
        })
    }

    fn with_channel<T>(&self, work: impl FnOnce(&mut Channel) -> T) -> T {
        work(&mut self.channel.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn run(&self, vm: &VirtualMachine, setup: &Setup, request: &Request<'_>, session: bool) -> OwnedReport {
        let before = platform::usage();
        self.streams.iter().for_each(|stream| stream.restart(setup.output));
        let mut report = match self.compile(request) {
            Ok(compiled) => {
                let payload = compiled.as_ref().map_or(request.payload, |compiled| &compiled.payload);
                let result = self.execute(vm, request, payload, self.scope.as_ref());
                OwnedReport::of(self, vm, setup, request, result)
            }
            Err(failure) => OwnedReport::of_failure(&failure),
        };
        // Where an end could be noticed: threads are waited for, files are flushed. The
        // globals are let go of, which a session still needs.
        if !session && (setup.threads || setup.scratch || !setup.write.is_empty()) {
            shutdown::finish(vm, shutdown::Ending::Status(0));
        }
        flush(vm);
        let Usage { cpu_ns, peak_memory_bytes } = platform::usage();
        report.cpu_ns = cpu_ns.saturating_sub(before.cpu_ns);
        report.peak_memory = peak_memory_bytes;
        report
    }

    /// Compiles the source, if the host has left it to this process, and tells the host.
    fn compile(&self, request: &Request<'_>) -> Result<Option<Compiled>, Failure> {
        if !request.payload.is_empty() {
            return Ok(None);
        }
        let compiled = pyc_rs_compiler::compile(request.source, terms::options(), Stack::MAIN_THREAD)
            .map_err(|error| terms::failure(request.source, error))?;
        // If it is too large to be sent, it is compiled again the next time.
        let _ = self.with_channel(|channel| channel.send(&Reply::Compiled(Fresh::of(&compiled))));
        Ok(Some(compiled))
    }

    fn execute(&self, vm: &VirtualMachine, request: &Request<'_>, payload: &[u8], scope: Option<&Scope>) -> PyResult {
        let scope = scope.map_or_else(|| self.new_scope(vm), |scope| Ok(scope.clone()))?;
        for (name, value) in &request.inputs.0 {
            scope.globals.set_item(name.as_str(), convert::to_python(vm, value)?, vm)?;
        }
        let code = decode::decode(vm, payload, Wtf8::new(request.name))
            .map_err(|error| vm.new_system_error(error.to_string()))?;
        if self.shows_source {
            self.remember(vm, request);
        }
        vm.run_code_obj(code, scope)
    }

    fn new_scope(&self, vm: &VirtualMachine) -> PyResult<Scope> {
        let scope = vm.new_scope_with_main()?;
        scope.globals.set_item("__builtins__", self.builtins.clone(), vm)?;
        for (name, function) in &self.host_functions {
            scope.globals.set_item(name.as_str(), function.clone(), vm)?;
        }
        Ok(scope)
    }

    /// Has tracebacks show the lines of the snippet.
    pub(super) fn show_source(&self, vm: &VirtualMachine, request: &Request<'_>) {
        if !self.shows_source {
            self.remember(vm, request);
        }
    }

    /// Takes the frames of our own modules out of a traceback. One that is left in is a blemish, not
    /// a fault.
    pub(super) fn leave_ours_out(&self, vm: &VirtualMachine, error: &PyBaseExceptionRef) {
        let _ = vm.call_method(&self.glue, "without_ours", (error.clone(),));
    }

    fn remember(&self, vm: &VirtualMachine, request: &Request<'_>) {
        if let Ok(text) = source::decode(request.source) {
            // Without it a traceback lacks its source lines; nothing else is lost.
            let _ = vm.call_method(&self.glue, "remember", (request.name, text.text.as_ref()));
        }
    }

    /// Runs a snippet of ours the way that others' are run.
    fn rehearse(&self, vm: &VirtualMachine, setup: &Setup) {
        for payload in &setup.rehearsal {
            let request = Request { name: "rehearsal.py", source: b"", payload, inputs: protocol::List(Vec::new()) };
            let result = self.execute(vm, &request, payload, None);
            let report = OwnedReport::of(self, vm, setup, &request, result);
            // Encoding it is part of it.
            let _ = wire::to_bytes(&Reply::Done(report.borrowed()));
        }
    }
}

impl Channel {
    fn receive(&mut self) -> Result<Option<Vec<u8>>, protocol::ProtocolError> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        Ok(self.inbox.wait(stream)?.map(<[u8]>::to_vec))
    }

    /// Whether there is something to receive by then, or there will never be anything.
    fn comes_within(&self, wait: &Timespec) -> bool {
        let Some(stream) = &self.stream else { return true };
        !matches!(poll(&mut [PollFd::new(stream, PollFlags::IN)], Some(wait)), Ok(0))
    }

    fn send(&mut self, reply: &Reply<'_>) -> Result<(), protocol::ProtocolError> {
        match &mut self.stream {
            Some(stream) => protocol::send(stream, reply),
            None => Ok(()),
        }
    }
}

type Prepared = (PyObjectRef, PyObjectRef, Vec<(String, PyObjectRef)>);

fn prepare(vm: &VirtualMachine, engine: &Engine, setup: &Setup, channel: &Arc<Mutex<Channel>>) -> PyResult<Prepared> {
    let glue = engine.importer().sandbox_glue(vm)?;
    let names =
        |names: &[String]| vm.ctx.new_tuple(names.iter().map(|name| vm.ctx.new_str(name.as_str()).into()).collect());
    let allowed = setup.allowed.as_deref().map_or_else(|| vm.ctx.none(), |allowed| names(allowed).into());
    let preload: Vec<String> =
        if setup.warm { PRELOAD.iter().map(|&name| name.to_owned()).collect() } else { Vec::new() };
    let builtins = vm.call_method(&glue, "prepare", (allowed, names(&setup.deny), names(&preload)))?;
    let mut functions = Vec::new();
    for (name, awaited) in &setup.host_functions {
        let function = host_function(vm, name, setup.value, channel);
        let function = if *awaited { vm.call_method(&glue, "awaitable", (function,))? } else { function };
        functions.push((name.clone(), function));
    }
    Ok((builtins, glue, functions))
}

/// A function that asks the host.
fn host_function(vm: &VirtualMachine, name: &str, budget: u64, channel: &Arc<Mutex<Channel>>) -> PyObjectRef {
    // The engine wants names that stay; there are as many as the host registered.
    let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
    let channel = Arc::clone(channel);
    vm.new_function(name, move |arguments: FuncArgs, vm: &VirtualMachine| -> PyResult {
        let arguments = crossing(vm, &arguments, budget)?;
        let mut channel = channel.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = |error: &dyn std::fmt::Display| vm.new_runtime_error(format!("the host does not answer: {error}"));
        channel.send(&Reply::Call { name, arguments }).map_err(|error| gone(&error))?;
        let body = channel.receive().map_err(|error| gone(&error))?.ok_or_else(|| gone(&"it is gone"))?;
        match wire::from_bytes(&body).map_err(|error| gone(&error))? {
            Answer::Value(value) => convert::to_python(vm, &value),
            Answer::Exception { kind, message } => Err(exception_named(vm, kind, message)),
        }
    })
    .into()
}

fn crossing(vm: &VirtualMachine, arguments: &FuncArgs, budget: u64) -> PyResult<Value> {
    let list = vm.ctx.new_list(arguments.args.clone());
    let dict: PyDictRef = vm.ctx.new_dict();
    for (name, value) in &arguments.kwargs {
        dict.set_item(&*vm.ctx.new_str(name.clone()), value.clone(), vm)?;
    }
    let pair = vm.ctx.new_tuple(vec![list.into(), dict.into()]);
    convert::from_python(vm, pair.as_object(), budget)
}

/// The built-in exception of that name, or a `RuntimeError`.
fn exception_named(vm: &VirtualMachine, kind: &str, message: &str) -> PyBaseExceptionRef {
    let class: Option<PyTypeRef> =
        vm.builtins.get_attr(&*vm.ctx.new_str(kind), vm).ok().and_then(|class| class.downcast().ok());
    match class.filter(|class| class.fast_issubclass(vm.ctx.exceptions.exception_type)) {
        Some(class) => vm.new_exception_msg(class, message.into()),
        None => vm.new_runtime_error(format!("{kind}: {message}")),
    }
}

/// What is alive now stays: collections in workers leave it alone, and nobody counts
/// references to it, which would have every worker copy the pages that it only looks at.
fn freeze(vm: &VirtualMachine) -> PyResult<()> {
    let gc = vm.import("gc", 0)?;
    vm.call_method(&gc, "collect", ())?;
    let mut seen = HashSet::new();
    let mut left = vm.state.gc.get_objects(None);
    left.extend([vm.builtins.clone().into(), vm.sys_module.clone().into()]);
    while let Some(object) = left.pop() {
        if seen.insert(object.get_id()) {
            left.extend(object.gc_get_referents());
            object.make_immortal();
        }
    }
    vm.state.gc.freeze();
    Ok(())
}

/// The generator of the module `random`, if it is imported, and the function of the engine
/// that seeds it.
fn generator(vm: &VirtualMachine) -> Option<(PyObjectRef, PyObjectRef)> {
    let modules = vm.sys_module.get_attr("modules", vm).ok()?;
    let of = |module: &'static str, name: &'static str| modules.get_item(module, vm).ok()?.get_attr(name, vm).ok();
    Some((of("random", "_inst")?, of("_random", "Random")?.get_attr("seed", vm).ok()?))
}

/// Has everything that is printed go to these streams.
fn print_to(vm: &VirtualMachine, streams: &[Arc<Stream>; 2]) -> PyResult<()> {
    captured::make_types();
    for (stream, (attribute, kept)) in streams.iter().zip([("stdout", "__stdout__"), ("stderr", "__stderr__")]) {
        let name = if attribute == "stdout" { "<stdout>" } else { "<stderr>" };
        let text = Text::passing(vm, name, Box::new(Arc::clone(stream)));
        for attribute in [attribute, kept] {
            vm.sys_module.dict().set_item(attribute, text.clone().into(), vm)?;
        }
    }
    Ok(())
}

fn flush(vm: &VirtualMachine) {
    for name in ["stdout", "stderr"] {
        // A stream that the snippet closed or broke has given all it had.
        let _ = vm.sys_module.get_attr(name, vm).and_then(|stream| vm.call_method(&stream, "flush", ()));
    }
}

fn describe_error(vm: &VirtualMachine, error: &PyBaseExceptionRef) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = vm.write_exception(&mut text, error);
    text
}
