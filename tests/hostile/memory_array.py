# expect: MemoryLimitExceeded
import array
array.array('d', [0.0]) * 10 ** 10
