"""One call, no session: the client makes one, uses it and is expected to put it away."""

import pytest


@pytest.mark.parametrize(
    "keep",
    [
        pytest.param(False, id="dropped", marks=pytest.mark.guarantee("A one-shot get; the response is let go.")),
        pytest.param(True, id="kept", marks=pytest.mark.guarantee("A one-shot get; the response is still referenced.")),
    ],
)
def test_one_shot(client, peer, keep):
    response = client.get(peer.url())
    assert response.status_code == 200
    if not keep:
        del response
