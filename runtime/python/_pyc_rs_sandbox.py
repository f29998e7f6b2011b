"""The inside of a worker that runs snippets nobody has read.

What is here is for convenience: a snippet is told early and clearly that a module
is not for it. What keeps it in is the operating system. Frames of this module are
left out of tracebacks, as those of the import system are.
"""

import builtins
import sys

# For this module alone: no program has imported it.
_had_opcodes = '_opcode_metadata' in sys.modules
from _opcode_metadata import opmap
if not _had_opcodes:
    del sys.modules['_opcode_metadata']

_import = builtins.__import__
_getframe = sys._getframe
_gated = None
_allowed = frozenset()
_denied = frozenset()
_partial = {}
_users = None
_import_name = opmap['IMPORT_NAME']


class ModuleNotAllowed(ImportError):
    """The policy of this run does not let the snippet import that module."""


ModuleNotAllowed.__module__ = 'builtins'


def _prefixes(name):
    while name:
        yield name
        name = name.rpartition('.')[0]


def _may(name):
    if any(prefix in _denied for prefix in _prefixes(name)):
        return False
    return _allowed is None or any(prefix in _allowed for prefix in _prefixes(name))


def _refuse(name):
    raise ModuleNotAllowed(f'the module {name!r} is not allowed here', name=name)


def _by_engine(frame):
    """Whether the engine itself imports, on behalf of a call in this frame."""
    code, at = frame.f_code.co_code, frame.f_lasti
    return 0 <= at < len(code) and code[at] != _import_name


def _gate(name, globals=None, locals=None, fromlist=None, level=-1):
    engine = level == 0 and not fromlist and _by_engine(_getframe(1))
    level = max(level, 0)
    if engine or level > 0 or _may(name):
        module = _import(name, globals, locals, fromlist or (), level)
        top = name.partition('.')[0]
        if engine or level or fromlist or top == name or _may(top):
            return module
        return _part_of(top)
    if fromlist and all(_may(f'{name}.{part}') for part in fromlist):
        return _part_of(name)
    return _refuse(name)


def _part_of(name):
    """A package of which only some modules are allowed: with those in it."""
    if name not in _partial:
        module = type(sys)(name)
        for full in sorted(_allowed or ()):
            if full.startswith(name + '.') and _may(full):
                part = full[len(name) + 1:].partition('.')[0]
                setattr(module, part, getattr(_import(full), part))
        _partial[name] = module
    return _partial[name]


def _by_snippet(depth=2):
    try:
        return _getframe(depth).f_builtins is _gated
    except ValueError:
        return False  # The engine itself, with nothing running.


class _Modules(dict):
    """`sys.modules`, which shows a snippet what it may import."""

    def __getitem__(self, name):
        if _by_snippet() and not _may(name):
            _refuse(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        if _by_snippet() and not _may(name):
            _refuse(name)
        return super().get(name, default)

    def __contains__(self, name):
        if _by_snippet() and not _may(name):
            return False
        return super().__contains__(name)

    def _shown(self):
        pairs = super().items()
        return dict(pair for pair in pairs if _may(pair[0])) if _by_snippet(3) else dict(pairs)

    def __iter__(self):
        return iter(self._shown())

    def keys(self):
        return self._shown().keys()

    def values(self):
        return self._shown().values()

    def items(self):
        return self._shown().items()

    def copy(self):
        return self._shown()


def _gate_importlib():
    import importlib
    real = importlib.import_module

    def import_module(name, package=None):
        if _by_snippet() and not name.startswith('.') and not _may(name):
            _refuse(name)
        return real(name, package)

    importlib.import_module = import_module
    importlib.__import__ = _gate


def keep_users(pwd):
    """Keeps that module, which takes longer to import than all else that a worker prepares."""
    global _users
    _users = pwd


def _without_users():
    """Lets the module `pwd` know of no users where it may not read of them.

    `os.path.expanduser` is prepared for that, and `sysconfig` with it, which half of the
    library imports.
    """
    if _users is None:
        import pwd
    else:
        pwd = sys.modules.setdefault('pwd', _users)

    def known(look, what):
        def look_up(who):
            try:
                return look(who)
            except PermissionError:
                raise KeyError(f'{look.__name__}(): {what} not found: {who!r}') from None
        look_up.__name__ = look_up.__qualname__ = look.__name__
        return look_up

    pwd.getpwuid = known(pwd.getpwuid, 'uid')
    pwd.getpwnam = known(pwd.getpwnam, 'name')


def prepare(allowed, denied, preload):
    """Returns the builtins that snippets get."""
    global _gated, _allowed, _denied
    _without_users()
    for name in preload:
        _import(name)
    if allowed is None and not denied:
        return builtins.__dict__
    _allowed = allowed if allowed is None else frozenset(allowed) | {'__main__', 'builtins'}
    _denied = frozenset(denied)
    _gated = dict(builtins.__dict__)
    _gated['__import__'] = _gate
    if _may('importlib'):
        _gate_importlib()
    sys.modules = _Modules(sys.modules)
    return _gated


def awaitable(call):
    """The same host function, to be awaited."""
    async def host_function(*args, **kwargs):
        return call(*args, **kwargs)
    host_function.__name__ = host_function.__qualname__ = call.__name__
    return host_function


def remember(name, text):
    """Lets tracebacks show the lines of a source that is in no file."""
    import linecache
    # Without a time of change, it is not looked for on the disk.
    linecache.cache[name] = len(text), None, text.splitlines(True), name


def without_ours(error):
    """Leaves the frames of this module out of an exception's traceback."""
    ours = _gate.__code__.co_filename
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kept = []
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename != ours:
                kept.append(trace)
            trace = trace.tb_next
        for this, following in zip(kept, kept[1:] + [None]):
            if this.tb_next is not following:
                this.tb_next = following
        if error.__traceback__ is not (kept[0] if kept else None):
            error.__traceback__ = kept[0] if kept else None
        error = error.__cause__ or error.__context__
