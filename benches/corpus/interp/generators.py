def count(limit):
    n = 0
    while n < limit:
        yield n
        n += 1


def evens(numbers):
    for n in numbers:
        if n % 2 == 0:
            yield n


def squares(numbers):
    return (n * n for n in numbers)


def chained(depth, limit):
    if depth:
        yield from chained(depth - 1, limit)
    else:
        yield from count(limit)


def averager():
    total = seen = 0
    value = yield 0
    while True:
        total += value
        seen += 1
        value = yield total // seen


def main(limit):
    total = sum(squares(evens(count(limit))))
    total += sum(chained(8, limit // 4))
    average = averager()
    next(average)
    for n in range(limit // 2):
        total += average.send(n)
    return total


print(main(300000))
