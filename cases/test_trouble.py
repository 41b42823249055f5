"""A request that goes wrong, and what it leaves in a session that stays open."""

import pytest

from cases.marks import guarantee
from cases.troubles import PATIENCE, TLS_TROUBLES, TROUBLES, raises


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble(client, peer, trouble):
    errors = client.errors(trouble.error)
    session = client.open_client(**trouble.options)
    with raises(errors):
        client.fetch(session, trouble.url(peer))


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_async_trouble(client, peer, trouble):
    errors = client.errors("async " + trouble.error)
    session = client.open_async_client(**trouble.options)
    with raises(errors):
        await client.fetch_async(session, trouble.url(peer))


@pytest.mark.parametrize("trouble", TLS_TROUBLES)
def test_tls_trouble(client, peer, trouble):
    errors = client.errors(trouble.error)
    session = client.open_tls_client(**trouble.options)
    with raises(errors):
        client.fetch(session, trouble.url(peer))


@pytest.mark.parametrize("trouble", TLS_TROUBLES)
async def test_async_tls_trouble(client, peer, trouble):
    errors = client.errors("async " + trouble.error)
    session = client.open_async_client(**trouble.options)
    with raises(errors):
        await client.fetch_async(session, trouble.url(peer))


@pytest.mark.guarantee("A wait for the pool's only connection that times out; the one that had it is closed.")
def test_pool_timeout(client, peer):
    errors = client.errors("pool timeout")
    session = client.open_client(pool=1, timeout=PATIENCE)
    with client.stream_block(session, peer.url("/slow-body/60")), raises(errors):
        client.fetch(session, peer.url())


@pytest.mark.guarantee("A wait for the pool's only connection that times out; the one that had it is closed.")
async def test_async_pool_timeout(client, peer):
    errors = client.errors("pool timeout")
    session = client.open_async_client(pool=1, timeout=PATIENCE)
    async with client.stream_async_block(session, peer.url("/slow-body/60")):
        with raises(errors):
            await client.fetch_async(session, peer.url())


def status(client, session, peer):
    client.fetch(session, peer.url("/status/500")).raise_for_status()


def read_timeout(client, session, peer):
    client.fetch(session, peer.url("/slow/60"))


@pytest.mark.parametrize(
    ("error", "fails"),
    [
        guarantee("status", "A session closed while the error of a status 500 is still referenced.", "status", status),
        guarantee(
            "read_timeout",
            "A session closed while the error of a timeout is still referenced.",
            "read timeout",
            read_timeout,
        ),
    ],
)
def test_error_kept(client, peer, error, fails):
    """The exception is returned, and so kept by whoever called: in a local variable it would be in a cycle."""
    errors = client.errors(error)
    session = client.open_client(timeout=PATIENCE)
    try:
        fails(client, session, peer)
    except errors as raised:
        return raised
    finally:
        client.close(session)
    raise AssertionError("nothing was raised")
