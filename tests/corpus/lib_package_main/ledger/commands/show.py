"""show"""
from ._store import Store


def run(store):
    assert isinstance(store, Store)
    return dict(sorted(store.items()))
