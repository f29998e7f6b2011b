"""`importlib.resources` and `importlib.metadata` for what lives in a bundle."""

import io
from importlib.resources.abc import Traversable, TraversableResources


class BundlePath(Traversable):
    """A file or folder of a bundle. `path` is what is shown, `inner` is its name there."""

    def __init__(self, native, path, inner):
        self._native = native
        self._path = path
        self._inner = inner

    @property
    def name(self):
        return self._path.rpartition('/')[2]

    @property
    def parent(self):
        path, inner = self._path.rpartition('/')[0], self._inner.rpartition('/')[0]
        return BundlePath(self._native, path, inner) if self._inner else self

    def exists(self):
        return self.is_file() or self.is_dir()

    def iterdir(self):
        for name in self._native.bundle_list(self._inner):
            yield self._child(name)

    def is_dir(self):
        return bool(self._native.bundle_list(self._inner))

    def is_file(self):
        return self._native.bundle_data(self._inner) is not None

    def joinpath(self, *names):
        found = self
        for name in names:
            for part in str(name).split('/'):
                if part and part != '.':
                    found = found._child(part)
        return found

    __truediv__ = joinpath

    def read_bytes(self):
        data = self._native.bundle_data(self._inner)
        if data is None:
            kind = (IsADirectoryError, 21, 'Is a directory') if self.is_dir() else (
                FileNotFoundError, 2, 'No such file or directory')
            raise kind[0](*kind[1:], self._path)
        return data

    def open(self, mode='r', *args, **kwargs):
        if mode not in ('r', 'rb'):
            raise ValueError(f'a bundle is read only, so the mode must be r or rb, not {mode!r}')
        stream = io.BytesIO(self.read_bytes())
        return stream if mode == 'rb' else io.TextIOWrapper(stream, *args, **kwargs)

    def _child(self, name):
        inner = f'{self._inner}/{name}' if self._inner else name
        return BundlePath(self._native, f'{self._path}/{name}', inner)

    def __str__(self):
        return self._path

    def __repr__(self):
        return f'BundlePath({self._path!r})'

    def __eq__(self, other):
        return isinstance(other, BundlePath) and self._path == other._path

    def __hash__(self):
        return hash(self._path)


class BundleReader(TraversableResources):
    """The resources of one package."""

    def __init__(self, native, path, inner):
        self._files = BundlePath(native, path, inner)

    def files(self):
        return self._files


def namespace_reader(namespace_path, inside):
    """The resources of a namespace package, whose parts may be in bundles. `inside` tells of a
    path which bundle it is in, and its name there."""
    from importlib.resources.readers import NamespaceReader

    class Reader(NamespaceReader):
        @classmethod
        def _candidate_paths(cls, path_str):
            found = inside(path_str)
            if found is None:
                yield from NamespaceReader._candidate_paths(path_str)
            else:
                yield BundlePath(found[0], path_str, found[1])

    return Reader(namespace_path)


def find_distributions(mounted, context=None):
    """The installed distributions along a path, in its order. `mounted` tells of an entry
    how to read the bundle that it is, if it is one."""
    from importlib.metadata import DistributionFinder, MetadataPathFinder, PathDistribution, Prepared
    if context is None:
        context = DistributionFinder.Context()
    wanted = Prepared(context.name)
    for entry in context.path:
        native = mounted(entry)
        if native is None:
            inner = DistributionFinder.Context(name=context.name, path=[entry])
            yield from MetadataPathFinder.find_distributions(inner)
            continue
        for child in native.bundle_list(''):
            stem, dot, suffix = child.rpartition('.')
            if suffix not in ('dist-info', 'egg-info'):
                continue
            name = Prepared.normalize(stem.partition('-')[0])
            if not wanted or name == wanted.normalized:
                yield PathDistribution(BundlePath(native, f'{entry}/{child}', child))
