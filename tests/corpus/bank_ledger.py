"""A double-entry ledger in Decimal money, with transactions that roll back."""
from collections import defaultdict
from contextlib import contextmanager
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")


class LedgerError(Exception):
    """Base of all errors of the ledger."""


class Unbalanced(LedgerError):
    def __init__(self, difference):
        super().__init__(f"entries differ by {difference}")
        self.difference = difference


class Overdrawn(LedgerError):
    pass


class Ledger:
    def __init__(self):
        self.entries = []
        self.limits = defaultdict(lambda: None)

    def balance(self, account):
        return sum((amount for name, amount, _ in self.entries if name == account), Decimal())

    @contextmanager
    def transaction(self, memo):
        mark = len(self.entries)

        def post(account, amount):
            self.entries.append((account, Decimal(amount).quantize(CENT, ROUND_HALF_EVEN), memo))

        try:
            yield post
            difference = sum(amount for _, amount, _ in self.entries[mark:])
            if difference:
                raise Unbalanced(difference)
            for account in {name for name, _, _ in self.entries[mark:]}:
                limit = self.limits[account]
                if limit is not None and self.balance(account) < limit:
                    raise Overdrawn(f"{account} below {limit}")
        except BaseException:
            del self.entries[mark:]
            raise

    def transfer(self, source, target, amount, memo="transfer"):
        with self.transaction(memo) as post:
            post(source, -Decimal(amount))
            post(target, amount)

    def accounts(self):
        return sorted({name for name, *_ in self.entries})


def split(amount, shares):
    """Splits money by weight; the cents left over go to the first ones."""
    whole = sum(shares)
    parts = [(amount * share / whole).quantize(CENT, ROUND_DOWN) for share in shares]
    rest = int((amount - sum(parts)) / CENT)
    return [part + CENT if n < rest else part for n, part in enumerate(parts)]


ledger = Ledger()
ledger.limits["ana"] = Decimal("-50")
ledger.transfer("bank", "ana", "1200.005", "salary")
ledger.transfer("ana", "shop", "19.99")
for part, who in zip(split(Decimal("100.00"), [1, 1, 1]), ["bo", "cy", "di"]):
    ledger.transfer("ana", who, part, "rent")

for attempt in (("ana", "car", "5000"), ("ana", "shop", "abc")):
    try:
        ledger.transfer(*attempt)
    except LedgerError as error:
        print(f"{type(error).__name__}: {error}")
    except ArithmeticError as error:
        print("arithmetic:", type(error).__name__)
try:
    with ledger.transaction("typo") as post:
        post("ana", "-10.10")
        post("bo", "10.01")
except Unbalanced as error:
    print(f"{type(error).__name__}: {error}")

for account in ledger.accounts():
    print(f"{account:<6}{ledger.balance(account):>12,.2f}")
print("sum", sum(map(ledger.balance, ledger.accounts())), "entries", len(ledger.entries))

balance, rate = Decimal("1000.00"), Decimal("0.0375")
for year in range(1, 5):
    interest = (balance * rate).quantize(CENT)
    balance += interest
    print(f"year {year}: +{interest} -> {balance}")
print(split(Decimal("0.05"), [2, 2, 3]), sum(split(Decimal("77.77"), [5, 3, 9])))
