# expect: RuntimeError
# run: stdlib scratch
files = [open(f'{n}', 'w') for n in range(10_000)]
