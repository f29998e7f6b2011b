# expect: RuntimeError Crashed ok MemoryLimitExceeded
eval('1' + '+1' * 200_000)
