"""async with: classes, generators, AsyncExitStack, swallowed errors, decorators."""
import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

log = []


@asynccontextmanager
async def resource(name):
    log.append(f"open {name}")
    await asyncio.sleep(0)
    try:
        yield name.upper()
    except KeyError as error:
        log.append(f"{name} swallowed {error}")
    finally:
        log.append(f"close {name}")


class Session:
    async def __aenter__(self):
        log.append("enter")
        return self

    async def __aexit__(self, kind, error, trace):
        log.append(f"exit {kind.__name__ if kind else None}")
        return kind is ZeroDivisionError


def flush():
    print(" | ".join(log))
    log.clear()


@resource("decorated")
async def decorated(n):
    log.append(f"body {n}")
    return n + 1


async def main():
    async with resource("db") as db, resource("net"):
        log.append(db)
        raise KeyError("lost")
    async with Session():
        1 / 0
    try:
        async with Session():
            raise OSError("real")
    except OSError as error:
        log.append(f"outside {error}")
    flush()

    async with AsyncExitStack() as stack:
        names = [await stack.enter_async_context(resource(name)) for name in ("a", "b")]
        stack.push_async_callback(asyncio.sleep, 0)
        stack.callback(log.append, "callback")
        log.append("+".join(names))
    flush()

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(Session())
        stack.push_async_exit(Session())
        kept = stack.pop_all()
    log.append("kept")
    await kept.aclose()
    flush()

    print(await decorated(1) + await decorated(10))
    flush()
    try:
        async with resource("left early"):
            return "returned"
    finally:
        flush()


print(asyncio.run(main()))
