"""urllib3: each sentence begins with the verdict that is expected."""

import pytest

BIG = "/bytes/1048576"

pytestmark = pytest.mark.client("urllib3")
hazard = pytest.mark.hazard


def urllib3():
    import urllib3

    return urllib3


@hazard("clean: PoolManager.clear")
def test_urllib3_clear(peer):
    pool = urllib3().PoolManager()
    assert pool.request("GET", peer.url()).status == 200
    pool.clear()


@hazard("clean: PoolManager in with")
def test_urllib3_with(peer):
    with urllib3().PoolManager() as pool:
        assert pool.request("GET", peer.url()).status == 200


@hazard("clean: preload_content=False, then close")
def test_urllib3_stream_closed(peer):
    with urllib3().PoolManager() as pool:
        response = pool.request("GET", peer.url(BIG), preload_content=False)
        response.close()


@hazard("clean: HTTPConnectionPool.close")
def test_urllib3_pool_closed(peer):
    pool = urllib3().HTTPConnectionPool(peer.address, peer.port)
    assert pool.request("GET", "/").status == 200
    pool.close()


@hazard("refcount: PoolManager unclosed")
def test_urllib3_unclosed(peer):
    pool = urllib3().PoolManager()
    assert pool.request("GET", peer.url()).status == 200


@hazard("refcount: preload_content=False unread")
def test_urllib3_stream_unread(peer):
    pool = urllib3().PoolManager()
    response = pool.request("GET", peer.url(BIG), preload_content=False)
    assert response.status == 200


@hazard("refcount: preload_content=False released")
def test_urllib3_stream_released(peer):
    pool = urllib3().PoolManager()
    response = pool.request("GET", peer.url(), preload_content=False)
    response.read()
    response.release_conn()


@hazard("held: urllib3.request, whose pool is global")
def test_urllib3_request(peer):
    assert urllib3().request("GET", peer.url()).status == 200
