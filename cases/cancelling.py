"""Cancelling a request at a known moment, which the peer tells: no case is here."""

import asyncio
import random

STEP = 0.005  # s between two questions to the peer
PATIENCE = 2.0  # s in which none of many tasks gets any further
MOMENT = 0.03  # s for what the peer has sent to be taken in


def reached(count, more=1):
    """Awaitable once `count()`, one of the peer's, has risen by `more`."""
    return _reached(count, count() + more)


async def _reached(count, goal):
    while count() < goal:
        await asyncio.sleep(STEP)
    await asyncio.sleep(MOMENT)


async def cancelled_once(work, moment, told_by=(asyncio.CancelledError,)):
    """Run a coroutine, and cancel it when the moment has come; nothing but the cancellation may end it."""
    task = asyncio.ensure_future(work)
    await moment
    assert not task.done(), task
    task.cancel()
    try:
        await task
    except told_by:
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
    pending = set(tasks)
    while pending:
        done, pending = await asyncio.wait(pending, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            break
    for task in pending:  # what waits for a place that is lost
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
