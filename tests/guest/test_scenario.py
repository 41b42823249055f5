"""`matrix.guest.scenario`: a call whose locals are kept, then dropped, and whose loop is closed."""

import asyncio
import gc
import sys
import weakref

import pytest

from matrix.guest.collector import COUNTS_REFERENCES
from matrix.guest.origins import stack_of
from matrix.guest.scenario import Call


class Token:
    """Something that can be referred to weakly."""


@pytest.fixture
def called():
    """Run a scenario; its loop is closed in the end."""
    calls = []

    def run(function, **arguments):
        call = Call(function, arguments)
        calls.append(call)
        call.run()
        return call

    yield run
    for call in calls:
        call.drop()
        call.close_loop()


def remembers(seen):
    token = Token()
    seen.append(weakref.ref(token))


async def remembers_async(seen):
    remembers(seen)
    token = Token()
    await asyncio.sleep(0)
    seen[:] = [weakref.ref(token)]


@pytest.mark.parametrize("scenario", [remembers, remembers_async])
def test_locals_outlive_the_call(called, scenario):
    """The locals are there after the return."""
    seen = []
    call = called(scenario, seen=seen)
    assert seen[0]() is not None
    call.drop()


@pytest.mark.parametrize("scenario", [remembers, remembers_async])
def test_locals_are_dropped(called, scenario):
    """The locals are gone once they are dropped."""
    seen = []
    call = called(scenario, seen=seen)
    call.drop()
    if not COUNTS_REFERENCES:
        call.collect()
    assert seen[0]() is None


def test_locals_by_name(called):
    """The locals have their names, arguments among them."""

    def scenario(number):
        double = 2 * number
        assert double

    assert called(scenario, number=2).locals() == {"number": 2, "double": 4}


def test_no_locals_after_dropping(called):
    """Dropped locals have no names any more."""
    call = called(remembers, seen=[])
    call.drop()
    assert call.locals() == {}


def test_exception_of_the_scenario(called):
    """What the scenario raises is raised, and the profiler is off."""

    def raises():
        raise LookupError

    with pytest.raises(LookupError):
        called(raises)
    assert sys.getprofile() is None


def test_profiler_is_off_in_the_scenario(called):
    """The scenario itself is not slowed down: the hook is gone when its first line runs."""
    seen = []

    def scenario():
        seen.append(sys.getprofile())

    called(scenario)
    assert seen == [None]


def test_callbacks_that_are_ready_have_run(called):
    """After the return of a coroutine its loop has run what was ready."""
    seen = []

    async def scenario():
        asyncio.get_running_loop().call_soon(seen.append, "called")

    called(scenario)
    assert seen == ["called"]


def test_waiting_runs_the_loop(called):
    """While waiting, the loop runs."""
    seen = []

    async def scenario():
        asyncio.get_running_loop().call_later(0.001, seen.append, "called")

    call = called(scenario)
    while not seen:
        call.wait(0.001)
    assert seen == ["called"]


def test_loop_is_closed(called):
    """The loop is closed when it is asked for, and not before."""
    call = called(remembers_async, seen=[])
    states = [call.loop.is_closed()]
    call.close_loop()
    assert [*states, call.loop.is_closed()] == [False, True]


def test_pending_tasks_are_cancelled(called):
    """A task that waits is cancelled, and may clean up, before the loop is closed."""
    seen = []

    async def scenario():
        async def waits():
            try:
                await asyncio.sleep(3600)
            finally:
                seen.append("cancelled")

        seen.append(asyncio.ensure_future(waits()))
        await asyncio.sleep(0)

    called(scenario).close_loop()
    assert seen[1:] == ["cancelled"]


def test_async_generators_are_closed(called):
    """An async generator that was left in the middle is closed with the loop."""
    seen = []

    async def scenario():
        async def generates():
            try:
                yield 1
            finally:
                seen.append("closed")

        seen.append(generates())
        await seen[0].__anext__()

    called(scenario).close_loop()
    assert seen[1:] == ["closed"]


def test_closed_loop(called):
    """A scenario without a loop has none to close, and a closed one is not closed twice."""
    call = called(remembers, seen=[])
    call.close_loop()
    assert call.loop is None


@pytest.mark.skipif(not hasattr(gc, "freeze"), reason="PyPy can set nothing apart from its collector")
def test_collecting_thaws(called):
    """The collector looks at everything, at what was frozen before too."""
    seen = []

    def scenario():
        token = Token()
        token.itself = token
        seen.append(weakref.ref(token))

    call = called(scenario)
    call.drop()
    gc.freeze()
    call.collect()
    assert seen[0]() is None


def test_cycle_is_collected(called):
    """Collecting frees what is in a cycle."""
    seen = []

    def scenario():
        token = Token()
        token.itself = token
        seen.append(weakref.ref(token))

    call = called(scenario)
    call.drop()
    call.collect()
    assert seen[0]() is None


def notes_its_stack(stacks):
    stacks.append(stack_of(sys._getframe()))


async def notes_its_stack_async(stacks):
    await asyncio.sleep(0)
    notes_its_stack(stacks)


@pytest.mark.parametrize("scenario", [notes_its_stack, notes_its_stack_async])
def test_stacks_end_at_the_scenario(called, scenario):
    """What is around a scenario is in no stack of its own: to walk it would cost each socket; afterwards it is."""
    stacks = []
    called(scenario, stacks=stacks)
    notes_its_stack(stacks)
    here = sys._getframe().f_code
    assert [here in [code for code, _ in stack] for stack in stacks] == [False, True]
