"""f-strings with nesting, quotes, specs, debug; assignment expressions everywhere."""
import datetime
import re
from decimal import Decimal

name, width, precision, items = "Ana", 10, 3, {"key": "value", "n": [1, 2.5]}
value = 1234.56789

print(f"{name!r:>{width}}|{value:{width}.{precision}f}|{value:{'<' if name else '>'}{width + 2},.2f}|{name:{'*'}^{len(name) + 4}}")
print(f"{items["key"]} {items['n'][1]} {f"inner {f'deep {name}'}"} {", ".join(f"{k}={v}" for k, v in items.items())}")
print(f"{{}} {{{name}}} {{{{{1 + 1}}}}} {'{'}{"}"} {'\n'.join(["a", "b"])!r} \N{BULLET} {"\N{BULLET}"} \x41\t|")
print(f"{name=} {value=:.2f} {1 + 2 = } {items['n'] = !s} {name = !r:>8} {len(name)=}")
print(f"{(lambda x: x * 2)(21)} {[n for n in range(3)]} { {'a': 1}['a'] } {(1, 2)[0]:03} {1 if not items else 2} {yes if (yes := 'y') else 'n'} {True and 'and'}")
print(rf"\d{1}\n{name}", f'{"double"}' f"{'single'}" "plain {not}" rf"\{name}", f"""{
    name  # a comment inside
    .upper()
}""", f"{'a' 'b'}", f'{name!s}{name!a}', F"{3}")
print(f"{datetime.date(2024, 2, 29):%d/%m/%Y %A}|{Decimal('1.5'):>6}|{42:>+8_d}|{255:#06x}|{3 + 4j:.1f}|{0.1 + 0.2!r:.5}|{None}|{...}")
print(f"{value:e} {value:.3g} {-value:,.1f} {10**20:,} {1e20:.0f} {0.00001234:g} {5:b} {'x':<3}| {'é':>3}| {'long text':.4}| {12:^7d}|")
print(f"multi {
    ', '.join(
        f'{n:02}'
        for n in range(3)
    )
} line", f"{'''triple'''} {"a" if name else "b"}" f"{'':>3}|", f"{name[::-1]}{name[1:]}{name[-1]!r}")


class Spec:
    def __format__(self, spec):
        return f"<{spec}>"

    def __repr__(self):
        return "Spec()"

    def __str__(self):
        return "a spec"


s = Spec()
print(f"{s} {s!s} {s!r} {s:any {name} text} {s!r:>8} {s=} {s = !s} {s::} {s:{width}{precision}} {format(s, '')}")
nested = {"a": {"b": [10, 20]}}
print(f"{nested['a']['b'][f'{1}' == '1']} {nested.get("z", {}).get('y', f"{'none'}")} {'nested: {}'.format(f"{1}")} {f'{f"{f'{f"{1 + 1}"}'}"}'}")
print(f"{'a, b'.split(', ')} {dict(a=1)} {max(1, 2, key=lambda n: -n)} {3 != 4} {3 == 3} {(x := 5)} {x:=^5} {x!r}")
for bad in ("f'{a b}'", "f'{}'", "f'{a!x}'", "f'{'", "f'}'", "f'{lambda x: 1}'"):
    try:
        compile(bad, "<f>", "eval")
        print("fine", end=" ")
    except SyntaxError as error:
        print(type(error).__name__, end=" ")
print()

data = [3, 8, -1, 5]
if (n := len(data)) > 3 and (top := max(data)) > 7:
    print(n, top)
print([half for d in data if (half := d // 2) > 0], half, {(k := d % 3): k * 2 for d in data}, k)
text, position, words = "one two  three", 0, []
while match := re.compile(r"\w+").search(text, position):
    words.append(match[0])
    position = match.end()
print(words, any((found := w).startswith("t") for w in words), found, (a := 1, b := 2), a + b)


def chunks(source, size):
    start = 0
    while piece := source[start : (start := start + size)]:
        yield piece


print(list(chunks("abcdefgh", 3)), (lambda: (z := 3) + z)(), [y := 1, y**2], (total := 0) or [total := total + d for d in data], total)
print((c := "x") if (flag := False) else (c := "z"), c, flag, not (m := []), m, f"{(w := 'in f-string')}", w, sum((acc := v) for v in data) + acc)


def closure():
    values = [(outer := v) for v in (1, 2)]
    def inner():
        nonlocal outer
        return (outer := outer + 10)
    return inner(), outer, values, "outer" in locals()


print(closure(), (q := lambda n: n if n < 2 else q(n - 1) + q(n - 2))(10))
