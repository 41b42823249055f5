"""Further ways of use: retries, hooks, cookies, and several threads or tasks at a time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from cases import endings
from cases.marks import guarantee, hazard
from cases.troubles import raises

PLACE = 90  # in the table

MANY = 8
PATIENCE = 60  # s: the client's own must not come first


@pytest.mark.parametrize(
    ("error", "place"),
    [
        guarantee("status", "A request tried again for its status; session closed.", "status tried again", "/flaky"),
        guarantee("refused", "A request tried again for a refused connection, in vain; session closed.", "refused", ""),
    ],
)
def test_retry(client, peer, error, place):
    errors = client.errors(error)
    session = client.open_client(retries=2)
    with raises(errors):
        assert client.status(client.fetch(session, peer.url(place) if place else peer.refused_url())) == 200
    client.close(session)


def looks(response):
    assert response is not None


def refuses(response):
    raise LookupError


@pytest.mark.guarantee("A hook sees each response; session closed.")
def test_hook(client, peer):
    session = client.open_client(hook=looks)
    client.fetch(session, peer.url())
    client.close(session)


@pytest.mark.guarantee("A hook raises; session closed.")
def test_hook_raises(client, peer):
    session = client.open_client(hook=refuses)
    with raises(LookupError):
        client.fetch(session, peer.url())
    client.close(session)


@pytest.mark.guarantee("A hook raises; client closed.")
async def test_async_hook_raises(client, peer):
    session = client.open_async_client(hook=refuses)
    with raises(LookupError):
        await client.fetch_async(session, peer.url())
    await client.close_async(session)


@pytest.mark.guarantee("The server sets cookies; session closed.")
def test_cookies(client, peer):
    session = client.open_client()
    for name in ("one", "two"):
        client.fetch(session, peer.url("/cookie/" + name))
    client.close(session)


@pytest.mark.parametrize(
    "ending",
    [
        guarantee("closed", "A session that eight threads use at a time, closed.", endings.closed),
        hazard("left_open", "A session that eight threads use at a time.", endings.left_open, fix="concurrent[closed]"),
    ],
)
def test_concurrent(client, peer, ending):
    session = client.shared(client.open_client())
    with ending(client, session), ThreadPoolExecutor(MANY) as threads:
        for answer in [threads.submit(client.fetch, session, peer.url()) for _ in range(2 * MANY)]:
            assert client.status(answer.result()) == 200
            del answer


@pytest.mark.parametrize(
    "ending",
    [
        guarantee("closed", "An async client that sixteen tasks use at a time, closed.", endings.async_closed),
        hazard(
            "left_open",
            "An async client that sixteen tasks use at a time.",
            endings.async_left_open,
            fix="async_concurrent[closed]",
        ),
    ],
)
async def test_async_concurrent(client, peer, ending):
    session = client.open_async_client()
    async with ending(client, session):
        answers = await asyncio.gather(*[client.fetch_async(session, peer.url()) for _ in range(2 * MANY)])
        assert [client.status(answer) for answer in answers] == [200] * 2 * MANY
        del answers


@pytest.mark.guarantee("More threads than the pool has places, which wait for one; session closed.")
def test_crowded(client, peer):
    broken = client.errors("crowded")  # some close, now and then, what another thread is reading from
    session = client.shared(client.open_client(pool=2, timeout=PATIENCE))
    with ThreadPoolExecutor(MANY) as threads:
        for answer in [threads.submit(client.fetch, session, peer.url()) for _ in range(2 * MANY)]:
            with suppress(*broken):
                assert client.status(answer.result()) == 200
    client.close(session)
    del answer


@pytest.mark.guarantee("More tasks than the pool has places, which wait for one; client closed.")
async def test_async_crowded(client, peer):
    session = client.open_async_client(pool=2, timeout=PATIENCE)
    answers = await asyncio.gather(*[client.fetch_async(session, peer.url()) for _ in range(2 * MANY)])
    await client.close_async(session)
    assert [client.status(answer) for answer in answers] == [200] * 2 * MANY
    del answers
