# expect: MemoryLimitExceeded
text = 'x'
while True:
    text += text
