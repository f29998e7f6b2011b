# expect: CpuLimitExceeded MemoryLimitExceeded
# run: cpu
import math
math.factorial(10 ** 9)
