"""A request of an asynchronous client that is cancelled, and what that leaves in a client that stays open.

Three times in a row, with three connections at the most: what is lost each time is missed then.
"""

import asyncio

import pytest

from cases.cancelling import MOMENT, cancelled_at_random, cancelled_once, reached
from cases.marks import guarantee

PLACE = 120  # in the table

TIMES = 3
ROUNDS = 24
PATIENCE = 60  # s: the client's own must not come first
PLACES = 3


async def immediately():
    await asyncio.sleep(MOMENT)


PHASES = [
    ("connecting", "while connecting", "full_url", lambda peer: immediately()),
    ("handshake", "in the TLS handshake", "tls_stall_url", lambda peer: reached(peer.opened)),
    ("headers", "while waiting for the headers", "/slow/60", lambda peer: reached(peer.requests)),
    ("body", "while the body is read", "/slow-body/60", lambda peer: reached(peer.sent)),
]


def _phases(how):
    return [
        guarantee(name, "A request %s %s, three times; the client stays open." % (how, words), place, moment)
        for name, words, place, moment in PHASES
    ]


def _url(peer, place):
    return peer.url(place) if place.startswith("/") else getattr(peer, place)()


@pytest.mark.parametrize(("place", "moment"), _phases("cancelled"))
async def test_async_cancel(client, peer, place, moment):
    session = client.open_async_client(pool=PLACES, timeout=PATIENCE)
    for _ in range(TIMES):
        await cancelled_once(client.fetch_async(session, _url(peer, place)), moment(peer))


@pytest.mark.parametrize(("place", "moment"), _phases("ended by a cancel scope"))
async def test_async_cancel_scope(client, peer, place, moment):
    move_on_after = client.move_on_after
    session = client.open_async_client(pool=PLACES, timeout=PATIENCE)
    scopes = []

    async def use():
        with move_on_after(60) as scope:
            scopes.append(scope)
            await client.fetch_async(session, _url(peer, place))
            raise AssertionError("it never ends by itself")

    for _ in range(TIMES):
        task = asyncio.ensure_future(use())
        await moment(peer)
        scopes.pop().cancel()
        await task


@pytest.mark.guarantee("A request cancelled while it waits for a place in the pool; the client stays open.")
async def test_async_cancel_waiting(client, peer):
    session = client.open_async_client(pool=1, timeout=PATIENCE)
    first = asyncio.ensure_future(client.fetch_async(session, peer.url("/slow-body/60")))
    await reached(peer.requests)
    for _ in range(TIMES):
        await cancelled_once(client.fetch_async(session, peer.url("/close")), immediately())
    first.cancel()
    await asyncio.wait([first])


@pytest.mark.once  # that is many times already
@pytest.mark.guarantee("Twenty tasks share four connections, half of them are cancelled; the client stays open.")
async def test_async_cancel_contention(client, peer):
    """Many clients side by side: for one of them it comes at the wrong moment."""
    sessions = [client.open_async_client(pool=4, timeout=PATIENCE) for _ in range(ROUNDS)]

    def fetching(session):
        return lambda: client.fetch_async(session, peer.url("/close"))

    await asyncio.gather(*[cancelled_at_random(fetching(session), 20, seed) for seed, session in enumerate(sessions)])
