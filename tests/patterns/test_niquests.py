"""niquests: each sentence begins with the verdict that is expected.

Where others say clean, `late` was measured, with 3.21.2 and urllib3-future 2.25: the socket is closed at the return,
the thread that watches it ends a moment later. How much later varies, so that `clean` is seen, too.
"""

import pytest

BIG = "/bytes/1048576"

pytestmark = pytest.mark.client("niquests")
hazard = pytest.mark.hazard


def niquests():
    import niquests

    return niquests


@hazard("late: get, the response dropped")
def test_niquests_get(peer):
    response = niquests().get(peer.url())
    assert response.status_code == 200
    del response


@hazard("late: session in with")
def test_niquests_with(peer):
    with niquests().Session() as session:
        assert session.get(peer.url()).status_code == 200


@hazard("late: streamed response closed, session in with")
def test_niquests_stream_closed(peer):
    with niquests().Session() as session:
        response = session.get(peer.url(BIG), stream=True)
        response.close()


@hazard("gc: session unclosed")
def test_niquests_unclosed(peer):
    session = niquests().Session()
    assert session.get(peer.url()).status_code == 200


@hazard("loop: AsyncSession unclosed")
async def test_niquests_async_unclosed(peer):
    session = niquests().AsyncSession()
    assert (await session.get(peer.url())).status_code == 200
