def main(limit, rounds):
    total = 0
    for shift in range(rounds):
        evens = {n for n in range(shift, limit, 2)}
        threes = set(range(shift, limit, 3))
        both = evens & threes
        either = evens | threes
        odd = evens ^ threes
        total += len(both) + len(either) + len(odd - both)
        for n in range(0, limit, 5):
            if n in both:
                total += 1
            either.discard(n)
        total += len(either)
    words = frozenset("w%d" % n for n in range(1000))
    return total, sum(("w%d" % n) in words for n in range(20000))


print(main(10000, 60))
