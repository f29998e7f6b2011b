"""Context variables: tokens, copies, isolation across tasks and threads."""
import asyncio
import threading
from contextlib import contextmanager
from contextvars import Context, ContextVar, Token, copy_context

user = ContextVar("user", default="nobody")
depth = ContextVar("depth")


def whoami():
    return f"{user.get()}@{depth.get('?')}"


print(whoami(), user.name, user.get("fallback"))
try:
    depth.get()
except LookupError as error:
    print(type(error).__name__)

token = user.set("ana")
inner = user.set("bo")
print(whoami(), inner.old_value, token.old_value is Token.MISSING, token.var is user)
user.reset(inner)
print(whoami())
user.reset(token)
print(whoami())
try:
    user.reset(token)
except RuntimeError as error:
    print(type(error).__name__)


@contextmanager
def acting_as(name):
    token = user.set(name)
    try:
        yield name
    finally:
        user.reset(token)


with acting_as("cy"):
    with acting_as("di"):
        print(whoami())
    print(whoami())
print(whoami())


def change():
    user.set("inside")
    depth.set(depth.get(0) + 1)
    return whoami()


context = copy_context()
print(context.run(change), context.run(change), whoami())
print(context[user], context.get(depth), depth in context, depth in copy_context(), len(Context()))
print(sorted((var.name, value) for var, value in context.items()))
other = context.copy()
other.run(depth.set, 99)
print(context[depth], other[depth])
try:
    other.run(other.run, print)
except RuntimeError as error:
    print(type(error).__name__)

seen = []
threading_context = copy_context()
thread = threading.Thread(target=threading_context.run, args=(lambda: seen.append(change()),))
thread.start()
thread.join()
print(seen, whoami())

log = []


def note(text):
    log.append(f"{user.get()}:{text}")


async def request(name, steps):
    user.set(name)
    note("open")
    for _ in range(steps):
        await asyncio.sleep(0)
        await helper()
    note("close")
    return user.get()


async def helper():
    depth.set(depth.get(0) + 1)
    note(depth.get())


async def main():
    user.set("server")
    depth.set(0)
    print(await asyncio.gather(request("r1", 2), request("r2", 1)))
    print(log)
    print(whoami())
    await helper()
    print(whoami())
    asyncio.get_running_loop().call_soon(user.set, "lost")
    special = copy_context()
    special.run(user.set, "special")
    task = asyncio.create_task(helper(), context=special)
    await task
    print(whoami(), special[user], special[depth], log[-1], await asyncio.to_thread(whoami))


asyncio.run(main())
print(whoami())
