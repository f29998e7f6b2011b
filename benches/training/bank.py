"""Objects with methods, properties, inheritance and exceptions."""


class Refused(Exception):
    def __init__(self, account, amount):
        super().__init__(f"{account.owner} lacks {amount}")
        self.amount = amount


class Account:
    fee = 0

    def __init__(self, owner, balance=0):
        self.owner = owner
        self._balance = balance
        self.history = []

    @property
    def balance(self):
        return self._balance

    def deposit(self, amount):
        self._balance += amount
        self.history.append(("in", amount))
        return self

    def withdraw(self, amount):
        total = amount + self.fee
        if total > self._balance:
            raise Refused(self, total)
        self._balance -= total
        self.history.append(("out", amount))
        return self

    def __repr__(self):
        return f"{type(self).__name__}({self.owner!r}, {self._balance})"


class Business(Account):
    fee = 2

    def withdraw(self, amount):
        try:
            return super().withdraw(amount)
        except Refused:
            if self._balance > 500:
                return self.deposit(amount // 4)
            raise


def main(rounds):
    accounts = [(Business if number % 3 else Account)(f"owner {number}", 100 * number) for number in range(1, 25)]
    refused = 0
    for turn in range(rounds):
        source, target = accounts[turn % 24], accounts[(turn * 7 + 3) % 24]
        amount = (turn * 31) % 97
        try:
            source.withdraw(amount)
        except Refused as reason:
            refused += reason.amount
        else:
            target.deposit(amount)
    return refused, sum(account.balance for account in accounts), repr(accounts[5]), max(len(a.history) for a in accounts)


print(main(60000))
