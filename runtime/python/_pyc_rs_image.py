"""Images: modules imported ahead, and what a restored process does anew.

Run by the runtime while an image is recorded, and once in each process that is
restored from it. Modules imported ahead are out of sight: `sys.modules` is that of
a plain start until a program imports one, which finds it along the path as ever,
and then gets the module that is there already, with all that its import brings in.
"""

import sys

_boot = {}
_bundle = {}
_waiting = {}
_origins = {}
_brings = {}
_executing = []
_whole = set()
_of_streams = set()
_attributes = {}
_more = {}
_time_zone = None
_streams_of = {}
_unseeded = {}
_exit_functions = {}
_undo = []

# Standard streams, by descriptor: name, mode.
_STREAMS = ('stdin', 'rb'), ('stdout', 'wb'), ('stderr', 'wb')

_Function = type(lambda: None)
_Cell = type((lambda x: lambda: x)(0).__closure__[0])
_LEAVES = (str, bytes, int, float, complex, bool, type(None), type(sys), type((lambda: None).__code__))


def start_recording(bundle_finder):
    """Prepares for `preload`. What is imported until now is what a plain start imports."""
    global _boot, _bundle
    import _frozen_importlib_external as external
    _make_codec()
    _boot = dict(sys.modules)
    _bundle = bundle_finder.find_spec.__globals__
    _claim(_bundle['BundleLoader'])
    _claim(external.SourceFileLoader)
    _claim_static(external._bootstrap.BuiltinImporter)
    _claim_static(external._bootstrap.FrozenImporter)


def _make_codec():
    """Makes the codec that the streams of each restored process ask for. Its modules wait, as
    those that are imported ahead."""
    import _codecs
    before = set(sys.modules)
    _codecs.lookup('utf-8')
    for name in sys.modules.keys() - before:
        _waiting[name] = sys.modules.pop(name)
        _origins[name] = _waiting[name].__spec__.origin
        _brings[name] = {name, 'codecs'}
        _of_streams.add(name)


def _claim(kind):
    create, execute = kind.create_module, kind.exec_module

    def create_module(self, spec):
        module = _waiting.get(spec.name)
        if module is not None and spec.origin == _origins[spec.name]:
            return module
        return create(self, spec)

    def exec_module(self, module):
        name = module.__spec__.name
        if module is _waiting.get(name):
            _appear(name)
        elif _executing:
            _record_execution(name, lambda: execute(self, module))
        else:
            execute(self, module)

    kind.create_module = create_module
    kind.exec_module = exec_module


def _claim_static(importer):
    create, execute = importer.create_module, importer.exec_module

    def create_module(spec):
        module = _waiting.get(spec.name)
        return create(spec) if module is None else module

    def exec_module(module):
        name = module.__spec__.name
        if module is _waiting.get(name):
            _appear(name)
        elif _executing:
            _record_execution(name, lambda: execute(module))
        else:
            execute(module)

    importer.create_module = staticmethod(create_module)
    importer.exec_module = staticmethod(exec_module)


def _appear(name):
    if _executing:
        _appear_again(name)
        return
    for brought in _publish(_brings[name], _waiting, sys.modules, _attributes, _more):
        if brought in _streams_of:
            _bind_streams(brought)
        if brought in _RENEWED:
            _RENEWED[brought](sys.modules[brought])
        for register, function, args, kwargs in _exit_functions.pop(brought, ()):
            register(function, *args, **kwargs)


def _appear_again(name):
    """While an image is recorded, when a module is asked for that was put out of sight."""
    modules = sys.modules
    for brought in _closure(name):
        module = _waiting.pop(brought, None)
        if module is not None and modules.get(brought, module) is module:
            modules[brought] = module


def _record_execution(name, execute):
    _brings[_executing[-1]].add(name)
    _brings[name] = {name}
    _executing.append(name)
    before = set(sys.modules)
    try:
        _RECORDED.get(name, _plainly)(execute)
        _whole.add(name)
    finally:
        _executing.pop()
        # Native code imports, too, and modules give others a second name.
        _brings[name].update(sys.modules.keys() - before)


def _plainly(execute):
    execute()


def _without_libraries(execute):
    """`ctypes` opens the program as a library; where that is loaded is another process's affair."""
    import _ctypes
    dlopen = _ctypes.dlopen
    _ctypes.dlopen = lambda name, *mode: dlopen(name, *mode) if name else 0
    try:
        execute()
    finally:
        _ctypes.dlopen = dlopen


def _noting_seeds(execute):
    """Generators that modules make without a seed get another one in each process."""
    execute()
    kind = sys.modules['random'].Random
    seed = kind.seed

    def noted_seed(self, a=None, version=2):
        _unseeded.pop(id(self), None)
        if a is None:
            _unseeded[id(self)] = self
        return seed(self, a, version)

    kind.seed = noted_seed
    _undo.append(lambda: setattr(kind, 'seed', seed))


def _noting_exit_functions(execute):
    """What a module has called at exit is none of programs that do not import it."""
    execute()
    module = sys.modules['atexit']
    register = module.register

    def noted_register(func, /, *args, **kwargs):
        if not _executing:
            return register(func, *args, **kwargs)
        _exit_functions.setdefault(_executing[-1], []).append((register, func, args, kwargs))
        return func

    module.register = noted_register
    _undo.append(lambda: setattr(module, 'register', register))


def _closure(name):
    """What a module brings in: what it imports, what that imports, and the packages of it all."""
    found, open_ = set(), [name]
    while open_:
        new = open_.pop()
        if new not in found:
            found.add(new)
            open_.extend(_brings.get(new, ()))
            open_.append(new.rpartition('.')[0] or new)
    return found


def _close_all(order):
    """Makes what each module brings in complete, as tuples in this order."""
    # What was asked for is no module's doing.
    _brings.pop('', None)
    names = list(dict.fromkeys([*order, *_brings]))
    bits = {name: 1 << number for number, name in enumerate(names)}
    direct = {name: [new for new in {name.rpartition('.')[0], *_brings.get(name, ())} if new in bits]
              for name in names}
    reached, settled = dict(bits), False
    while not settled:
        settled = True
        # What is imported mostly comes after what imports it.
        for name in reversed(names):
            all_ = before = reached[name]
            for new in direct[name]:
                all_ |= reached[new]
            if all_ != before:
                reached[name], settled = all_, False
    for name in order:
        _brings[name] = tuple(new for new in order if bits[new] & reached[name])


def preload(names, site_folders):
    """Imports modules ahead. Returns those that failed, with the reason.

    Unless `site_folders` is None, the packages that `site` and these folders put on the
    path can be imported, too.
    """
    import builtins
    plain_import = builtins.__import__
    failed = {}

    def recording_import(name, globals=None, locals=None, fromlist=(), level=0):
        module = plain_import(name, globals, locals, fromlist, level)
        if not _executing:
            # A line of a `.pth` file.
            return module
        base = name
        if level:
            package = (globals.get('__package__') or '').split('.')
            base = '.'.join(package[:len(package) - level + 1] + ([name] if name else []))
        importing = _brings[_executing[-1]]
        importing.add(base)
        importing.update(f'{base}.{tail}' for tail in fromlist or () if f'{base}.{tail}' in sys.modules)
        return module

    builtins.__import__ = recording_import
    try:
        for name in names:
            _brings[''] = set()
            _executing.append('')
            try:
                __import__(name)
            except (Exception, SystemExit) as error:
                failed[name] = f'{type(error).__name__}: {error}'
            finally:
                _executing.pop()
                _hide()
            if name == 'site' and site_folders is not None:
                _add_folders(_waiting['site'], site_folders)
    finally:
        builtins.__import__ = plain_import
        while _undo:
            _undo.pop()()
    # In the order of their execution, as far as it is known.
    _close_all(list(_waiting))
    _detach()
    return failed


def _detach():
    """Takes modules out of their packages, but for those that come into sight with them."""
    for name, module in _waiting.items():
        package, _, tail = name.rpartition('.')
        parent = _waiting.get(package) or sys.modules.get(package)
        if parent is not None and parent.__dict__.get(tail) is module:
            comes_along = package in _waiting and name in _brings[package]
            if not comes_along:
                _attributes[name] = package, tail
                del parent.__dict__[tail]


def imports_of(path):
    """The modules that a program imports at its top level, its own folder's among them."""
    import _ast
    with open(path, 'rb') as file:
        tree = compile(file.read(), path, 'exec', 0x400)
    sys.path.insert(0, path.rpartition('/')[0])
    found = []
    for statement in tree.body:
        if isinstance(statement, _ast.Import):
            found += [alias.name for alias in statement.names]
        elif isinstance(statement, _ast.ImportFrom) and not statement.level:
            found.append(statement.module)
    return found


def _hide():
    """Puts out of sight what has been imported, and drops what failed to be."""
    for name, module in list(sys.modules.items()):
        if name in _boot:
            continue
        del sys.modules[name]
        spec = getattr(module, '__spec__', None)
        origin = getattr(spec, 'origin', None)
        is_second_name_of_boot = any(module is known for known in _boot.values())
        if origin in ('built-in', 'frozen') or is_second_name_of_boot or getattr(spec, 'name', name) in _whole:
            _waiting[name] = module
            _origins[name] = origin


def _is_second_name(name, module):
    """Whether a module made this entry for another: `os.path` is `posixpath`."""
    return getattr(getattr(module, '__spec__', None), 'name', None) != name


def names():
    """The modules that wait to be imported."""
    return sorted(name for name, module in _waiting.items()
                  if not _is_second_name(name, module) and name not in _of_streams)


def sources():
    """The files of modules that are not part of pyc-rs: (name, path)."""
    return [(name, _origins[name]) for name, module in _waiting.items()
            if not _is_second_name(name, module) and _is_from_file(module.__spec__.loader)]


def _is_from_file(loader):
    return hasattr(loader, 'get_code') and type(loader).__name__ not in ('BundleLoader', 'type')


def close_streams():
    """Lets go of the standard streams. Returns those that are held all the same: (name, by whom).

    What modules keep of them (`from sys import stdout`, a default argument, a handler of
    `logging`) is bound again when the module comes into sight.
    """
    import _weakref
    held = []
    threading = _module('threading')
    if threading is not None:
        threading._main_thread._stderr = None
    for name in ('stdin', 'stdout', 'stderr'):
        watch = _weakref.ref(getattr(sys, name))
        setattr(sys, name, None)
        setattr(sys, f'__{name}__', None)
        holder = _take_away(watch(), name) if watch() is not None else None
        if watch() is not None:
            held.append((name, holder or 'a module'))
    _more.update(dict.fromkeys([*_streams_of, *_RENEWED, *_exit_functions]))
    return held


def _take_away(stream, name):
    """Takes a stream out of what modules can reach. Returns a module that keeps it for good."""
    keeper = None
    for module, holder, key in _holders(stream):
        if isinstance(holder, tuple):
            keeper = module
        else:
            _bind(holder, key, None)
            _streams_of.setdefault(module, []).append((holder, key, name))
    return keeper


def _holders(sought):
    """Where modules keep an object: (module, what it is in, place in there)."""
    found, seen = [], {}
    for module, at in [*sys.modules.items(), *_waiting.items()]:
        open_ = [at.__dict__]
        while open_:
            holder = open_.pop()
            if id(holder) in seen:
                continue
            # Kept alive, so that no other object gets its identity.
            seen[id(holder)] = holder
            for key, value in _parts(holder):
                if value is sought:
                    found.append((module, holder, key))
                elif not isinstance(value, _LEAVES):
                    open_.append(value)
    return found


def _parts(holder):
    if isinstance(holder, dict):
        return list(holder.items())
    if isinstance(holder, (list, tuple)):
        return list(enumerate(holder))
    if isinstance(holder, _Cell):
        try:
            return [('cell_contents', holder.cell_contents)]
        except ValueError:
            return []
    if isinstance(holder, _Function):
        inner = [(None, part) for part in (holder.__kwdefaults__, *(holder.__closure__ or ()))]
        return [*enumerate(holder.__defaults__ or ()), *inner]
    if isinstance(holder, type):
        return list(type.__dict__['__dict__'].__get__(holder).items())
    try:
        return [(None, object.__getattribute__(holder, '__dict__'))]
    except (AttributeError, TypeError):
        return []


def _bind(holder, key, value):
    if isinstance(holder, _Function):
        defaults = list(holder.__defaults__)
        defaults[key] = value
        holder.__defaults__ = tuple(defaults)
    elif isinstance(holder, (type, _Cell)):
        setattr(holder, key, value)
    else:
        holder[key] = value


def _bind_streams(module):
    for holder, key, name in _streams_of.pop(module):
        _bind(holder, key, getattr(sys, name))


def forget_paths(keep):
    """Lets go of what is known of folders other than the bundle's."""
    for path in list(sys.path_importer_cache):
        if path != keep and not path.startswith(keep + '/'):
            del sys.path_importer_cache[path]


def _module(name):
    return _waiting.get(name) or sys.modules.get(name)


def boot_keeps_streams():
    """Whether a module that every start imports keeps a standard stream."""
    return not _streams_of.keys().isdisjoint(_boot)


def bind_streams_of_boot():
    for module in _streams_of.keys() & _boot.keys():
        _bind_streams(module)


def add_site_folders(folders):
    _add_folders(_bundle['import_site'](), folders)


def make_streams():
    """Makes the standard streams ahead, for where they are pipes and for where they are /dev/null:
    what is behind them, how errors are handled, and the three."""
    made = []
    posix = sys.modules['posix']
    read, write = posix.pipe()
    null = posix.open('/dev/null', posix.O_RDWR)
    kept = [posix.dup(number) for number in range(3)]
    try:
        for kind, ends in ('pipe', (read, write, write)), ('null', (null, null, null)):
            for number, end in enumerate(ends):
                posix.dup2(end, number)
            # What cannot be decoded is an error, or is let through in the locale C.
            for errors in 'strict', 'surrogateescape':
                made.append((kind, errors, *(_open_stream(number, errors, True) for number in range(3))))
    finally:
        for number, end in enumerate(kept):
            posix.dup2(end, number)
        for end in (read, write, null, *kept):
            posix.close(end)
    return made


def number_classes():
    """Has the engine number all classes, as it does where one is looked at first."""
    found, open_ = set(), [object]
    while open_:
        kind = open_.pop()
        if id(kind) not in found:
            found.add(id(kind))
            type.__getattribute__(kind, '__init__')
            open_.extend(type.__subclasses__(kind))


def show_all():
    """Brings all modules into sight for a while, without what a program's import of one does.
    Returns what `hide_all` takes."""
    shown = dict(sys.modules)
    for name, module in _waiting.items():
        sys.modules.setdefault(name, module)
    for name, (package, tail) in _attributes.items():
        setattr(_module(package), tail, _waiting[name])
    return shown, [(module.__dict__, dict(module.__dict__)) for module in sys.modules.values()]


def hide_all(before):
    shown, namespaces = before
    for namespace, names in namespaces:
        # Some modules import others when they first need them.
        for name in namespace.keys() - names.keys():
            del namespace[name]
        for name, value in names.items():
            if namespace.get(name) is not value:
                namespace[name] = value
    for package, tail in _attributes.values():
        delattr(_module(package), tail)
    # A table that has held more is a larger one.
    sys.modules.clear()
    sys.modules.update(shown)


def stream_to_null():
    """Has what is printed go to nobody. Returns what `close_null` takes."""
    posix = sys.modules['posix']
    null = posix.open('/dev/null', posix.O_RDWR)
    kept = [posix.dup(number) for number in range(3)]
    for number, (name, _) in enumerate(_STREAMS):
        posix.dup2(null, number)
        stream = _open_stream(number, 'strict', True)
        setattr(sys, name, stream)
        setattr(sys, f'__{name}__', stream)
    return null, kept


def close_null(opened):
    posix = sys.modules['posix']
    null, kept = opened
    for number, (name, _) in enumerate(_STREAMS):
        setattr(sys, name, None)
        setattr(sys, f'__{name}__', None)
        posix.dup2(kept[number], number)
    for number in (null, *kept):
        posix.close(number)


def _open_stream(number, errors, buffered):
    import _io
    name, mode = _STREAMS[number]
    direct = number and not buffered
    buffer = _io.open(number, mode, 0 if direct else -1, closefd=False)
    raw = buffer if direct else buffer.raw
    raw.name = f'<{name}>'
    line_buffering = buffered and (number == 2 or raw.isatty())
    stream = _io.TextIOWrapper(
        buffer, 'utf-8', 'backslashreplace' if number == 2 else errors, '\n', line_buffering, not buffered)
    stream.mode = mode[0]
    return stream


def _add_folders(site, folders):
    for folder in folders:
        site.addsitedir(folder)


def _renew_ctypes(ctypes):
    ctypes._dlopen = sys.modules['_ctypes'].dlopen
    ctypes.pythonapi._handle = ctypes._dlopen(None, ctypes.DEFAULT_MODE)


def _renew_linecache(linecache):
    _bundle['_native'].linecache_loaded(linecache)


def _renew_logging(logging):
    logging._startTime = _module('time').time_ns()


def _renew_multiprocessing(_):
    if '__main__' in sys.modules:
        sys.modules['__mp_main__'] = sys.modules['__main__']


def _renew_multiprocessing_process(process):
    posix = sys.modules['posix']
    process._current_process._config['authkey'] = process.AuthenticationString(posix.urandom(32))
    try:
        process.ORIGINAL_DIR = posix.getcwd()
    except OSError:
        process.ORIGINAL_DIR = None


def _renew_random(random):
    random._inst.seed()
    for generator in _unseeded.values():
        generator.seed()


def _renew_site(site):
    """`site` does its work where it is imported; what it did ahead is of another process."""
    path = sys.path[:]
    site.PREFIXES = [sys.prefix, sys.exec_prefix]
    site.ENABLE_USER_SITE = site.USER_SITE = site.USER_BASE = None
    site.main()
    if _bundle['_without_site']:
        # As after a plain start: it has nothing to add.
        sys.path[:] = path


def _renew_threading(threading):
    import _thread
    ident = _thread._get_main_thread_ident()
    main = threading._main_thread
    threading._active.pop(main._ident, None)
    main._ident = ident
    main._stderr = sys.stderr
    main._native_id = sys.modules['posix'].getpid()
    main._os_thread_handle = _thread._make_thread_handle(ident)
    threading._active[ident] = main


def _renew_time(time):
    time.timezone, time.altzone, time.daylight, time.tzname = _time_zone()


# How a module is executed while an image is recorded, if not plainly.
_RECORDED = {
    'atexit': _noting_exit_functions,
    'ctypes': _without_libraries,
    'random': _noting_seeds,
}

# What a module has of the process that it was imported in.
_RENEWED = {
    'ctypes': _renew_ctypes,
    'linecache': _renew_linecache,
    'logging': _renew_logging,
    'multiprocessing': _renew_multiprocessing,
    'multiprocessing.process': _renew_multiprocessing_process,
    'random': _renew_random,
    'site': _renew_site,
    'threading': _renew_threading,
    'time': _renew_time,
}
