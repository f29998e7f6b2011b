"""async for, async comprehensions, asend/athrow/aclose."""
import asyncio
import inspect
from contextlib import aclosing

log = []


async def countdown(n):
    try:
        while n:
            await asyncio.sleep(0)
            yield n
            n -= 1
    finally:
        await asyncio.sleep(0)
        log.append(f"closed at {n}")


class Ticker:
    def __init__(self, *items):
        self.items = iter(items)

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(0)
        try:
            return next(self.items)
        except StopIteration:
            raise StopAsyncIteration from None


async def echo():
    received = []
    while True:
        try:
            value = yield len(received)
            if value == "stop":
                return
            received.append(value)
        except ValueError as error:
            received.clear()
            log.append(f"reset by {error}")


def flush():
    print(" | ".join(log))
    log.clear()


async def amap(function, source):
    async for item in source:
        yield function(item)


async def azip(*sources):
    iterators = [aiter(source) for source in sources]
    while True:
        row = []
        for iterator in iterators:
            try:
                row.append(await anext(iterator))
            except StopAsyncIteration:
                return
        yield tuple(row)


async def main():
    print([n async for n in countdown(4)], [n async for n in countdown(6) if n % 2], {n: n * n async for n in countdown(2)})
    print([await asyncio.sleep(0, n) for n in range(3)], {c async for c in Ticker("z")}, [x * y for x in range(3) async for y in Ticker(1, 2)])
    print(sorted([x async for x in amap(lambda v: -v, Ticker(3, 1, 2))]), [pair async for pair in azip(Ticker(1, 2, 3), countdown(2))])
    flush()

    ticks = countdown(5)
    async for n in ticks:
        if n == 3:
            continue
        if n == 2:
            break
        print("tick", n)
    else:
        print("never here")
    await ticks.aclose()
    async with aclosing(countdown(9)) as source:
        async for n in source:
            if n < 8:
                break
    flush()

    talk = echo()
    print(await anext(talk), await talk.asend("a"), await talk.asend("b"), await talk.athrow(ValueError("me")), await talk.asend("c"))
    try:
        await talk.asend("stop")
    except StopAsyncIteration:
        print("echo finished", await anext(talk, "default"))
    flush()

    total = 0
    async for value in Ticker(1, 2, 3):
        total += value
    else:
        print("total", total)
    try:
        async for _ in [1]:
            pass
    except TypeError as error:
        print(type(error).__name__)
    print(inspect.isasyncgenfunction(countdown), inspect.iscoroutinefunction(main), inspect.isasyncgen(talk))


asyncio.run(main())
