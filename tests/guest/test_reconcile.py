"""`matrix.guest.reconcile`: what one sensor saw and another did not."""

from types import SimpleNamespace

import pytest

from matrix.guest import reconcile
from matrix.guest.things import Thing
from matrix.guest.wire import RUNGS

SECOND = 10**9


def found(*sockets, owned=(), marks=None):
    """A measurement: sockets as (descriptor, state, verdict)."""
    keys = [("descriptor", number, f"socket:[{number}]") for number, _, _ in sockets]
    things = [Thing(key, "socket", "TCP", state) for key, (_, state, _) in zip(keys, sockets)]
    return SimpleNamespace(
        seen={thing.key: (thing, None) for thing in things},
        returned=set(keys),
        gone={key: verdict for key, (_, _, verdict) in zip(keys, sockets)},
        of_python=set(owned),
        marks=marks or {rung: number * SECOND for number, rung in enumerate(RUNGS)},
    )


def connection(closed=None, how=None):
    return {"opened": 0, "closed": closed, "how": how}


OPEN = connection()


@pytest.mark.parametrize(
    ("measurement", "connections"),
    [
        pytest.param(found(), [], id="nothing"),
        pytest.param(found(), [connection(0, "fin")], id="closed by the code"),
        pytest.param(found(), [dict(OPEN, unread=True)], id="not seen by the peer"),
        pytest.param(found((5, "ESTABLISHED", "held"), owned=[5]), [OPEN], id="held at both ends"),
        pytest.param(
            found((5, "ESTABLISHED", "gc"), owned=[5]), [connection(3 * SECOND, "fin")], id="gone at both ends"
        ),
        pytest.param(
            found((5, "CLOSE_WAIT", "held"), owned=[5]), [connection(0, "closed by peer")], id="closed by peer"
        ),
        pytest.param(
            found((5, "ESTABLISHED", "gc"), owned=[5]),
            [connection(3 * SECOND + reconcile.SLACK, "fin")],
            id="seen a moment later",
        ),
    ],
)
def test_sensors_agree(measurement, connections):
    """No sentence where all saw the same."""
    assert reconcile.disagreements(measurement, connections) == []


@pytest.mark.parametrize(
    ("measurement", "connections", "sentence"),
    [
        pytest.param(
            found((5, "ESTABLISHED", "held")),
            [OPEN],
            "kernel: 1 ESTABLISHED, Python: none: opened by native code, or let go by its object",
            id="native code",
        ),
        pytest.param(
            found((5, "ESTABLISHED", "held"), (6, None, "held"), (7, None, "held"), owned=[7]),
            [OPEN],
            "kernel: 1 ESTABLISHED, 1 socket, Python: 1: opened by native code, or let go by its object",
            id="some of native code",
        ),
        pytest.param(
            found(),
            [OPEN],
            "peer: 1 open, kernel: none in this process: another process or descriptor has it",
            id="in another process",
        ),
        pytest.param(
            found((5, "ESTABLISHED", "held"), owned=[5]),
            [connection(0, "closed by peer")],
            "kernel: 1 ESTABLISHED, peer: none: the peer has closed or never seen it",
            id="unknown to the peer",
        ),
        pytest.param(
            found((5, "ESTABLISHED", "refcount"), owned=[5]),
            [connection(4 * SECOND, "fin"), connection(0, "fin")],
            "peer: closed 2.0 s after the kernel's refcount: another process or descriptor had it until then",
            id="closed later",
        ),
    ],
)
def test_disagreement_is_named(measurement, connections, sentence):
    """Which sensor saw what, and what that means."""
    assert reconcile.disagreements(measurement, connections) == [sentence]


def test_bare_run_where_references_are_not_counted():
    """What is young may be freed at any time there; what stays until it is held is another matter."""
    assert reconcile.disturbed({"thread": "gc"}, {"thread": "refcount"}, dropped="gc") is None
    assert reconcile.disturbed({"thread": "gc"}, {"thread": "held"}, dropped="gc") == (
        "instrumented: thread gc, bare held"
    )
    assert reconcile.disturbed({"thread": "gc"}, {"thread": "refcount"}) == "instrumented: thread gc, bare refcount"


@pytest.mark.parametrize(
    ("kinds", "bare", "sentence"),
    [
        pytest.param({}, {}, None, id="clean"),
        pytest.param({"socket": "gc", "task": "loop"}, {"socket": "gc"}, None, id="what the kernel cannot know"),
        pytest.param({"raw thread": "held"}, {"thread": "held"}, None, id="threads are threads"),
        pytest.param({"thread": "late"}, {}, None, id="a moment earlier"),
        pytest.param({"socket": "gc"}, {"socket": "held"}, "instrumented: socket gc, bare held", id="differs"),
        pytest.param({}, {"pipe": "held"}, "instrumented: pipe clean, bare held", id="bare only"),
    ],
)
def test_bare_run(kinds, bare, sentence):
    """The instruments must not change what the kernel sees."""
    assert reconcile.disturbed(kinds, bare) == sentence
