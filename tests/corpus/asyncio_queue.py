"""Producers and consumers over asyncio queues, with back pressure and sentinels."""
import asyncio
from dataclasses import dataclass, field


@dataclass(order=True)
class Job:
    priority: int
    name: str = field(compare=False)


async def producer(queue, names, log):
    for name in names:
        await queue.put(name)
        log.append(f"+{name}")
    await queue.put(None)


async def consumer(queue, log, out):
    while (item := await queue.get()) is not None:
        log.append(f"-{item}")
        out.append(item.upper())
        await asyncio.sleep(0)
        queue.task_done()
    queue.task_done()


async def bounded():
    queue, log, out = asyncio.Queue(maxsize=2), [], []
    async with asyncio.TaskGroup() as group:
        group.create_task(producer(queue, "abcde", log))
        group.create_task(consumer(queue, log, out))
    await queue.join()
    print("".join(out), sorted(log) == sorted([s + c for c in "abcde" for s in "+-"]))
    # Never more than the queue holds, plus one in each pair of hands.
    level = peak = 0
    for entry in log:
        level += 1 if entry[0] == "+" else -1
        peak = max(peak, level)
    print("peak at most 3:", peak <= 3, "empty:", queue.empty())


async def crew():
    jobs, results = asyncio.Queue(), []

    async def member(name):
        while True:
            number = await jobs.get()
            try:
                if number == 13:
                    raise ValueError("unlucky")
                results.append((number, number * number))
            except ValueError as error:
                results.append((number, str(error)))
            finally:
                jobs.task_done()

    for number in (7, 13, 2, 21, 4):
        jobs.put_nowait(number)
    members = [asyncio.create_task(member(f"m{n}")) for n in range(3)]
    await jobs.join()
    for task in members:
        task.cancel()
    outcomes = await asyncio.gather(*members, return_exceptions=True)
    print(sorted(results), all(isinstance(o, asyncio.CancelledError) for o in outcomes))


async def ordered():
    heap = asyncio.PriorityQueue()
    for job in (Job(3, "sweep"), Job(1, "alarm"), Job(2, "mail")):
        await heap.put(job)
    print([(await heap.get()).name for _ in range(heap.qsize())])
    stack = asyncio.LifoQueue()
    for letter in "xyz":
        stack.put_nowait(letter)
    print(stack.get_nowait(), stack.get_nowait(), stack.qsize())
    small = asyncio.Queue(1)
    small.put_nowait(1)
    for action in (lambda: small.put_nowait(2), lambda: (small.get_nowait(), small.get_nowait()), lambda: (small.task_done(), small.task_done())):
        try:
            action()
        except (asyncio.QueueFull, asyncio.QueueEmpty, ValueError) as error:
            print(type(error).__name__, end=" ")
    print()


async def stages():
    async def stage(source, target, function):
        while (item := await source.get()) is not None:
            for produced in function(item):
                await target.put(produced)
        await target.put(None)

    pipes = [asyncio.Queue(1) for _ in range(3)]
    async with asyncio.TaskGroup() as group:
        group.create_task(stage(pipes[0], pipes[1], str.split))
        group.create_task(stage(pipes[1], pipes[2], lambda word: [word[::-1]] if len(word) > 2 else []))
        for line in ("the old man", "is at sea", None):
            await pipes[0].put(line)
            while not pipes[2].empty():
                print(pipes[2].get_nowait(), end=" ")
        while (word := await pipes[2].get()) is not None:
            print(word, end=" ")
    print()


async def main():
    for part in (bounded, crew, ordered, stages):
        print(f"- {part.__name__}")
        await part()


asyncio.run(main())
