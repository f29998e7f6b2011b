"""Imports what a small service imports, and uses each part once."""

import asyncio
import decimal
import logging
import subprocess


async def double(number):
    await asyncio.sleep(0)
    return number * 2


async def main():
    return await asyncio.gather(double(decimal.Decimal("1.05")), double(decimal.Decimal("2.5")))


logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=None)
logging.getLogger("service").debug("not shown")
print([str(number) for number in asyncio.run(main())], subprocess.PIPE)
