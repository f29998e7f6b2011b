"""Prints the memory that the process has in use, in KiB: at the beginning of steady work, after 3,000 rounds of
it, and after it has let go of modules and imported them again. `PYC_RS_IMAGE` on and off tell what a program
loses that starts from an image, where memory of the image that is freed is not used again."""

import argparse
import collections
import datetime
import json
import random
import re
import sys


def in_use():
    with open('/proc/self/status') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('VmRSS'))


def work(rounds):
    for number in range(rounds):
        parser = argparse.ArgumentParser()
        parser.add_argument('--x', type=int)
        parser.parse_args(['--x', '3'])
        day = str(datetime.date(2020, 1, 1 + number % 28))
        data = json.loads(json.dumps({'a': [number, str(number)] * 5, 'when': day}))
        re.sub(r'(\d+)-%d' % (number % 50), r'\1', data['when'])
        collections.Counter(data['when'])


work(200)
first = in_use()
work(3000)
then = in_use()
for name in ('json', 'json.decoder', 'json.encoder', 'json.scanner', 'argparse', 'datetime', 'random'):
    sys.modules.pop(name, None)
import argparse
import datetime
import json
import random
work(200)
print(first, then, in_use())
