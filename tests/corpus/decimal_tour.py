"""Decimal arithmetic: contexts, rounding modes, signals and special values."""
import decimal
from decimal import Context, Decimal, getcontext, localcontext

print(Decimal("0.1") + Decimal("0.2"), 0.1 + 0.2, Decimal("1.20") * 3, Decimal(7) / 3)
print(Decimal((1, (3, 1, 4), -2)), Decimal("-0"), Decimal(" 1_000.50 "), Decimal(0.125), Decimal("1E+3"))
print(Decimal("2.50") == Decimal("2.5"), hash(Decimal("2.50")) == hash(2.5), Decimal("2.50").compare_total(Decimal("2.5")))

for mode in ("UP", "DOWN", "CEILING", "FLOOR", "HALF_UP", "HALF_DOWN", "HALF_EVEN", "05UP"):
    rounding = getattr(decimal, f"ROUND_{mode}")
    print(f"{mode:<10}", *(Decimal(v).quantize(Decimal("1"), rounding) for v in ("2.5", "-2.5", "3.5", "1.1", "-1.6")))

with localcontext(prec=6) as context:
    print(Decimal(1) / 7, Decimal(2).sqrt(), Decimal(1).exp(), Decimal(10).ln(), Decimal(1000).log10())
    context.prec = 3
    print(Decimal("123456") + 0, +Decimal("0.00012345"), Decimal("9.999") + 1)
print(getcontext().prec, Decimal(2) ** Decimal("0.5"), Decimal(2) ** -3, pow(Decimal(7), 5, 13))

print(Decimal("-7") // 2, Decimal("-7") % 2, -7 // 2, -7 % 2, divmod(Decimal("7.5"), Decimal("2")))
print(Decimal("7").remainder_near(4), Decimal("1.5").fma(2, 1), Decimal("123.456").shift(-2), Decimal("1230").normalize())
print(Decimal("12.340").as_tuple(), Decimal("12.340").as_integer_ratio(), Decimal("1.3E4").adjusted())
print(Decimal("-3.7").to_integral_value(), round(Decimal("2.675"), 2), round(Decimal("2.5")), int(Decimal("-3.9")))
print(Decimal("1e-7"), Decimal("1e-7").to_eng_string(), Decimal("12E5").to_eng_string(), Decimal("0E3"))
print(f"{Decimal('1234567.891'):,.2f}|{Decimal('0.256'):.1%}|{Decimal('42'):>8}|{Decimal('-3.1'):+09.2f}|{Decimal('12345'):.3e}")

nan, inf = Decimal("NaN"), Decimal("Infinity")
print(nan == nan, nan.is_nan(), -inf < inf, inf + 1, Decimal("1").min(nan), Decimal("-5").copy_abs())
print(Decimal("5").max(7), Decimal("3").next_plus() > 3, Decimal("0.00").is_zero(), Decimal("abc123".strip("abc")))


def attempt(label, action):
    try:
        print(label, action())
    except decimal.DecimalException as error:
        print(label, "raises", type(error).__name__)
    except (TypeError, OverflowError, ValueError) as error:
        print(label, "fails with", type(error).__name__)


attempt("1/0", lambda: Decimal(1) / 0)
attempt("0/0", lambda: Decimal(0) / 0)
attempt("text", lambda: Decimal("12x"))
attempt("inf-inf", lambda: inf - inf)
attempt("mix", lambda: Decimal(1) + 0.5)
attempt("compare", lambda: Decimal("0.5") == 0.5)
attempt("int(inf)", lambda: int(inf))
attempt("quantize", lambda: Decimal("1E20").quantize(Decimal("1E-20")))

lenient = Context(prec=5, traps=[])
print(lenient.divide(Decimal(1), Decimal(0)), lenient.create_decimal("oops"), bool(lenient.flags[decimal.DivisionByZero]))
strict = Context(prec=4, traps=[decimal.Inexact])
attempt("exact", lambda: strict.add(Decimal("1.25"), Decimal("2.5")))
attempt("inexact", lambda: strict.divide(Decimal(1), Decimal(3)))


def pi(digits):
    """Machin's formula in integers scaled to Decimal."""
    def arctan_inverse(x):
        total = term = Decimal(1) / x
        n, sign = 3, -1
        while term:
            term /= x * x
            total += sign * (term / n).quantize(Decimal(10) ** -(digits + 5))
            n, sign = n + 2, -sign
            if term < Decimal(10) ** -(digits + 6):
                break
        return total

    with localcontext(prec=digits + 10):
        value = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))
    with localcontext(prec=digits):
        return +value


print(pi(30))
print(sorted([Decimal("1.10"), Decimal("-3"), Decimal("1.1E1"), Decimal("0")]), sum(map(Decimal, "1.1 2.2 3.3".split())))
