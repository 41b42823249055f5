"""requests: each sentence begins with the verdict that is expected."""

import pytest

KEPT = []
BIG = "/bytes/1048576"

pytestmark = pytest.mark.client("requests")
hazard = pytest.mark.hazard


def requests():
    import requests

    return requests


@hazard("clean: get, the response dropped")
def test_requests_get(peer):
    response = requests().get(peer.url())
    assert response.status_code == 200
    del response


@hazard("clean: session closed")
def test_requests_session_closed(peer):
    session = requests().Session()
    session.get(peer.url())
    session.close()


@hazard("clean: session in with")
def test_requests_session_with(peer):
    with requests().Session() as session:
        session.get(peer.url())


@hazard("clean: streamed response closed, session in with")
def test_requests_stream_closed(peer):
    with requests().Session() as session:
        response = session.get(peer.url(BIG), stream=True)
        response.close()


@hazard("clean: read timeout")
def test_requests_timeout(peer):
    with pytest.raises(requests().exceptions.ReadTimeout):
        requests().get(peer.url("/slow/5"), timeout=0.1)


@hazard("refcount: session unclosed")
def test_requests_session_unclosed(peer):
    session = requests().Session()
    session.get(peer.url())


@hazard("refcount: stream unread")
def test_requests_stream_unread(peer):
    response = requests().get(peer.url(BIG), stream=True)
    assert response.status_code == 200


@hazard("refcount: session closed with the stream unread")
def test_requests_session_closed_stream_unread(peer):
    session = requests().Session()
    response = session.get(peer.url(BIG), stream=True)
    session.close()
    assert response.status_code == 200


def caught(function, kind):
    """An exception, to be returned: in a local variable of a caller's it is in a cycle with its own traceback.

    Its frames lead back to that caller's; then, as in any program, only the collector frees it.
    """
    try:
        function()
    except kind as error:
        return error
    raise AssertionError("nothing was raised")


def refuses(_response, **_):
    raise LookupError("in the hook")


@hazard("refcount: a response hook raises; the exception is kept")
def test_requests_hook_raises(peer):
    session = requests().Session()
    return caught(lambda: session.get(peer.url(), hooks={"response": refuses}), LookupError)


@hazard("refcount: get, the response kept")
def test_requests_get_kept(peer):
    response = requests().get(peer.url())
    assert response.status_code == 200


@hazard("refcount: session closed and response kept")
def test_requests_session_closed_kept(peer):
    session = requests().Session()
    response = session.get(peer.url())
    session.close()
    assert response.status_code == 200


@hazard("refcount: the error of raise_for_status kept")
def test_requests_raise_for_status_kept(peer):
    error = requests().exceptions.HTTPError
    return caught(lambda: requests().get(peer.url("/status/500")).raise_for_status(), error)


@hazard("gc: the same error in a local variable")
def test_requests_raise_for_status_local(peer):
    error = requests().exceptions.HTTPError
    kept = caught(lambda: requests().get(peer.url("/status/500")).raise_for_status(), error)
    assert kept.response.status_code == 500


@hazard("refcount: a redirected response kept")
def test_requests_redirect_kept(peer):
    response = requests().get(peer.url("/redirect/1"))
    assert len(response.history) == 1


@pytest.mark.client("requests", "<2.33")
@hazard("gc: a response redirected twice: before 2.33 the second is in its own history")
def test_requests_redirected_twice(peer):
    response = requests().get(peer.url("/redirect/2"))
    assert len(response.history) == 2


@hazard("held: a session that a module keeps")
def test_requests_module(peer):
    KEPT.append(requests().Session())
    KEPT[-1].get(peer.url())
