"""One call of a client."""

import pytest


@pytest.mark.guarantee("One call.")
def test_get(client, peer):
    response = client.get(peer.url())
    assert response.status == 200
