# expect: CpuLimitExceeded MemoryLimitExceeded
# run: cpu
text = 'a'
while True:
    text = text.replace('a', 'aa')[:10 ** 6]
