# expect: OutputLimitExceeded
# run: stdlib
import warnings
for n in range(100_000):
    warnings.warn(f'{n}')
