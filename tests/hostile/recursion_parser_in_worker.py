# expect: RuntimeError Crashed
eval('(' * 100_000 + ')' * 100_000)
