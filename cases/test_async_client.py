"""An asynchronous client, used for one request, and how it ends."""

from contextlib import asynccontextmanager

import pytest


def as_itself(session):
    """`async with session:`, as the documentation has it."""
    return session


@asynccontextmanager
async def closed(session):
    yield
    await session.aclose()


@asynccontextmanager
async def left_open(session):
    yield


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param(closed, id="closed", marks=pytest.mark.guarantee("An async client closed with aclose().")),
        pytest.param(as_itself, id="in_with", marks=pytest.mark.guarantee("An async client in an async with block.")),
        pytest.param(left_open, id="left_open", marks=pytest.mark.hazard("An async client that nobody closes.")),
    ],
)
async def test_async_client(client, peer, ending):
    session = client.open_async_client()
    async with ending(session):
        response = await client.fetch_async(session, peer.url())
        assert response.status_code == 200
        del response
