"""inspect: signatures, sources, members, frames, states - of this very file."""
import inspect
import types
from functools import partial, wraps


def sample(a, b=2, /, c=3, *rest, d, e="x", **options):
    """A function with every kind of parameter.

    It does nothing much.
    """
    # this comment belongs to the source
    return a, b, c, rest, d, e, options


class Base:
    """Documented here."""

    def method(self, x: int) -> str:
        """Inherited documentation."""
        return str(x)

    @classmethod
    def make(cls, n=1): return cls()

    @staticmethod
    def helper(*args): pass
    @property
    def size(self): return 0


class Derived(Base):
    attribute = 5
    def method(self, x: int, *, loud: bool = False) -> str:
        return super().method(x)

    def __call__(self, one, two=()): ...


def decorated(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


@decorated
def add(x, y=1):
    return x + y


def generator():
    yield 1


async def coroutine():
    pass


signature = inspect.signature(sample)
print(signature)
for parameter in signature.parameters.values():
    default = "-" if parameter.default is inspect.Parameter.empty else repr(parameter.default)
    print(f"{parameter.name:<8} {parameter.kind.name:<22} {default}")
print(inspect.signature(Derived.method), inspect.signature(Derived().method), inspect.signature(Derived()), inspect.signature(Derived.make), inspect.signature(add), inspect.signature(add, follow_wrapped=False))
print(inspect.signature(partial(sample, 1, d=4)), inspect.signature(lambda x, *, y=...: 0))

bound = signature.bind(1, 5, d=0, z=9)
print(bound.args, bound.kwargs, dict(bound.arguments))
bound.apply_defaults()
print(dict(bound.arguments))
for args, kwargs in (((), {}), ((1,), {}), ((1,), {"d": 1, "a": 2}), ((1,), {"d": 1, "b": 2})):
    try:
        print("bound", signature.bind(*args, **kwargs).kwargs)
    except TypeError as error:
        print(type(error).__name__, end=" ")
print()
changed = signature.replace(parameters=[p.replace(default=0) if p.name == "d" else p for p in signature.parameters.values()], return_annotation=int)
print(changed, changed == signature, inspect.signature(sample) == signature)

print(inspect.getsource(add), end="")
print(inspect.getsource(Base.make), end="")
print(inspect.getsource(sample).splitlines()[5].strip(), len(inspect.getsourcelines(Derived)[0]), inspect.getsourcelines(sample)[1])
print(inspect.getdoc(sample), inspect.getdoc(Derived.method), inspect.getdoc(Derived), inspect.cleandoc("  a\n    b\n"), sep=" | ")
print(inspect.getmodule(sample).__name__, inspect.isfunction(sample), inspect.ismethod(Derived().method), inspect.isclass(Base), inspect.isbuiltin(len), inspect.isgeneratorfunction(generator), inspect.iscoroutinefunction(coroutine), inspect.isroutine(Base.method), inspect.isdatadescriptor(Base.size))
print([name for name, _ in inspect.getmembers(Derived, inspect.isroutine) if not name.startswith("__")], [c.__name__ for c in inspect.getmro(Derived)])
print([(a.name, a.kind, a.defining_class.__name__) for a in inspect.classify_class_attrs(Derived) if not a.name.startswith("__")])


def caller():
    local = "value"
    return callee()


def callee():
    frame = inspect.currentframe()
    names = [frame.f_code.co_name, frame.f_back.f_code.co_name, frame.f_back.f_back.f_code.co_name]
    return names, frame.f_back.f_locals, [f.function for f in inspect.stack()][:2]


print(caller())
g = generator()
print(inspect.getgeneratorstate(g), next(g), inspect.getgeneratorstate(g), inspect.getgeneratorlocals(g))
print(inspect.getattr_static(Derived(), "size") is Base.__dict__["size"], inspect.unwrap(add) is add.__wrapped__, inspect.getcallargs(add.__wrapped__, 5))


def outer():
    free = 1
    def inner():
        return free, len, missing
    return inner


closure = inspect.getclosurevars(outer())
print(closure.nonlocals, closure.globals, list(closure.builtins), closure.unbound)
code = sample.__code__
print(code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_varnames, code.co_name, bool(code.co_flags & inspect.CO_VARKEYWORDS), code.co_firstlineno)
print(isinstance(sample, types.FunctionType), sample.__defaults__, sample.__kwdefaults__, sample.__qualname__, Derived.method.__qualname__, outer().__qualname__, Base.method.__annotations__)
clone = types.FunctionType(add.__wrapped__.__code__, globals(), "clone", (100,))
print(clone(1), clone.__name__, types.SimpleNamespace(a=1, b="x"), types.MappingProxyType({"k": 1})["k"], types.MethodType(lambda self, n: (self, n), 7)(8))
