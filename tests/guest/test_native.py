"""`matrix.guest.native` and what native code opens: descriptors without an audit event."""

import os
import socket
import ssl

import pytest

from matrix.guest import native
from matrix.guest.explain import Witness, explained, left, merged
from matrix.guest.measure import LOOKS, MAX_LISTED, measure
from matrix.guest.watch import Watch

KEPT = []


def deep():
    KEPT.extend(os.pipe())


def opens_a_pipe():
    deep()


def opens_and_closes():
    """What fills the hole is new, though its number is not."""
    first, second = os.pipe()
    os.close(first)
    KEPT.append(os.dup(second))
    os.close(second)


def detaches_a_socket():
    """No object of Python's owns it any more."""
    KEPT.append(socket.socket().detach())


def opens():
    ours, theirs = socket.socketpair()
    theirs.close()
    return ours


def wraps(sock):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    KEPT.append(context.wrap_socket(sock, server_hostname="peer", do_handshake_on_connect=False))


def opens_and_wraps():
    wraps(opens())


@pytest.fixture
def explain(in_child):
    """Measure a scenario in an explaining run, in a child: what was left."""

    def run(function):
        def task():
            witness = Witness("held")
            found = measure(function, {}, LOOKS[:1], watch=Watch(explaining=True), witness=witness)
            return explained(found, MAX_LISTED, witness)

        return in_child(task)

    return run


def calls_for_long():
    """And then opens something."""
    for _ in range(native.MOST_EVENTS):
        abs(0)
    opens_a_pipe()


def test_looking_ends(explain):
    """After so many calls nobody looks any more: a scenario is not slowed down for ever."""
    items = explain(calls_for_long)
    assert [item["created"] for item in items] == [[], []]


@pytest.mark.parametrize(
    ("scenario", "number", "functions"),
    [
        (opens_a_pipe, 2, ["opens_a_pipe", "deep"]),
        (opens_and_closes, 1, ["opens_and_closes"]),
        (detaches_a_socket, 1, ["detaches_a_socket"]),
    ],
)
def test_stack_of_a_native_descriptor(explain, scenario, number, functions):
    """The lines during which the descriptor appeared, the scenario's first."""
    items = explain(scenario)
    assert len(items) == number
    for item in items:
        assert [frame["function"] for frame in item["created"]][: len(functions)] == functions


def does_nothing():
    pass


def test_probe_is_not_left(explain):
    """Its own descriptor is there before the first look."""
    assert explain(does_nothing) == []


def test_stack_goes_to_the_thing_of_the_verdict_run(in_child):
    """The verdict run sees no stack; what the explaining run saw is put in its place, and its numbers stay."""

    def verdict():
        return left(measure(opens_a_pipe, {}, LOOKS[:1], watch=Watch()), MAX_LISTED)

    def why():
        witness = Witness("held")
        found = measure(opens_a_pipe, {}, LOOKS[:1], watch=Watch(explaining=True), witness=witness)
        return explained(found, MAX_LISTED, witness)

    items = in_child(verdict)
    assert [item["created"] for item in items] == [[], []]
    for item in merged(items, in_child(why)):
        assert [frame["function"] for frame in item["created"]] == ["opens_a_pipe", "deep"]
        assert item["fingerprint"]


def test_wrapped_socket(explain):
    """TLS takes the descriptor over: where it was created, and where it was wrapped."""
    (item,) = explain(opens_and_wraps)
    assert [frame["function"] for frame in item["created"]][:2] == ["opens_and_wraps", "opens"]
    assert [frame["function"] for frame in item["wrapped"]][:2] == ["opens_and_wraps", "wraps"]
