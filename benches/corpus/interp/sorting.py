def numbers(count, seed):
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) % 2147483648
        yield seed


def quicksort(values):
    if len(values) < 2:
        return values
    pivot = values[len(values) // 2]
    less = [v for v in values if v < pivot]
    more = [v for v in values if v > pivot]
    return quicksort(less) + [v for v in values if v == pivot] + quicksort(more)


def main():
    values = list(numbers(60000, 42))
    by_value = sorted(values)
    by_digits = sorted(values, key=lambda v: (v % 1000, -v))
    records = [(v % 100, str(v)) for v in values]
    records.sort(reverse=True)
    by_hand = quicksort(values[:10000])
    return by_value[:2], by_digits[:2], records[0], by_hand == sorted(values[:10000])


print(main())
