"""A tour of classes: construction, private names, properties, calls, contexts."""


class Account:
    rate = 0.1
    __count = 0

    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        cls.__count += 1
        self.number = cls.__count
        return self

    def __init__(self, owner, balance=0):
        self.owner, self.__balance = owner, balance

    def __repr__(self):
        return f"{type(self).__name__}({self.owner!r}, {self.__balance})"

    @property
    def balance(self):
        return self.__balance

    @balance.setter
    def balance(self, value):
        if value < 0:
            raise ValueError("negative")
        self.__balance = value

    @classmethod
    def parse(cls, text):
        owner, _, balance = text.partition(":")
        return cls(owner, int(balance or 0))

    @staticmethod
    def valid(name):
        return name.isalpha()

    def __call__(self, amount):
        self.balance += amount
        return self

    def __enter__(self):
        self.__saved = self.__balance
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            self.__balance = self.__saved
        return kind is ValueError

    def __iadd__(self, amount):
        return self(amount)

    def __contains__(self, amount):
        return amount <= self.__balance


class Savings(Account):
    rate = 0.5

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.__balance = "a different private name"

    def grow(self):
        self.balance = int(self.balance * (1 + self.rate))
        return self


a, s = Account("ana", 10), Savings.parse("bo:100")
print(a, s, a.number, s.number, s.grow(), a(5)(6), Account.valid("x1"), 20 in a, sorted(vars(s)))
a += 4
with a:
    a.balance += 1000
    a.balance = -1
print(a, a.rate, s.rate, Account._Account__count, hasattr(a, "__balance"), isinstance(s, Account), Savings.__mro__[1] is Account, Savings.__bases__)
a.rate = 0.9
print(Account.rate, a.rate, vars(a)["rate"], type(a).rate)
del a.rate
print(a.rate, getattr(a, "missing", None), Account.__name__, Account.parse.__self__ is Account, Savings.grow.__qualname__)
try:
    del a.balance
except AttributeError as error:
    print(type(error).__name__)
try:
    Account()
except TypeError as error:
    print(type(error).__name__, Account._Account__count)
