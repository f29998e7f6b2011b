"""Sorting algorithms written by hand, compared with sorted()."""
import heapq
import random


def insertion(items):
    for i in range(1, len(items)):
        item, j = items[i], i
        while j and items[j - 1] > item:
            items[j] = items[j - 1]
            j -= 1
        items[j] = item
    return items


def merge(items):
    if len(items) < 2:
        return items
    middle = len(items) // 2
    left, right, out = merge(items[:middle]), merge(items[middle:]), []
    while left and right:
        out.append((right if right[0] < left[0] else left).pop(0))
    return out + left + right


def quick(items):
    match items:
        case [] | [_]:
            return items
        case [pivot, *rest]:
            return quick([x for x in rest if x < pivot]) + [pivot] + quick([x for x in rest if x >= pivot])


def heap(items):
    heapq.heapify(items)
    return [heapq.heappop(items) for _ in range(len(items))]


def shell(items):
    gap = len(items) // 2
    while gap:
        for i in range(gap, len(items)):
            j = i
            while j >= gap and items[j - gap] > items[j]:
                items[j - gap], items[j] = items[j], items[j - gap]
                j -= gap
        gap //= 2
    return items


def counting(items):
    low = min(items)
    counts = [0] * (max(items) - low + 1)
    for item in items:
        counts[item - low] += 1
    return [value for value, n in enumerate(counts, low) for _ in range(n)]


def radix(items):
    offset = min(items)
    items = [i - offset for i in items]
    for shift in range(0, max(items).bit_length(), 4):
        buckets = [[] for _ in range(16)]
        for item in items:
            buckets[item >> shift & 15].append(item)
        items = [item for bucket in buckets for item in bucket]
    return [i + offset for i in items]


rng = random.Random(7)
sample = [rng.randrange(-50, 50) for _ in range(60)]
for algorithm in (insertion, merge, quick, heap, shell, counting, radix):
    print(f"{algorithm.__name__:<10}", algorithm(sample[:]) == sorted(sample))


def inversions(items):
    if len(items) < 2:
        return 0, items
    middle = len(items) // 2
    (a, left), (b, right) = inversions(items[:middle]), inversions(items[middle:])
    count, merged, j = a + b, [], 0
    for value in left:
        while j < len(right) and right[j] < value:
            merged.append(right[j])
            j += 1
        merged.append(value)
        count += j
    return count, merged + right[j:]


print(inversions([5, 1, 4, 2, 3])[0], inversions(sample)[0], sum(a > b for i, a in enumerate(sample) for b in sample[i + 1 :]))
