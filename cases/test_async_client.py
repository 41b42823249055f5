"""An asynchronous client, used for one request, and how it ends."""

import asyncio

import pytest

from cases import endings
from cases.marks import guarantee, hazard

CLOSED = "async_client[closed]"
MOMENT = 0.05  # s, for a FIN to be taken in


@pytest.mark.parametrize(
    "ending",
    [
        guarantee("closed", "An async client that is used and then closed.", endings.async_closed),
        guarantee("in_with", "An async client in an async with block.", endings.async_in_with),
        guarantee("closed_twice", "An async client that is closed twice.", endings.async_closed_twice),
        hazard("left_open", "An async client that nobody closes.", endings.async_left_open, fix=CLOSED),
        hazard("in_cycle", "An unclosed async client in a reference cycle.", endings.async_in_cycle, fix=CLOSED),
        hazard(
            "in_global",
            "An unclosed async client that a module keeps.",
            endings.async_in_global,
            fix="async_client[global_closed]",
        ),
        guarantee(
            "global_closed", "An async client that a module keeps, closed after use.", endings.async_global_closed
        ),
    ],
)
async def test_async_client(client, peer, ending):
    session = client.open_async_client()
    async with ending(client, session):
        response = await client.fetch_async(session, peer.url())
        assert client.status(response) == 200
        del response


@pytest.mark.guarantee("An async client closed while a response of it, read to its end, is still referenced.")
async def test_async_client_response_kept(client, peer):
    session = client.open_async_client()
    response = await client.fetch_async(session, peer.url())
    await client.close_async(session)
    assert client.status(response) == 200


@pytest.mark.parametrize(
    "error",
    [
        guarantee("raised", "An async with block that ends with an exception.", LookupError),
        guarantee("interrupted", "An async with block that Ctrl-C ends.", KeyboardInterrupt),
        guarantee("cancelled", "An async with block that is cancelled.", asyncio.CancelledError),
    ],
)
async def test_async_client_block(client, peer, error):
    with pytest.raises(error):
        async with client.async_block(client.open_async_client()) as session:
            await client.fetch_async(session, peer.url())
            raise error


@pytest.mark.hazard("An async client that is never used, and not closed.")
async def test_async_client_unused(client, peer):
    session = client.open_async_client()
    assert session is not None


@pytest.mark.hazard("An idle connection of an open async client that the server has closed meanwhile.", fix=CLOSED)
async def test_async_client_idle_closed(client, peer):
    session = client.open_async_client()
    await client.fetch_async(session, peer.url())
    peer.hang_up()
    await asyncio.sleep(MOMENT)
