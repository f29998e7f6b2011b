def rows(size, limit):
    for y in range(size):
        inside = 0
        cy = 2.0 * y / size - 1.0
        for x in range(size):
            c = complex(2.0 * x / size - 1.5, cy)
            z = 0j
            for _ in range(limit):
                z = z * z + c
                if abs(z) > 2.0:
                    break
            else:
                inside += 1
        yield inside


print(sum(rows(150, 60)))
