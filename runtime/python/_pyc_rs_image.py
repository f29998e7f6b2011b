"""Images: modules imported ahead, and what a restored process does anew.

Run by the runtime while an image is recorded, and once in each process that is
restored from it. Modules imported ahead are out of sight: `sys.modules` is that of
a plain start until a program imports one, which finds it along the path as ever,
and then gets the module that is there already, with all that its import brings in.
"""

import sys

_boot = frozenset()
_bundle = {}
_waiting = {}
_origins = {}
_brings = {}
_executing = []


def start_recording(bundle_finder):
    """Prepares for `preload`. What is imported until now is what a plain start imports."""
    global _boot, _bundle
    import _frozen_importlib_external as external
    _boot = frozenset(sys.modules)
    _bundle = bundle_finder.find_spec.__globals__
    _claim(_bundle['BundleLoader'])
    _claim(external.SourceFileLoader)


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


def _appear(name):
    modules = sys.modules
    appeared = []
    for brought in _brings[name]:
        module = _waiting.pop(brought, None)
        if module is not None and modules.get(brought, module) is module:
            modules[brought] = module
            appeared.append((brought, module))
    for brought, module in appeared:
        parent, _, tail = brought.rpartition('.')
        if parent in modules:
            setattr(modules[parent], tail, module)
        if brought == 'linecache':
            _bundle['_native'].linecache_loaded(module)


def _record_execution(name, execute):
    _brings[_executing[-1]].add(name)
    _brings[name] = {name}
    _executing.append(name)
    try:
        execute()
    finally:
        _executing.pop()
        _close_over(name)


def _close_over(name):
    """Makes what a module brings in complete: what it imports, and what that imports."""
    found, open_ = set(), [name]
    while open_:
        new = open_.pop()
        if new not in found:
            found.add(new)
            open_.extend(_brings.get(new, ()))
            open_.append(new.rpartition('.')[0] or new)
    _brings[name] = found


def preload(names):
    """Imports modules ahead. Returns those that failed, with the reason."""
    import builtins
    plain_import = builtins.__import__
    failed = {}

    def recording_import(name, globals=None, locals=None, fromlist=(), level=0):
        module = plain_import(name, globals, locals, fromlist, level)
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
                _hide(False)
            else:
                _hide(True)
            finally:
                _executing.pop()
    finally:
        builtins.__import__ = plain_import
    for name, module in _waiting.items():
        _close_over(name)
        parent, _, tail = name.rpartition('.')
        parent = _waiting.get(parent) or sys.modules.get(parent)
        if parent is not None:
            parent.__dict__.pop(tail, None)
    # In the order of their execution, as far as it is known.
    order = list(_waiting)
    for name in order:
        _brings[name] = tuple(new for new in order if new in _brings[name])
    return failed


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


def _hide(keep):
    for name, module in list(sys.modules.items()):
        spec = getattr(module, '__spec__', None)
        if name in _boot or spec is None or not hasattr(spec.loader, 'get_code') or name not in _brings:
            continue
        del sys.modules[name]
        if keep and spec.name == name:
            _waiting[name] = module
            _origins[name] = spec.origin


def names():
    """The modules that wait to be imported."""
    return sorted(_waiting)


def sources():
    """The files of modules that are not part of pyc-rs: (name, path)."""
    return [(name, origin) for name, origin in _origins.items()
            if type(_waiting[name].__spec__.loader).__name__ != 'BundleLoader']


def close_streams():
    """Lets go of the standard streams. Returns those that somebody else holds."""
    import _weakref
    held = []
    threading = _module('threading')
    if threading is not None:
        threading._main_thread._stderr = None
    for name in ('stdin', 'stdout', 'stderr'):
        watch = _weakref.ref(getattr(sys, name))
        setattr(sys, name, None)
        setattr(sys, f'__{name}__', None)
        if watch() is not None:
            held.append(name)
    return held


def forget_paths(keep):
    """Lets go of what is known of folders other than the bundle's."""
    for path in list(sys.path_importer_cache):
        if path != keep and not path.startswith(keep + '/'):
            del sys.path_importer_cache[path]


def after_restore(now):
    """Brings up to date what the start of this process decides. In this order."""
    _refresh_sys(now)
    _refresh_environment(now.environ)
    _open_streams(now.stdio_errors)
    _refresh_time(now)
    _refresh_main_thread(now.thread_ident)
    _refresh_modules()
    _refresh_site(now)


def _module(name):
    return _waiting.get(name) or sys.modules.get(name)


def _refresh_sys(now):
    sys.argv[:] = now.argv
    sys.orig_argv[:] = now.orig_argv
    sys.executable = now.executable
    sys._base_executable = now.base_executable
    sys.path[:] = now.path


def _refresh_environment(pairs):
    os = _module('os')
    posix = sys.modules['posix']
    posix.environ.clear()
    posix.environ.update(pairs)
    if os is not None:
        data = os.environ._data
        data.clear()
        data.update(pairs)


def _open_streams(errors):
    import _io
    for name, number, mode in ('stdin', 0, 'rb'), ('stdout', 1, 'wb'), ('stderr', 2, 'wb'):
        buffer = _io.open(number, mode, closefd=False)
        raw = buffer.raw
        raw.name = f'<{name}>'
        line_buffering = number == 2 or raw.isatty()
        stream = _io.TextIOWrapper(
            buffer, 'utf-8', 'backslashreplace' if number == 2 else errors, '\n', line_buffering, False)
        stream.mode = mode[0]
        setattr(sys, name, stream)
        setattr(sys, f'__{name}__', stream)


def _refresh_time(now):
    time = _module('time')
    if time is not None:
        time.timezone, time.altzone, time.daylight, time.tzname = now.time_zone


def _refresh_main_thread(ident):
    threading = _module('threading')
    if threading is None:
        return
    import _thread
    main = threading._main_thread
    threading._active.pop(main._ident, None)
    main._ident = ident
    main._stderr = sys.stderr
    main._native_id = _thread.get_native_id()
    main._os_thread_handle = _thread._make_thread_handle(ident)
    threading._active[ident] = main


def _refresh_modules():
    random = _module('random')
    if random is not None:
        random._inst.seed()
    process = _module('multiprocessing.process')
    if process is not None:
        import posix
        process._current_process._config['authkey'] = process.AuthenticationString(posix.urandom(32))
    logging = _module('logging')
    if logging is not None:
        logging._startTime = sys.modules['time'].time_ns()


def _refresh_site(now):
    site = sys.modules.get('site')
    if site is None:
        if not now.site_has_work:
            return
        made_ahead = 'site' in _waiting
        site = _bundle['import_site']()
        if not made_ahead:
            return
    site.PREFIXES = [sys.prefix, sys.exec_prefix]
    site.ENABLE_USER_SITE = site.USER_SITE = site.USER_BASE = None
    site.main()
