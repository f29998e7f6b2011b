"""asyncio: gather, tasks, events, locks, as_completed, ordering without clocks."""
import asyncio


class Trace:
    def __init__(self):
        self.lines = []

    def __call__(self, *words):
        self.lines.append(" ".join(map(str, words)))

    def flush(self, title):
        print(f"[{title}]", "; ".join(self.lines))
        self.lines.clear()


trace = Trace()


async def worker(name, steps):
    for step in range(steps):
        trace(f"{name}{step}")
        await asyncio.sleep(0)
    return name * steps


async def failing(after):
    for _ in range(after):
        await asyncio.sleep(0)
    raise ValueError(f"failed after {after}")


async def ping_pong(rounds):
    ping, pong = asyncio.Event(), asyncio.Event()

    async def player(word, mine, other):
        for _ in range(rounds):
            await mine.wait()
            mine.clear()
            trace(word)
            other.set()

    ping.set()
    await asyncio.gather(player("ping", ping, pong), player("pong", pong, ping))


class Account:
    def __init__(self):
        self.balance = 0
        self.lock = asyncio.Lock()

    async def add(self, amount, safe):
        if safe:
            async with self.lock:
                await self._add(amount)
        else:
            await self._add(amount)

    async def _add(self, amount):
        seen = self.balance
        await asyncio.sleep(0)
        self.balance = seen + amount


async def main():
    print(await asyncio.gather(worker("a", 2), worker("b", 3), worker("c", 1)))
    trace.flush("interleaved")

    results = await asyncio.gather(worker("x", 1), failing(2), failing(0), return_exceptions=True)
    print([r if isinstance(r, str) else f"{type(r).__name__}({r})" for r in results])
    trace.flush("exceptions")

    await ping_pong(2)
    trace.flush("events")

    for safe in (False, True):
        account = Account()
        await asyncio.gather(*(account.add(n, safe) for n in range(1, 5)))
        print("safe" if safe else "unsafe", account.balance)

    gate = asyncio.Semaphore(2)
    active = peak = 0

    async def limited(n):
        nonlocal active, peak
        async with gate:
            active += 1
            peak = max(peak, active)
            await asyncio.sleep(0)
            active -= 1
            return n * n

    print(sum(await asyncio.gather(*map(limited, range(6)))), "peak", peak)

    task = asyncio.create_task(worker("t", 2), name="my task")
    task.add_done_callback(lambda t: trace("callback", t.result()))
    print(task.get_name(), task.done(), await task, task.done())
    await asyncio.sleep(0)
    trace.flush("task")

    done, pending = await asyncio.wait([asyncio.create_task(worker("d", 1)), asyncio.create_task(asyncio.Event().wait())], return_when=asyncio.FIRST_COMPLETED)
    print(len(done), len(pending), done.pop().result())
    for left in pending:
        left.cancel()
    trace.flush("wait")

    finished = [await next_one for next_one in asyncio.as_completed([worker("long", 5), worker("s", 1)])]
    print(finished[0], len(finished))

    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, "from a callback")
    print(await future, await asyncio.to_thread(pow, 2, 10))


print(asyncio.iscoroutine(coroutine := main()), asyncio.run(coroutine))
