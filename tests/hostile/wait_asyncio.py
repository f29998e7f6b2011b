# expect: Timeout
# run: wall
import asyncio
asyncio.run(asyncio.sleep(1000))
