"""Joins Python's import system to bundles and to the cache.

Installed by the runtime before any module of the standard library is imported
(`_pyc_rs_start` says when), so it may use nothing but built-in modules. The runtime
passes in the functions that this module calls `_native`.
"""

import _frozen_importlib as _bootstrap
import _frozen_importlib_external as _external
import sys

_native = None
_root = None

# The bundles on the path: by their entry there, the functions to read each with.
_mounts = {}


class BundleLoader:
    """Loads one module of a bundle."""

    def __init__(self, name, entry, path, package, native, root):
        self.name = name
        self.path = path
        self._entry = entry
        self._package = package
        self._native = native
        self._root = root

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        code = self._native.bundle_code(self._entry, self.path)
        path = sys.path[:]
        _bootstrap._call_with_frames_removed(exec, code, module.__dict__)
        if self._native is not _native:
            return
        if self._entry == 'linecache':
            _native.linecache_loaded(module)
        elif self._entry == 'site' and _without_site:
            # It had nothing to add at start. What the program has put on the
            # path since then is not to be made absolute.
            sys.path[:] = path

    def get_code(self, fullname=None):
        return self._native.bundle_code(self._entry, self.path)

    def get_source(self, fullname=None):
        return self._native.bundle_source(self._entry)

    def get_filename(self, fullname=None):
        return self.path

    def is_package(self, fullname=None):
        return self._package

    def get_data(self, path):
        inside = isinstance(path, str) and path.startswith(self._root + '/')
        data = self._native.bundle_data(path[len(self._root) + 1:]) if inside else None
        if data is None:
            raise FileNotFoundError(2, 'No such file or directory', path)
        return data

    def get_resource_reader(self, fullname):
        if not self._package:
            return None
        from _pyc_rs_resources import BundleReader
        return BundleReader(self._native, self.path.rpartition('/')[0], self._entry.replace('.', '/'))

    def __repr__(self):
        return f'<BundleLoader for {self.name!r}>'


class BundleFinder:
    """Finds the modules of one folder of a bundle, as an entry of a path."""

    def __init__(self, path):
        root = _root_of(path)
        if root is None:
            raise ImportError('not in a bundle', path=path)
        native = _mounts[root]
        folder = path[len(root) + 1:]
        if folder and native.bundle_find(folder.replace('/', '.')) != 1 and not native.bundle_folder(folder):
            raise ImportError('not a package of the bundle', path=path)
        self.path = path
        self._native = native
        self._root = root
        self._prefix = folder.replace('/', '.') + '.' if folder else ''

    def find_spec(self, fullname, target=None):
        tail = fullname.rpartition('.')[2]
        entry = self._prefix + tail
        package = self._native.bundle_find(entry)
        folder = f'{self.path}/{tail}'
        if package is None:
            if not self._native.bundle_folder(entry.replace('.', '/')):
                return None
            # A part of a namespace, which the import system puts together.
            spec = _bootstrap.ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations.append(folder)
            return spec
        path = f'{folder}/__init__.py' if package else f'{folder}.py'
        loader = BundleLoader(fullname, entry, path, bool(package), self._native, self._root)
        spec = _bootstrap.ModuleSpec(fullname, loader, origin=path, is_package=bool(package))
        spec._set_fileattr = True
        if package:
            spec.submodule_search_locations.append(folder)
        return spec

    def iter_modules(self, prefix=''):
        for name, package in self._native.bundle_children(self._prefix[:-1]):
            yield prefix + name, bool(package)

    def invalidate_caches(self):
        pass

    def __repr__(self):
        return f'BundleFinder({self.path!r})'


def _root_of(path):
    """The entry of the path that a path is in, if that is a bundle."""
    if isinstance(path, str):
        for root in _mounts:
            if path == root or path.startswith(root + '/'):
                return root
    return None


def mount(native, root):
    """Makes the modules of a bundle importable from `root`."""
    _mounts[root] = native
    _external.PathFinder.find_distributions = staticmethod(_find_distributions)
    _external.NamespaceLoader.get_resource_reader = _namespace_reader
    sys.path_importer_cache.pop(root, None)


def spec_in(root, name):
    """The spec of a module of the bundle at `root`."""
    parent = name.rpartition('.')[0].replace('.', '/')
    return BundleFinder(f'{root}/{parent}' if parent else root).find_spec(name)


def _namespace_reader(self, module):
    from _pyc_rs_resources import namespace_reader

    def inside(path):
        root = _root_of(path)
        return None if root is None else (_mounts[root], path[len(root) + 1:])

    return namespace_reader(self._path, inside)


def _find_distributions(*args, **kwargs):
    from _pyc_rs_resources import find_distributions
    return find_distributions(lambda path: _mounts.get(path), *args, **kwargs)


_zipimport_is_loading = False


def _archive_hook(path):
    """Bundles and archives on the path, without importing zipimport until there is one."""
    global _zipimport_is_loading
    if not _external._path_isfile(path):
        raise ImportError('only files are archives', path=path)
    try:
        native = _native.open_bundle(path)
    except ImportError as error:
        # The import system goes on without a word, as it does with a damaged archive.
        import _warnings
        _warnings.warn(f'a bundle is passed over: {error}', RuntimeWarning, 2)
        raise
    if native is not None:
        mount(native, path)
        return BundleFinder(path)
    if _zipimport_is_loading:
        # It is not in the archive itself: what imports it looks further down the path.
        raise ImportError('zipimport is being imported', path=path)
    _zipimport_is_loading = True
    try:
        from zipimport import zipimporter
    finally:
        _zipimport_is_loading = False
        # Archives that were passed over meanwhile are asked again.
        cache = sys.path_importer_cache
        for passed in [entry for entry, finder in list(cache.items()) if finder is None]:
            cache.pop(passed, None)
    return zipimporter(path)


def _source_get_code(self, fullname):
    """SourceFileLoader.get_code, from the cache.

    A loader that changes how sources are read or compiled keeps its own way,
    without byte code files: those that lie about may be another engine's.
    """
    path = self.get_filename(fullname)
    kind = type(self)
    if (kind.source_to_code is _external.SourceLoader.source_to_code
            and kind.get_data is _external.FileLoader.get_data):
        return _bootstrap._call_with_frames_removed(_native.load_file, fullname, path)
    return self.source_to_code(self.get_data(path), path)


def _sourceless_get_code(self, fullname):
    raise ImportError(
        f'cannot import the byte code file {self.path!r}: it may be written for another engine; '
        'import the source, or ship it with `pyc-rs compile`', name=fullname, path=self.path)


# Set where `site` was not imported because it has nothing to do.
_without_site = False

# What `site` and its imports bring in at every start of CPython: a file of such a
# name beside the script is never taken for them.
_IMPORTED_AT_START = frozenset((
    'site', 'os', 'stat', 'abc', '_collections_abc', 'posixpath', 'genericpath', '_sitebuiltins'))


def do_without_site():
    """Where `site` was not imported at start."""
    global _without_site
    _without_site = True
    find_spec = _external.PathFinder.find_spec

    def find_spec_at_start(cls, fullname, path=None, target=None):
        if fullname in _IMPORTED_AT_START and path is None:
            return BundleFinder(_root).find_spec(fullname, target)
        return find_spec(fullname, path, target)

    _external.PathFinder.find_spec = classmethod(find_spec_at_start)


def import_site():
    """Imports `site` after all, in a process that was started without it."""
    global _without_site
    _without_site = False
    import site
    return site


# What this module puts into `sys.meta_path` and, in order, into `sys.path_hooks`.
real = []


def install(native, root, without_site):
    """Makes the importers ready. `root` is the bundle's entry on `sys.path`."""
    global _native, _root
    _native = native
    _root = root
    _mounts[root] = native
    # What the import system does itself, but for putting it in place.
    _bootstrap._bootstrap_external = _external
    _external._set_bootstrap_module(_bootstrap)
    files = _external.FileFinder.path_hook(*_external._get_supported_file_loaders())
    _external.SourceFileLoader.get_code = _source_get_code
    _external.SourcelessFileLoader.get_code = _sourceless_get_code
    real[:] = _external.PathFinder, BundleFinder, files, _archive_hook
    if without_site:
        do_without_site()
