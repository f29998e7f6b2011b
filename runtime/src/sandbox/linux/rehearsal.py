import json


def total(numbers):
    result = 0
    for number in numbers:
        result += number * number
    return result


class Point:
    def __init__(self, x, y=0):
        self.x, self.y = x, y


words = 'the quick brown fox jumps'.split()
text = ' '.join(word.capitalize() for word in words)
counts = {}
for letter in text:
    counts[letter] = counts.get(letter, 0) + 1
rows = [[i * j for j in range(10)] for i in range(10)]
top = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
again = json.loads(json.dumps({'rows': rows, 'text': text, 'top': top, 'half': 0.5, 'none': None}))
try:
    total([None])
except TypeError as error:
    message = f'{error}: {Point(1).x}'
print('', end='')
{'sum': total(range(1000)), 'top': top, 'again': again}
