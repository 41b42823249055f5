"""A session (requests), client (httpx) or pool, used for one request, and how it ends."""

import gc
import os
import threading
import time

import pytest

from cases import endings
from cases.marks import guarantee, hazard

CLOSED = "session[closed]"
MOMENT = 0.05  # s, for a FIN to be taken in


@pytest.mark.parametrize(
    "ending",
    [
        guarantee("closed", "A session that is used and then closed.", endings.closed),
        guarantee("in_with", "A session used in a with block.", endings.in_with),
        guarantee("closed_twice", "A session that is closed twice.", endings.closed_twice),
        hazard("left_open", "A session that nobody closes.", endings.left_open, fix=CLOSED),
        hazard("in_cycle", "An unclosed session in a reference cycle.", endings.in_cycle, fix=CLOSED),
        hazard(
            "in_global", "An unclosed session that a module keeps.", endings.in_global, fix="session[global_closed]"
        ),
        guarantee("global_closed", "A session that a module keeps, closed after use.", endings.global_closed),
        hazard("in_thread", "An unclosed session that a waiting thread keeps.", endings.in_thread, fix=CLOSED),
    ],
)
def test_session(client, peer, ending):
    session = client.open_client()
    with ending(client, session):
        response = client.fetch(session, peer.url())
        assert client.status(response) == 200
        del response


@pytest.mark.guarantee("A session closed while a response of it, read to its end, is still referenced.")
def test_session_response_kept(client, peer):
    session = client.open_client()
    response = client.fetch(session, peer.url())
    client.close(session)
    assert client.status(response) == 200


@pytest.mark.parametrize(
    "error",
    [
        guarantee("raised", "A with block that ends with an exception.", LookupError),
        guarantee("interrupted", "A with block that Ctrl-C ends.", KeyboardInterrupt),
    ],
)
def test_session_block(client, peer, error):
    with pytest.raises(error), client.block(client.open_client()) as session:
        client.fetch(session, peer.url())
        raise error


@pytest.mark.guarantee("A session used for two hosts, in a with block.")
def test_session_two_hosts(client, peer):
    with client.block(client.open_client()) as session:
        client.fetch(session, peer.url())
        client.fetch(session, peer.other_host().url())


@pytest.mark.hazard("A session that is never used, and not closed.")
def test_session_unused(client, peer):
    session = client.open_client()
    assert session is not None


@pytest.mark.guarantee("A session and a pickled copy of it, both used and closed.")
def test_session_copied(client, peer):
    session = client.open_client()
    copy = client.copied(session)
    for each in (session, copy):
        client.fetch(each, peer.url())
        client.close(each)


@pytest.mark.guarantee("A session that is used before a fork and closed in both processes.")
def test_session_forked(client, peer):
    session = client.open_client()
    client.fetch(session, peer.url())
    pid = os.fork()
    client.close(session)
    if pid == 0:
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


def _use_in_cycle(client, peer):
    session = client.open_client()
    with endings.in_cycle(client, session):
        client.fetch(session, peer.url())


@pytest.mark.hazard("An unclosed session in a cycle, which another thread collects.", fix=CLOSED)
def test_session_collected_in_thread(client, peer):
    _use_in_cycle(client, peer)
    collector = threading.Thread(target=gc.collect)
    collector.start()
    collector.join()


@pytest.mark.hazard("An idle connection of an open session that the server has closed meanwhile.", fix=CLOSED)
def test_session_idle_closed(client, peer):
    session = client.open_client()
    client.fetch(session, peer.url())
    peer.hang_up()
    time.sleep(MOMENT)
