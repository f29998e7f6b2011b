"""The import system before a program has imported anything that is not built in.

Many short programs never do. The part of the import system that looks at paths, and what
joins it to bundles and to the cache (`_pyc_rs_importer`), are a third of a start; they are
made when they are first asked for. Until then other objects stand in their places.

Installed by the runtime at start, before any module of the standard library is imported, so
it may use nothing but built-in modules.
"""

import _frozen_importlib as _bootstrap
import _thread
import sys

_EXTERNAL = '_frozen_importlib_external'

_make_glue = None
_fill_external = None
_glue = None
_lock = _thread.RLock()
_without_site = False
_main_loader = None


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
    if sys.modules.get(_EXTERNAL) is not _places[0]:
        # The program has put something else there, or nothing.
        return
    importer = _bootstrap.FrozenImporter
    module = _bootstrap.module_from_spec(importer.find_spec(_EXTERNAL))
    sys.modules[_EXTERNAL] = module
    try:
        _fill_external(vars(module))
    except BaseException:
        sys.modules[_EXTERNAL] = _places[0]
        raise


def _take_places():
    """Puts what is real where something stands for it, and only there: a program may have
    changed these lists."""
    for standing, real in zip(_places[1:], _glue.real):
        for places in sys.meta_path, sys.path_hooks:
            for index, place in enumerate(places):
                if place is standing:
                    places[index] = real
    main = sys.modules.get('__main__')
    if _main_loader is not None and getattr(main, '__loader__', None) is _main_loader:
        main.__loader__ = _main_loader._make()


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


def install(make_glue, fill_external):
    """Puts what stands for the importers in place."""
    global _make_glue, _fill_external
    _make_glue = make_glue
    _fill_external = fill_external
    sys.modules[_EXTERNAL] = _places[0]
    sys.meta_path.append(_places[1])
    sys.path_hooks.extend(_places[2:])
    # CPython's own tag would let its byte code files be taken for ours.
    sys.implementation.cache_tag = 'rustpython-%d%d' % sys.version_info[:2]
    sys.dont_write_bytecode = True
    import _codecs
    _codecs.register(_search_encoding)
