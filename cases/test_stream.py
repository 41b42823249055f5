"""A streamed response: what becomes of its body, and of its connection."""

from contextlib import closing, nullcontext

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
    ("session_ending", "ending"),
    [
        pytest.param(
            closing,
            read,
            id="read",
            marks=pytest.mark.guarantee("A streamed response read to its end; session closed."),
        ),
        pytest.param(
            closing,
            closed,
            id="closed",
            marks=pytest.mark.guarantee("A streamed response closed unread; session closed."),
        ),
        pytest.param(
            nullcontext, unread, id="unread", marks=pytest.mark.hazard("A streamed response neither read nor closed.")
        ),
        pytest.param(
            nullcontext, in_global, id="in_global", marks=pytest.mark.hazard("An unread response that a module keeps.")
        ),
    ],
)
def test_stream(client, peer, session_ending, ending):
    session = client.open_client()
    with session_ending(session):
        response = client.stream(session, peer.url("/bytes/%d" % BODY))
        ending(client, response)
