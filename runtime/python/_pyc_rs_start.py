"""The import system before a program has imported anything that is not there.

Many short programs never do. The import system itself, the part of it that looks at paths, and
what joins it to bundles and to the cache (`_pyc_rs_importer`), are half of a start; they are made
when they are first asked for. Until then other objects stand in their places.

Run while the interpreter starts, before there are modules of the standard library, so it may use
nothing but built-in modules.
"""

import _thread
import sys

_BOOTSTRAP = '_frozen_importlib'
_EXTERNAL = '_frozen_importlib_external'

# Set by the runtime.
_fill_bootstrap = None
_fill_external = None
_make_glue = None

# What the import system is made of, whatever a program takes out of `sys.modules` before.
_parts = {}

_bootstrap = None
_glue = None
_lock = _thread.RLock()
_without_site = False
_main_loader = None
_installed = False


class _Later:
    """Stands for an object that is made when it is used."""

    def __init__(self, make):
        self._make = make

    def __getattr__(self, name):
        # Who looks over all modules asks for names like this; it is not use.
        if name.startswith('__'):
            raise AttributeError(name)
        return getattr(self._make(), name)

    def __call__(self, *args, **kwargs):
        return self._make()(*args, **kwargs)

    def __repr__(self):
        return repr(self._make())


class _LaterClass(_Later):
    """Stands for a class, which is asked for its name."""

    def __getattr__(self, name):
        return getattr(self._make(), name)


class _LaterSpec(_Later):
    """Stands for the spec of a module that was there before the import system."""

    # The interpreter asks for it at each import.
    _initializing = False

    def __init__(self, module):
        self._module = module

    def _make(self):
        bootstrap()
        return self._module.__spec__


def bootstrap():
    """The module `_frozen_importlib`."""
    if _bootstrap is None:
        with _lock:
            if _bootstrap is None:
                _make_bootstrap()
    return _bootstrap


def of_bootstrap(name):
    """An attribute of the module that the interpreter holds to be `_frozen_importlib`, for good."""
    if name.startswith('__'):
        raise AttributeError(f'module {_BOOTSTRAP!r} has no attribute {name!r}')
    if name == 'BuiltinImporter' and _bootstrap is None and _installed:
        # Every `__main__` is given it as its loader.
        return _finders[0]
    return getattr(bootstrap(), name)


def engine_installs(sys_module, imp_module):
    """Is called in place of the import system's own `_install`."""


def _make_bootstrap():
    global _bootstrap
    modules = sys.modules
    made = type(sys)(_BOOTSTRAP)
    parts = _parts or modules
    # What it would take for itself from the module in its place.
    made._thread, made._warnings, made._weakref = parts['_thread'], parts['_warnings'], parts['_weakref']
    _fill_bootstrap(vars(made))
    # As the engine calls a frozen module that it imports.
    made.__origname__ = 'importlib._bootstrap'
    standing = parts[_BOOTSTRAP]
    modules[_BOOTSTRAP] = made
    try:
        for module in list(modules.values()):
            if type(getattr(module, '__spec__', None)) is _LaterSpec:
                module.__spec__ = module.__loader__ = None
        made._setup(sys, parts['_imp'])
        # It stays with the interpreter, and with who has imported it before.
        standing.__spec__, standing.__loader__ = made.__spec__, made.__loader__
    except BaseException:
        modules[_BOOTSTRAP] = standing
        raise
    _bootstrap = made
    if _installed:
        _put(sys.meta_path, _finders, (made.BuiltinImporter, made.FrozenImporter))
        _take_main_loader(_finders[0])
    else:
        sys.meta_path += made.BuiltinImporter, made.FrozenImporter


# In the order in which the import system asks them.
_finders = [_LaterClass(lambda: bootstrap().BuiltinImporter), _LaterClass(lambda: bootstrap().FrozenImporter)]


def _put(places, standing, real):
    """Puts what is real where something stands for it, and only there: a program may have
    changed these lists."""
    for index, place in enumerate(places):
        for stands, is_real in zip(standing, real):
            if place is stands:
                places[index] = is_real


def _take_main_loader(standing):
    main = sys.modules.get('__main__')
    if standing is not None and getattr(main, '__loader__', None) is standing:
        main.__loader__ = standing._make()


def joined():
    """The module `_pyc_rs_importer`, with everything it installs in place."""
    global _glue
    if _glue is None:
        with _lock:
            if _glue is None:
                _external()
                _glue = _make_glue(_without_site)
                _take_places()
    return _glue


def _external():
    """Makes the module that stands for itself in `sys.modules` the real one."""
    if sys.modules.get(_EXTERNAL, _places[0]) is not _places[0]:
        # The program has put something else there.
        return
    module = bootstrap().module_from_spec(bootstrap().FrozenImporter.find_spec(_EXTERNAL))
    sys.modules[_EXTERNAL] = module
    try:
        _fill_external(vars(module))
    except BaseException:
        sys.modules[_EXTERNAL] = _places[0]
        raise


def _take_places():
    for places in sys.meta_path, sys.path_hooks:
        _put(places, _places[1:], _glue.real)
    _take_main_loader(_main_loader)


def _part(index):
    return _Later(lambda: joined().real[index])


# In the order of `_pyc_rs_importer.real`, behind the module that all of it is in.
_places = [_Later(lambda: joined()._external), _part(0), _part(1), _part(2), _part(3)]


def main_loader(path):
    """The loader of the program's file."""
    global _main_loader
    made = []

    def make():
        if not made:
            made.append(joined()._external.SourceFileLoader('__main__', path))
        return made[0]

    if _glue is not None:
        return make()
    _main_loader = _Later(make)
    return _main_loader


def _search_encoding(name):
    """Finds the common codecs in the engine, and imports the encodings package when the
    first other one is asked for."""
    if name in ('utf_8', 'utf8'):
        import encodings_utf_8 as codec
    elif name in ('latin_1', 'latin1', 'iso8859_1'):
        import encodings_latin_1 as codec
    elif name == 'ascii':
        import encodings_ascii as codec
    else:
        import _codecs
        _codecs.unregister(_search_encoding)
        import encodings
        return encodings.search_function(name)
    return codec.getregentry()


def _from_site(name):
    """A builtin that `site` makes."""
    if name in ('exit', 'quit'):
        from _sitebuiltins import Quitter
        return Quitter(name, 'Ctrl-D (i.e. EOF)')
    import builtins
    import site as _
    return getattr(builtins, name)


def do_without_site():
    """Takes the place of `import site` at start."""
    global _without_site
    import builtins
    _without_site = True
    for name in ('exit', 'quit', 'copyright', 'credits', 'license', 'help'):
        setattr(builtins, name, _Later(lambda name=name: _from_site(name)))
    if _glue is not None:
        _glue.do_without_site()


def install(make_glue):
    """Puts what stands for the importers in place."""
    global _make_glue, _installed
    _make_glue = make_glue
    _installed = True
    _parts.update({name: sys.modules[name] for name in ('_thread', '_warnings', '_weakref', '_imp', _BOOTSTRAP)})
    if _bootstrap is None:
        sys.meta_path += _finders
        for module in list(sys.modules.values()):
            if type(module) is type(sys):
                module.__spec__ = _LaterSpec(module)
                module.__loader__ = _finders[0]
    sys.modules[_EXTERNAL] = _places[0]
    sys.meta_path.append(_places[1])
    sys.path_hooks.extend(_places[2:])
    # CPython's own tag would let its byte code files be taken for ours.
    sys.implementation.cache_tag = 'rustpython-%d%d' % sys.version_info[:2]
    sys.dont_write_bytecode = True
    import _codecs
    _codecs.register(_search_encoding)
