# expect: CpuLimitExceeded
# run: cpu
exec('while True: pass')
