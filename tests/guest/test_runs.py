"""`matrix.guest.runs`: what the runs of one case make of it, and of each other."""

import socket
import threading
import time

import pytest

from matrix.guest import collector, runs
from matrix.guest.collector import DROPPED
from matrix.guest.measure import LOOKS
from matrix.guest.reconcile import disturbed

KEPT = []


class NobodyConnects:
    """A peer to which nobody has connected."""

    def connections(self, _since, _expected):
        return []


def setting(known=None, objects=()):
    return runs.Setting(None, NobodyConnects(), objects, False, known, LOOKS)


class Slow:
    """Takes its time to close what it has."""

    def __init__(self):
        self.ends = socket.socketpair()

    def __del__(self):
        time.sleep(0.3)
        for end in self.ends:
            end.close()


def test_slow_finalizer(in_child, monkeypatch):
    """Waiting in a finalizer is the scenario's own time: the machine is not too busy to tell when it went."""

    def scenario():
        session = Slow()
        assert session.ends

    monkeypatch.setattr(runs, "STALLED", 0.2)
    assert in_child(lambda: runs.verdict(scenario, {}, setting()))["verdict"] == DROPPED


def test_bare_waits_for_what_was_late(in_child):
    """What ends by itself is waited for in both runs, also beside something that stays."""

    def scenario():
        KEPT.append(socket.socketpair())
        threading.Thread(target=time.sleep, args=(0.6,)).start()

    known = in_child(lambda: runs.verdict(scenario, {}, setting()))
    bare = in_child(lambda: runs.bare(scenario, {}, setting(known)))
    assert known["kinds"] == {"socket": "held", "thread": "late"}
    assert disturbed(known["kinds"], bare["kinds"]) is None


def test_before_and_after(in_child):
    """What was there before is there after, if it is: the kernel's things and the others."""

    async def scenario():
        KEPT.append(Plain())

    def task():
        older = [OLDER, *(Plain() for _ in range(3))]
        found = runs.verdict(scenario, {}, setting(objects=(__name__ + ".Plain",)))
        return found["counts"], len(older)

    counts, _ = in_child(task)
    assert (counts["event loop"], counts["object"]) == ([1, 1], [4, 5])


# Objects that are counted


class Plain:
    """Nothing but an object."""


class Slotted:
    """An object to which nothing can refer weakly."""

    __slots__ = ()


class Cycle:
    def __init__(self):
        self.itself = self


OLDER = Plain()
CYCLE = [Cycle()]


def older_cycle():
    """A socket in a cycle that is older than the child: only a collection of everything frees it."""
    CYCLE.pop().ends = socket.socketpair()


def test_older_instances(in_child):
    """An instance that was there before the child is not new, whatever the collector is told meanwhile."""

    def task():
        collector.freeze()
        return runs.verdict(older_cycle, {}, setting(objects=(__name__ + ".Plain",)))["kinds"]

    assert OLDER
    assert in_child(task) == {"socket": "gc"}


def keeps(kind):
    def scenario():
        KEPT.append(kind())

    return scenario


@pytest.mark.skipif(not collector.COUNTS_REFERENCES, reason="PyPy: there, anything can be referred to weakly")
def test_cannot_be_counted(in_child):
    """A class whose instances cannot be followed is an error, never clean."""
    said = in_child(lambda: told(runs.verdict, keeps(Slotted), {}, setting(objects=(__name__ + ".Slotted",))))
    assert said == "TypeError: instances of Slotted cannot be counted: its __slots__ have no __weakref__"


@pytest.mark.parametrize("name", [__name__ + ".Misspelt", "no_such_module.Plain"])
def test_no_such_class(in_child, name):
    """So is a class that is not there."""
    said = in_child(lambda: told(runs.verdict, keeps(Plain), {}, setting(objects=(name,))))
    assert said == f"LookupError: there is no class {name} to count"


def told(function, *arguments):
    try:
        return function(*arguments)
    except (TypeError, LookupError) as error:
        return f"{type(error).__name__}: {error}"
