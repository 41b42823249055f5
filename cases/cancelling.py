"""Cancelling a request at a known moment, which the peer tells: no case is here."""

import asyncio
import random

STEP = 0.005  # s between two questions to the peer
MOMENT = 0.03  # s for what the peer has sent to be taken in


def reached(count, more=1):
    """Awaitable once `count()`, one of the peer's, has risen by `more`."""
    return _reached(count, count() + more)


async def _reached(count, goal):
    while count() < goal:
        await asyncio.sleep(STEP)
    await asyncio.sleep(MOMENT)


async def cancelled_once(work, moment):
    """Run a coroutine, and cancel it when the moment has come; nothing but the cancellation may end it."""
    task = asyncio.ensure_future(work)
    await moment
    assert not task.done(), task
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return
    raise AssertionError("it was not cancelled")


async def cancelled_at_random(make, number, seed):
    """Run `number` tasks, and cancel half of them after some turns of the loop: the same ones, and turns, each time."""
    choice = random.Random(seed)
    tasks = [asyncio.ensure_future(make()) for _ in range(number)]
    for task in choice.sample(tasks, number // 2):
        for _ in range(choice.randrange(6)):
            await asyncio.sleep(0)
        task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)
