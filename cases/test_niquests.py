"""What only niquests has: urllib3-future's map from responses to the pools that they are from."""

import pytest

pytestmark = pytest.mark.client("niquests")

REQUESTS = 4


@pytest.fixture
def session(client, peer):
    """A session that is there before the case, with its connection, as a program's is."""
    opened = client.open_client()
    client.fetch(opened, peer.url())
    return opened


@pytest.mark.memory
@pytest.mark.guarantee("One session for ever more requests: it does not grow.")
def test_niquests_many_requests(client, peer, session):
    for _ in range(REQUESTS):
        client.fetch(session, peer.url())
