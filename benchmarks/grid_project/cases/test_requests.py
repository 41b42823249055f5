"""Plain cases of requests for `benchmarks/grid.py`: any pytest runs them, and so does `leakmatrix run --cases`."""

from contextlib import closing, contextmanager, nullcontext

import pytest

pytestmark = pytest.mark.client("requests")
KEPT = []


class Cycle:
    def __init__(self, session):
        self.itself, self.session = self, session


def in_with(session):
    return session


@contextmanager
def closed_twice(session):
    yield
    session.close()
    session.close()


def in_cycle(session):
    Cycle(session)
    return nullcontext()


def in_global(session):
    KEPT.append(session)
    return nullcontext()


def global_closed(session):
    KEPT.append(session)
    return closing(session)


ENDINGS = [closing, in_with, closed_twice, nullcontext, in_cycle, in_global, global_closed]


@pytest.mark.parametrize("kept", [False, True])
def test_requests_one_shot(peer, kept):
    import requests

    response = requests.get(peer.url())
    assert response.status_code == 200
    if not kept:
        del response


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("times", [1, 3])
def test_requests_session(peer, ending, times):
    import requests

    session = requests.Session()
    with ending(session):
        for _ in range(times):
            assert session.get(peer.url()).status_code == 200
