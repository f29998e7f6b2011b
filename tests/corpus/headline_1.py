print(sum(n * n for n in range(1000)))
