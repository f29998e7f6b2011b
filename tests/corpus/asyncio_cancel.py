"""Timeouts, cancellation, shielding and task groups."""
import asyncio


async def forever(name, log):
    try:
        log.append(f"{name} starts")
        await asyncio.Event().wait()
    except asyncio.CancelledError as error:
        log.append(f"{name} cancelled {error.args}")
        raise
    finally:
        log.append(f"{name} cleans up")


async def stubborn(log):
    for attempt in range(3):
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            log.append(f"refused {attempt}")
            asyncio.current_task().uncancel()
            if attempt == 1:
                break
    return "gave in"


async def cancelling():
    log = []
    task = asyncio.create_task(forever("one", log))
    await asyncio.sleep(0)
    print("cancel sent:", task.cancel("enough"), task.cancelled(), task.cancelling())
    try:
        await task
    except asyncio.CancelledError:
        print("seen", task.cancelled())
    print(log)

    log = []
    task = asyncio.create_task(stubborn(log))
    for _ in range(2):
        await asyncio.sleep(0)
        task.cancel()
    print(await task, log, task.cancelled())

    early = asyncio.create_task(forever("early", log := []))
    early.cancel()
    print(await asyncio.gather(early, return_exceptions=True) != [], log)


async def timeouts():
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError:
        print("timeout block expired")
    try:
        await asyncio.wait_for(forever("waited", log := []), 0.01)
    except TimeoutError as error:
        print("wait_for", type(error).__name__, log[-1])
    async with asyncio.timeout(60) as deadline:
        print(await asyncio.wait_for(asyncio.sleep(0, "quick"), 60), deadline.expired())
    try:
        async with asyncio.timeout(None) as deadline:
            deadline.reschedule(asyncio.get_running_loop().time())
            await asyncio.sleep(10)
    except TimeoutError:
        print("rescheduled", deadline.expired())

    inner = asyncio.create_task(asyncio.sleep(0.02, "survived"))
    try:
        await asyncio.wait_for(asyncio.shield(inner), 0.001)
    except TimeoutError:
        print("outer gone,", await inner)


async def groups():
    async def ok(value):
        await asyncio.sleep(0)
        return value

    async def bad(error):
        await asyncio.sleep(0)
        raise error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ok(n)) for n in range(3)]
    print([task.result() for task in tasks])

    log = []
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(forever("sibling", log))
            group.create_task(bad(KeyError("k")))
            group.create_task(bad(ValueError("v")))
    except* KeyError as caught:
        print("keys:", caught.exceptions)
    except* ValueError as caught:
        print("values:", [str(e) for e in caught.exceptions])
    print(log)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(forever("body", log := []))
            await asyncio.sleep(0)
            raise LookupError("from the body")
    except* LookupError as caught:
        print(len(caught.exceptions), log)


async def main():
    for part in (cancelling, timeouts, groups):
        print(f"- {part.__name__}")
        await part()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    print("left over:", len(left))


asyncio.run(main())
