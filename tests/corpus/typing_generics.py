"""Type parameters, generic classes and functions, lazy type aliases."""
from collections.abc import Callable, Iterable, Iterator
from typing import get_args, get_origin

type Pair[T] = tuple[T, T]
type Tree[T] = T | list[Tree[T]]
type Handler[**P, R] = Callable[P, R]

print(Pair.__name__, Pair.__type_params__, Pair.__value__, Pair[int], get_args(Pair[int]), Tree.__value__.__args__[0])


class Stack[T]:
    def __init__(self, items: Iterable[T] = ()) -> None:
        self._items = list(items)

    def push(self, item: T) -> "Stack[T]":
        self._items.append(item)
        return self

    def pop(self) -> T:
        return self._items.pop()

    def map[U](self, function: Callable[[T], U]) -> "Stack[U]":
        return Stack(map(function, self._items))

    def __iter__(self) -> Iterator[T]:
        return reversed(self._items)


class Named[T, *Rest](Stack[T]):
    label: str = "named"


stack = Stack[int]([1, 2]).push(3)
print(list(stack), list(stack.map(str)), stack.pop(), Stack.__type_params__, Stack.map.__type_params__, Stack.__orig_bases__)
print(get_origin(Stack[int]) is Stack, get_args(Stack[int]), issubclass(Named, Stack), Named.__type_params__, Named[int, str, bytes].__args__)


def first[T: (int, str)](items: list[T], default: T | None = None) -> T | None:
    return items[0] if items else default


def bounded[N: float](*values: N) -> N:
    return max(values)


print(first([3]), first([], "none"), first.__type_params__[0].__constraints__, bounded(1, 2.5), bounded.__type_params__[0].__bound__)


def flatten[T](tree: Tree[T]) -> Iterator[T]:
    if isinstance(tree, list):
        for branch in tree:
            yield from flatten(branch)
    else:
        yield tree


print(list(flatten([1, [2, [3]], 4])))


def logged[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        print("call", function.__name__, args, kwargs)
        return function(*args, **kwargs)

    return wrapper


@logged
def area(width: int, *, height: int = 2) -> int:
    return width * height


print(area(3, height=4))
