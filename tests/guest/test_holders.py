"""`matrix.guest.holders`: who holds a thing, in words."""

import asyncio
import functools
import gc
import importlib.machinery
import sys
import threading
import types
import weakref
from contextlib import contextmanager

import pytest

from matrix.guest import holders
from matrix.guest.collector import COUNTS_REFERENCES


class Leak:
    """What is looked for."""


class Session:
    """Something that a program has: an ordinary object."""

    def __init__(self, thing):
        self.thing = thing

    def close(self):
        """A method, to be referred to."""


class Slotted:
    """The same with slots."""

    __slots__ = ("thing",)

    def __init__(self, thing):
        self.thing = thing


class Pretender:
    """An object that answers for another one, and raises while there is none: as a proxy does."""

    def __init__(self, thing):
        self.thing = thing

    @property
    def __class__(self):
        raise RuntimeError("working outside of a context")


def closure_over(thing):
    def closure():
        return thing

    return closure


def default_of(thing):
    def function(argument=thing):
        return argument

    return function


def generator_with(thing):
    def generate():
        yield thing

    running = generate()
    next(running)
    return running


@pytest.fixture
def program(monkeypatch):
    """A module of a program, to keep things in."""
    module = types.ModuleType("program")
    monkeypatch.setitem(sys.modules, "program", module)
    return module


HOLDERS = {
    "itself": (lambda leak: leak, ()),
    "instance": (Session, ("Session.thing",)),
    "slot": (Slotted, ("Slotted.thing",)),
    "list": (lambda leak: [leak], ("list item",)),
    "tuple": (lambda leak: (leak,), ("tuple item",)),
    "dictionary": (lambda leak: {"key": leak}, ("key",)),
    "dictionary with other keys": (lambda leak: {Session: leak}, ("[type]",)),
    "closure": (closure_over, ("function closure_over.<locals>.closure", "tuple item", "closure")),
    "default": (default_of, ("function default_of.<locals>.function", "tuple item")),
    "partial": (lambda leak: functools.partial(print, leak), ("partial.args", "tuple item")),
    "generator": (generator_with, None),
    "bound method": (lambda leak: Session(leak).close, ("method close of Session", "Session.thing")),
    "object that pretends": (Pretender, ("Pretender.thing",)),
}


@pytest.mark.parametrize(("make", "words"), HOLDERS.values(), ids=HOLDERS)
def test_chain_from_a_module(program, make, words):
    """A module's global leads to the thing, through whatever holds it."""
    leak = Leak()
    program.KEPT = make(leak)
    chain = holders.kept_by({"key": leak}, {})["key"]
    assert chain[:2] == ("module program", "KEPT")
    assert chain[-1] == "Leak"
    assert words is None or chain[2:-1] == words


def test_chain_of_many_steps(program):
    """Every step of a chain has its word."""
    leak = Leak()
    program.KEPT = [Session({"pool": [Slotted(leak)]})]
    chain = holders.kept_by({"key": leak}, {})["key"]
    assert chain[2:-1] == ("list item", "Session.thing", "pool", "list item", "Slotted.thing")


def test_shortest_chain(program):
    """Of two holders the nearer one is named."""
    leak = Leak()
    program.FAR = [[[leak]]]
    program.NEAR = leak
    assert holders.kept_by({"key": leak}, {}) == {"key": ("module program", "NEAR", "Leak")}


def test_chain_through_another_target_comes_last(program):
    """What another leak holds is explained by it where nothing else leads there."""
    inner = Leak()
    outer = Session(inner)
    program.KEPT = outer
    found = holders.kept_by({"inner": inner, "outer": outer}, {})
    assert found["inner"] == ("module program", "KEPT", "Session.thing", "Leak")
    program.FAR = [[[inner]]]
    found = holders.kept_by({"inner": inner, "outer": outer}, {})
    assert found["inner"][:2] == ("module program", "FAR")


def test_task_is_held_by_its_timer():
    """Which is left, too: a task that sleeps is in the loop's list of timers, and nowhere else."""

    async def main():
        task = asyncio.ensure_future(asyncio.sleep(3600))
        await asyncio.sleep(0)
        (timer,) = asyncio.get_running_loop()._scheduled
        targets = {"task": task, "timer": timer}
        del task, timer
        return holders.kept_by(targets, {"the event loop": asyncio.get_running_loop()})

    found = asyncio.run(main())
    assert found["timer"][-1] == "TimerHandle"
    assert any(word.startswith("TimerHandle.") for word in found["task"])


def test_program_itself(monkeypatch):
    """What the program that was started keeps is told; pytest's and ours is not."""
    program = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", program)
    leak = Leak()
    program.KEPT = [leak]
    assert holders.kept_by({"key": leak}, {})["key"][:2] == ("module __main__", "KEPT")
    program.__spec__ = importlib.machinery.ModuleSpec("pytest.__main__", None)
    assert holders.kept_by({"key": leak}, {}).get("key", ("",))[0] != "module __main__"


def test_class_attribute(program):
    """A class of the program is followed."""
    leak = Leak()
    program.Client = type("Client", (), {"pool": leak})
    assert holders.kept_by({"key": leak}, {})["key"][:2] == ("module program", "Client")


def test_finalize_registry_comes_last(program):
    """A weakref.finalize holds its arguments, but the program's own holder is the answer."""
    leak = Leak()
    program.KEPT = [[[Session(leak)]]]
    finalizer = weakref.finalize(program.KEPT[0][0][0], id, leak)
    chain = holders.kept_by({"key": leak}, {})["key"]
    finalizer.detach()
    assert chain[0] == "module program"


def test_finalize_registry_where_nothing_else_holds_it():
    """Bookkeeping counts where it is the only holder."""
    leak, owner = Leak(), Session(None)
    finalizer = weakref.finalize(owner, id, leak)
    chain = holders.kept_by({"key": leak}, {})["key"]
    finalizer.detach()
    assert chain[0] == "weakref.finalize"


def test_labelled_root():
    """A root that is named by the caller counts like a module."""
    leak = Leak()
    assert holders.kept_by({"key": leak}, {"the event loop": Session(leak)})["key"] == (
        "the event loop",
        "Session.thing",
        "Leak",
    )


@contextmanager
def waiting_with(thing):
    """A thread whose function has a thing, until the end of the block."""
    begun, end = threading.Event(), threading.Event()

    def wait(thing):
        begun.set()
        end.wait()
        return thing

    thread = threading.Thread(target=wait, args=(thing,))
    thread.start()
    begun.wait()
    try:
        yield thread
    finally:
        end.set()
        thread.join()


def test_local_of_another_thread():
    """What a waiting thread's function has is held by that thread."""
    targets = {"key": Leak()}
    with waiting_with(targets["key"]) as targets["thread"]:
        chain = holders.kept_by(targets, {})["key"]
    assert chain[0].startswith("thread ")
    assert chain[1:] == ("thing", "Leak")


def test_thread_comes_before_finalizers():
    """What a thread's function has, however far away, is told before what a finalizer keeps of it."""
    targets = {"key": Leak()}
    session = Session([[[[targets["key"]]]]])
    finalizer = weakref.finalize(session, id, targets["key"])
    with waiting_with(session) as targets["thread"]:
        del session
        chain = holders.kept_by(targets, {})["key"]
    finalizer.detach()
    assert chain[0].startswith("thread ")


@pytest.mark.skipif(not COUNTS_REFERENCES, reason="PyPy is not asked what refers to a thing")
def test_what_refers_to_it_is_not_ours():
    """Who asks refers to it, too, and is not named."""
    owner = Session(Leak())
    targets = {"key": owner.thing}
    assert holders.referring(targets["key"], targets) == ["Session.thing"]


def test_nobody():
    """A thing that only the search's own caller knows has no chain."""
    assert holders.kept_by({"key": Leak()}, {}) == {}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda leak: leak, ("local session", "Leak"), id="itself"),
        pytest.param(Session, ("local session", "Session.thing", "Leak"), id="instance"),
        pytest.param(lambda leak: [Slotted(leak)], ("local session", "list item", "Slotted.thing", "Leak"), id="list"),
    ],
)
def test_chain_from_a_local(make, words):
    """A local variable leads to the thing through instances and containers."""
    leak = Leak()
    assert holders.held_in({"key": leak}, {"local session": make(leak)}) == {"key": words}


def test_local_does_not_lead_through_its_class():
    """What a class has is not held by a local instance."""
    leak = Leak()
    client = type("Client", (), {"pool": leak})()
    assert holders.held_in({"key": leak}, {"local client": client}) == {}


def test_local_class_opens_no_way_through_classes():
    """One of the locals is a class: the instance beside it still does not lead through its own."""
    leak = Leak()
    client = type("Client", (), {"pool": leak})()
    assert holders.held_in({"key": leak}, {"local kind": Slotted, "local client": client}) == {}


def test_search_keeps_nothing(program):
    """A search leaves nothing that refers to what it found."""
    leak = Leak()
    program.KEPT = Session(leak)
    holders.kept_by({"key": leak}, {})
    reference = weakref.ref(leak)
    del leak, program.KEPT
    gc.collect()
    assert reference() is None
