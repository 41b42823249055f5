"""A streamed response, in a session that is closed: what becomes of its body."""

import pytest

RESPONSE = None

BODY = 1 << 20  # more than the buffers between two sockets hold


def read(client, response):
    assert len(client.read(response)) == BODY


def closed(client, response):
    response.close()


def unread(client, response):
    pass


def in_global(client, response):
    global RESPONSE
    RESPONSE = response


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param(read, id="read", marks=pytest.mark.guarantee("A streamed response that is read to its end.")),
        pytest.param(closed, id="closed", marks=pytest.mark.guarantee("A streamed response closed before it is read.")),
        pytest.param(unread, id="unread", marks=pytest.mark.hazard("A streamed response neither read nor closed.")),
        pytest.param(in_global, id="in_global", marks=pytest.mark.hazard("The same, and a module keeps the response.")),
    ],
)
def test_stream(client, peer, ending):
    with client.open_client() as session:
        response = client.stream(session, peer.url("/bytes/%d" % BODY))
        ending(client, response)
