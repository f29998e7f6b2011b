def down(depth, a, b=1, *rest, **names):
    if depth == 0:
        return a + b + len(rest) + len(names)
    return down(depth - 1, a + 1, b, *rest, **names)


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def build(depth):
    return None if depth == 0 else (build(depth - 1), build(depth - 1))


def size(tree):
    return 1 if tree is None else size(tree[0]) + size(tree[1])


def main(rounds):
    total = 0
    for n in range(rounds):
        total += down(300, n, 2, 3, 4, key=5)
        total += even(400 + n % 2)
        total += (lambda f: f(f, 100))(lambda f, k: k if k < 1 else f(f, k - 1) + 1)
    return total, size(build(15))


print(main(300))
