from decimal import ROUND_HALF_EVEN, Decimal, getcontext

getcontext().prec = 28


def interest(years, rate):
    balance, cent = Decimal("1000.00"), Decimal("0.01")
    for _ in range(years * 12):
        balance += (balance * rate / 12).quantize(cent, rounding=ROUND_HALF_EVEN)
    return balance


def pi():
    three = Decimal(3)
    last, t, s, n, na, d, da = 0, three, 3, 1, 0, 0, 24
    while s != last:
        last = s
        n, na = n + na, na + 8
        d, da = d + da, da + 32
        t = (t * n) / d
        s += t
    return +s


def main(rounds):
    total = Decimal(0)
    for step in range(rounds):
        total += interest(10, Decimal("0.05") + Decimal(step) / 1000)
        total += pi()
    return total, total.sqrt()


print(*main(500))
