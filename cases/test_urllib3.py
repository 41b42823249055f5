"""What only urllib3 has: pools of one host, connections that wait for their release, pools that are evicted."""

import os
import ssl
import types

import pytest

from cases.marks import guarantee, hazard

PLACE = 160  # in the table

pytestmark = pytest.mark.client("urllib3")

LAST = "/redirect-to?url=/close"  # the redirect's connection can be used again, the answer's cannot


@pytest.mark.parametrize(
    ("path", "retries"),
    [
        guarantee("redirect", "A streamed response, redirected; then released. Two connections at the most.", LAST, 1),
        guarantee("retry", "The same, tried again for its status; then released.", "/flaky", 1),
    ],
)
def test_urllib3_pool(client, peer, path, retries):
    """The first answer's connection must be back before the second is asked for."""
    pool = client.open_pool(url=peer.url(), pool=2, retries=retries)
    response = pool.request("GET", path, preload_content=False)
    assert response.status == 200
    response.read()
    response.release_conn()


@pytest.mark.guarantee("A refused connection, asked for with release_conn=False; the pool stays open.")
def test_urllib3_pool_refused(client, peer):
    pool = client.open_pool(url=peer.refused_url(), pool=1)
    with pytest.raises(client.errors("refused")):
        pool.urlopen("GET", "/", release_conn=False)


@pytest.mark.parametrize(
    "release",
    [
        guarantee("released", "A streamed response read to its end and released; pool closed.", True),
        hazard("not_released", "A streamed response read in part, neither released nor closed.", False),
    ],
)
def test_urllib3_stream(client, peer, release):
    session = client.open_client()
    response = client.stream(session, peer.url("/bytes/1000000"))
    if not release:
        assert response.read(10)
        return
    response.read()
    response.release_conn()
    client.close(session)


@pytest.mark.guarantee("A file of certificate authorities that is not there; the manager stays open.")
def test_urllib3_no_authorities(client, peer):
    """The error comes between TCP and TLS."""
    import urllib3

    pool = urllib3.PoolManager(cert_reqs="CERT_REQUIRED", ca_certs=os.path.join(os.sep, "no", "such", "file"))
    errors = (*client.errors("certificate"), ssl.SSLError, OSError)
    with pytest.raises(errors):
        pool.request("GET", peer.tls_url(), retries=False)


@pytest.mark.guarantee("A manager of one pool turns to another host; a response of the first is still referenced.")
def test_urllib3_evicted(client, peer):
    import urllib3

    manager = urllib3.PoolManager(num_pools=1)
    first = manager.request("GET", peer.url())
    manager.request("GET", peer.other_host().url("/close"))
    assert first.status == 200


@pytest.mark.hazard("urllib3.request, whose pool is a global one.", fix="session[closed]")
def test_urllib3_request(client, peer):
    import urllib3

    if isinstance(urllib3.request, types.ModuleType):  # before 2.0; from 1.26.17 on it can be called, and says so
        pytest.skip("this version has no urllib3.request")
    assert urllib3.request("GET", peer.url()).status == 200
