"""Each kind at each rung: what is left, and when it goes, is told for every one of them."""

import asyncio
import threading

import pytest

from matrix.guest.adapter import Client
from matrix.guest.collector import COUNTS_REFERENCES, DROPPED
from matrix.guest.kinds import IN_LOOP, KINDS, Owner
from matrix.guest.measure import LOOKS, measure
from matrix.guest.watch import Watch
from matrix.guest.wire import VERDICTS

KEPT = []
MOMENT = 0.05
WAITS = LOOKS[:8]  # 0.25 s


class Session(list):
    """A session of a fake client: as long as what is taken of its pool."""


class Adapter:
    """The fake client's adapter."""

    @staticmethod
    def open_client(pool):
        return Session(pool)

    in_use = staticmethod(len)


class Counted:
    """A class whose instances are counted."""


CLIENT = Client("fake", Adapter)


def a_pool_slot():
    session = CLIENT.open_client(pool=["taken"])
    return session.clear


def an_object():
    holder = [Counted()]
    return holder.clear


ALL = dict(KINDS, **{"pool slot": a_pool_slot, "object": an_object})

# One scenario for each rung, for things of every kind.


async def clean(make):
    owner = Owner(make())
    owner.close()


async def late(make):
    owner, loop = Owner(make()), asyncio.get_event_loop()
    threading.Timer(MOMENT, lambda: loop.call_soon_threadsafe(owner.close)).start()


async def refcount(make):
    owner = Owner(make())
    assert owner.itself is None


async def gc(make):
    owner = Owner(make())
    owner.itself = owner


async def loop(make):
    async def hold(owner):
        try:
            await asyncio.sleep(3600)
        finally:
            owner.close()

    asyncio.ensure_future(hold(Owner(make())))  # noqa: RUF006  what holds it is the loop
    await asyncio.sleep(0)


async def held(make):
    KEPT.append(Owner(make()))


RUNGS = dict(zip(VERDICTS, (clean, late, refcount, gc, loop, held)))


def expected(kind, verdict):
    """What is in a loop cannot outlive it: the one place of the table that makes no sense."""
    let_go = verdict == "refcount" or (kind, verdict) == ("object", "late")  # an object has no other end
    if let_go and not COUNTS_REFERENCES:
        return DROPPED
    return "loop" if verdict == "held" and kind in IN_LOOP else verdict


@pytest.mark.parametrize("verdict", RUNGS)
@pytest.mark.parametrize("kind", sorted(ALL))
def test_kind_at_rung(in_child, kind, verdict):
    """The kind has its own verdict, whatever else is left beside it."""

    def task():
        watch = Watch(CLIENT, objects=(Counted.__module__ + ".Counted",))
        found = measure(RUNGS[verdict], {"make": ALL[kind]}, WAITS, watch=watch)
        return {"kinds": found.kinds(), "returned": [thing.kind for thing, _ in found.seen.values()]}

    outcome = in_child(task)
    assert "kinds" in outcome, outcome["reason"]
    assert outcome["kinds"].get(kind, "clean") == expected(kind, verdict), outcome
    assert (kind in outcome["returned"]) == (verdict != "clean")
