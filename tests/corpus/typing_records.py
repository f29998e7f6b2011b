"""TypedDict, NamedTuple, NewType, Literal, Annotated, overload, classic generics."""
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Final, Generic, Literal, NamedTuple, NewType, Required, TypedDict, TypeVar, assert_never, cast, get_args, get_type_hints, overload


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


class Movie(TypedDict, total=False):
    title: Required[str]
    year: int


class Employee(NamedTuple):
    """A row."""

    name: str
    id: int = 3

    def badge(self) -> str:
        return f"{self.name}#{self.id:03}"


film: Movie = {"title": "Stalker", "year": 1979}
print(film, sorted(Movie.__required_keys__), sorted(Movie.__optional_keys__), Movie(title="x"), Employee("Ana").badge(), Employee._fields, Employee("Bo", id=7)._asdict())

UserId = NewType("UserId", int)
Mode = Literal["r", "w"]
MAXIMUM: Final = 10
print(UserId(5) + 1, UserId.__name__, get_args(Mode), cast("list[str]", 5), MAXIMUM)


def annotated(a: int, b: Annotated[str, "meta", 3] = "x", *rest: float, c: "list[int]", **options: Any) -> bool | None: ...


hints = get_type_hints(annotated, include_extras=True)
print(list(hints), hints["b"].__metadata__, hints["c"], get_type_hints(annotated)["b"], get_args(hints["return"]) == (bool, type(None)))

T = TypeVar("T")


class Box(Generic[T]):
    def __init__(self, value: T):
        self.value = value

    @overload
    def get(self) -> T: ...
    @overload
    def get(self, default: int) -> T | int: ...
    def get(self, default=None):
        return self.value if self.value is not None else default


print(Box(5).get(), Box(None).get(7), Box[int].__origin__ is Box, Box.__parameters__, Box[T][str].__args__)


def handle(mode: Mode) -> str:
    match mode:
        case "r":
            return "read"
        case "w":
            return "write"
        case never:
            assert_never(never)


try:
    print(handle("r"), handle("w"), handle("x"))
except AssertionError as error:
    print(type(error).__name__)
for bad in (lambda: Stack[int, str], lambda: Box[int][str], lambda: isinstance([], list[int]), lambda: Generic[int]):
    try:
        bad()
    except TypeError as error:
        print(type(error).__name__, end=" ")
print()
x: int
lazy: list["NotDefinedAnywhere"] = []
print("x" in globals(), lazy, list[int] == list[int], dict[str, T][int], (int | str) == (str | int), isinstance(3, int | str), int | None)
