# expect: OutputLimitExceeded
# run: stdlib scratch
with open('large', 'wb') as file:
    for _ in range(100):
        file.write(b'x' * 10 ** 6)
