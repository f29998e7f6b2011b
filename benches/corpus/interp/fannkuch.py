def fannkuch(n):
    count = list(range(1, n + 1))
    most = checksum = sign = 0
    r = n
    perm = list(range(n))
    sign = 1
    while True:
        if perm[0]:
            flips = 0
            work = perm[:]
            first = work[0]
            while first:
                work[: first + 1] = work[first::-1]
                flips += 1
                first = work[0]
            most = max(most, flips)
            checksum += sign * flips
        if sign == 1:
            perm[0], perm[1] = perm[1], perm[0]
            sign = -1
        else:
            perm[1], perm[2] = perm[2], perm[1]
            sign = 1
            for r in range(2, n):
                if count[r] > 1:
                    count[r] -= 1
                    break
                if r == n - 1:
                    return checksum, most
                count[r] = r + 1
                perm.insert(r + 1, perm.pop(0))


print(fannkuch(8), fannkuch(8))
