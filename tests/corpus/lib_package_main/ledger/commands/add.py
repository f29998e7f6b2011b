"""add NAME AMOUNT"""


def run(store, name, amount):
    store[name] += int(amount)
    return store[name]
