"""A session (requests) or client (httpx), used for one request, and how it ends."""

from contextlib import closing, nullcontext

import pytest

SESSION = None


def as_itself(session):
    """`with session:`, as the documentation has it."""
    return session


def in_global(session):
    """Kept by a module, as a program's default client is: the case that Go's goleak is known for."""
    global SESSION
    SESSION = session
    return nullcontext()


def global_closed(session):
    """Kept by a module, and closed after use: the fix."""
    in_global(session)
    return closing(session)


class Service:
    """An object of an application that refers to itself, by way of a callback, say."""

    def __init__(self, session):
        self.itself = self
        self.session = session


def in_cycle(session):
    Service(session)
    return nullcontext()


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param(closing, id="closed", marks=pytest.mark.guarantee("A session that is used and then closed.")),
        pytest.param(as_itself, id="in_with", marks=pytest.mark.guarantee("A session used in a with block.")),
        pytest.param(nullcontext, id="left_open", marks=pytest.mark.hazard("A session that nobody closes.")),
        pytest.param(in_cycle, id="in_cycle", marks=pytest.mark.hazard("An unclosed session in a reference cycle.")),
        pytest.param(in_global, id="in_global", marks=pytest.mark.hazard("An unclosed session that a module keeps.")),
        pytest.param(
            global_closed,
            id="global_closed",
            marks=pytest.mark.guarantee("A session that a module keeps, closed after use."),
        ),
    ],
)
def test_session(client, peer, ending):
    session = client.open_client()
    with ending(session):
        response = client.fetch(session, peer.url())
        assert response.status_code == 200
        del response
