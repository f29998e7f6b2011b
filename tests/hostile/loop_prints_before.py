# expect: CpuLimitExceeded
# run: cpu
# stdout: before
print('before')
while True:
    pass
