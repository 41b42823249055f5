"""Redirects: to the same host, to another, without end, to nowhere."""

import pytest

from cases.marks import guarantee
from cases.troubles import raises

NOT_HTTP = "/redirect-to?url=leak://matrix/"


def same_host(peer):
    return peer.url("/redirect/2")


def other_host(peer):
    return peer.url("/redirect-to?url=" + peer.other_host().url())


@pytest.mark.parametrize(
    "place",
    [
        guarantee("same_host", "Redirects on one host; session closed, response kept.", same_host),
        guarantee("other_host", "A redirect to another host; session closed, response kept.", other_host),
    ],
)
def test_redirect(client, peer, place):
    session = client.following(client.open_client())
    response = client.fetch(session, place(peer))
    client.close(session)
    assert client.status(response) == 200


@pytest.mark.parametrize(
    "place",
    [
        guarantee("same_host", "Redirects on one host; client closed, response kept.", same_host),
        guarantee("other_host", "A redirect to another host; client closed, response kept.", other_host),
    ],
)
async def test_async_redirect(client, peer, place):
    session = client.following(client.open_async_client())
    response = await client.fetch_async(session, place(peer))
    await client.close_async(session)
    assert client.status(response) == 200


@pytest.mark.parametrize(
    ("error", "path"),
    [
        guarantee("too_many", "Redirects without end; session closed.", "too many redirects", "/redirect-loop"),
        guarantee("bad", "A redirect to what is not HTTP; session closed.", "bad redirect", NOT_HTTP),
    ],
)
def test_redirect_trouble(client, peer, error, path):
    errors = client.errors(error)
    session = client.open_client()
    with raises(errors):
        client.fetch(session, peer.url(path))
    client.close(session)


@pytest.mark.parametrize(
    ("error", "path"),
    [
        guarantee("too_many", "Redirects without end; client closed.", "too many redirects", "/redirect-loop"),
        guarantee("bad", "A redirect to what is not HTTP; client closed.", "bad redirect", NOT_HTTP),
    ],
)
async def test_async_redirect_trouble(client, peer, error, path):
    errors = client.errors(error)
    session = client.open_async_client()
    with raises(errors):
        await client.fetch_async(session, peer.url(path))
    await client.close_async(session)


@pytest.mark.hazard("A one-shot get ends in redirects without end; the error is kept.", fix="one_shot[dropped]")
def test_one_shot_redirects_kept(client, peer):
    """The exception is returned, and so kept by whoever called: in a local variable it would be in a cycle."""
    errors = client.errors("too many redirects")
    try:
        client.get(peer.url("/redirect-loop"))
    except errors as error:
        return error
    raise AssertionError("nothing was raised")
