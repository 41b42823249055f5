"""One call, no session: the client makes one, uses it and is expected to put it away."""

import pytest

from cases.marks import guarantee, hazard

RESPONSE = None


def dropped(response):
    return None


def kept(response):
    return response


def in_global(response):
    global RESPONSE
    RESPONSE = response


@pytest.mark.parametrize(
    "ending",
    [
        guarantee("dropped", "A one-shot get; the response is let go.", dropped),
        guarantee("kept", "A one-shot get; the response is still referenced.", kept),
        hazard("in_global", "A one-shot get; a module keeps the response.", in_global, fix="one_shot[dropped]"),
    ],
)
def test_one_shot(client, peer, ending):
    response = client.get(peer.url())
    assert client.status(response) == 200
    response = ending(response)


@pytest.mark.parametrize(
    "path",
    [
        guarantee("empty", "A one-shot get of an answer without a body; the response is let go.", "/status/204"),
        guarantee("close", "A one-shot get; the server closes the connection after its answer.", "/close"),
        guarantee("error_status", "A one-shot get of a status 500; the response is let go.", "/status/500"),
    ],
)
def test_one_shot_of(client, peer, path):
    client.get(peer.url(path))


@pytest.mark.guarantee("A one-shot get of many hosts, one after the other.")
def test_one_shot_two_hosts(client, peer):
    client.get(peer.url())
    client.get(peer.other_host().url())


@pytest.mark.guarantee("A one-shot get, awaited.")
async def test_async_one_shot(client, peer):
    response = await client.get_async(peer.url())
    assert client.status(response) == 200
    del response
