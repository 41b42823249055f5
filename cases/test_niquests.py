"""What only niquests has: urllib3-future's map from responses to the pools that they are from."""

import random

import pytest

PLACE = 180  # in the table

pytestmark = pytest.mark.client("niquests")

REQUESTS = 25
CHANCE = random.Random(1)


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
        beside = other_work()
        client.fetch(session, peer.url())
        del beside


def other_work():
    """What a program has beside it. The map's keys are addresses: it grows for as long as responses lie at new ones."""
    return [bytes(CHANCE.randrange(96)) for _ in range(CHANCE.randrange(2000))]
