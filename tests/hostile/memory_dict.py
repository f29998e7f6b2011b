# expect: MemoryLimitExceeded
{n: str(n) for n in range(10 ** 9)}
