"""The detector in a test of somebody's own: `with no_leaks():`, in the spirit of goleak's VerifyNone.

    from matrix import no_leaks

    def test_fetch():
        with no_leaks():
            fetch()

What came in the block and is still there at its end, after a short wait, fails it with an
`AssertionError` that says what, made where, held by whom, and how to close it. Local variables are
alive then, so that what only the end of the function would free is told too. `async with` waits
without stopping the loop.

The process is the user's and lives on: the instruments are installed at the first use and stay; what was
there before a block is never blamed. No peer, and no forked children: those are for the matrix.
"""

import asyncio
import gc
import os
import re
import sys
import time
from collections import namedtuple

from . import collector, holders, things
from .explain import ADVICE
from .measure import LATE, MAX_LISTED, looks
from .origins import frames
from .watch import Watch

# What an ignore rule is given. created, wrapped: [{"file", "line", "function"}, ...], innermost last
Leak = namedtuple("Leak", "kind what state created wrapped held_by collected advice")

_WORKER = re.compile(r"thread '(Trio thread|AnyIO worker thread|asyncio_)")
_shared = []  # the process's one Watch, once there is one


class LeakError(AssertionError):
    """Something was left behind. `leaks` has it as data."""

    def __init__(self, message, leaks):
        super().__init__(message)
        self.leaks = leaks


def idle_worker(leak):
    """A thread that waits for work: trio's and anyio's end after 10 s without any, asyncio's with its loop.

    The matrix, which has a process for each case, waits for the loop's end instead.
    """
    return leak.kind == "thread" and _WORKER.match(leak.what) is not None


def ignore_kind(*kinds):
    """A rule: leave out these kinds, such as "thread" or "socket"."""

    def of_kind(leak):
        return leak.kind in kinds

    return of_kind


def ignore_created_by(function, file=""):
    """A rule: leave out what a function of that name made, directly or not; in a file whose path ends so."""

    def created_by(leak):
        return any(frame["function"] == function and frame["file"].endswith(file) for frame in leak.created)

    return created_by


class no_leaks:  # noqa: N801  read as a word: `with no_leaks():`
    """Fails the block with LeakError if it leaves something behind.

    `ignore`: rules, functions that take a Leak and say whether to leave it out. `wait`: seconds for what closes
    in the background; a clean block waits for nothing.
    """

    def __init__(self, *, ignore=(), wait=LATE):
        self._ignore = (idle_worker, *((ignore,) if callable(ignore) else ignore))
        self._waits = looks(wait)

    def __enter__(self):
        self._entered = _caller()
        self._watch = _watch()
        self._watch.origins.forget_starts()
        self._before = self._watch.there()
        self._pid = os.getpid()
        self._collecting = gc.isenabled()
        gc.disable()  # else its timing would decide what is seen
        return self

    def __exit__(self, _kind, error, _traceback):
        __tracebackhide__ = True  # pytest shows the block, not us
        try:
            for delay in self._delays():
                time.sleep(delay)
            self._end(error)
        finally:
            self._restore()

    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, _kind, error, _traceback):
        __tracebackhide__ = True  # pytest shows the block, not us
        try:
            await _sleep(0)  # asyncio closes a transport one turn later
            for delay in self._delays():
                await _sleep(delay)
                await _sleep(0)
            self._end(error)
        finally:
            self._restore()

    def _delays(self):
        """What is still to be waited, a step at a time, as long as something is left: the last look decides."""
        for delay in self._waits:
            self._last = self._left()
            if not self._last:
                return
            yield delay
        self._last = self._left()

    def _restore(self):
        if self._collecting:
            gc.enable()

    def _left(self):
        left = self._watch.left(self._before)
        if left and not collector.COUNTS_REFERENCES:
            collector.collect()  # what nothing refers to is there until then
            left = self._watch.left(self._before)
        made = self._watch.origins.made_file
        # The folder for temporary files is everybody's: here, only what this process has made counts.
        return {key for key in left if key[0] != "temporary" or made(key[2])}

    def _end(self, error):
        """Nothing where nothing is left; a note where the block has failed by itself; else the failure."""
        __tracebackhide__ = True
        left = self._last
        if not left or os.getpid() != self._pid:
            return
        counted = things.count(self._before), things.count((self._before & self._watch.there()) | left)
        found = [leak for leak in self._leaks(left) if not any(rule(leak) for rule in self._ignore)]
        if not found:
            return
        message = _message(counted, found)
        if error is None:
            raise LeakError(message, found)
        if hasattr(error, "add_note"):
            error.add_note(message)

    def _leaks(self, left):
        watch = self._watch
        origins = watch.origins_of(left)
        described = things.describe(left, watch.origins.started)
        by_itself = left - self._left()
        gc.collect()
        still = self._left() | by_itself
        targets = {key: origins[key].reference() for key in still if key in origins}
        chains = holders.kept_by({key: target for key, target in targets.items() if target is not None}, _locals())
        for thing in described:
            origin = origins.get(thing.key)
            yield Leak(
                thing.kind,
                thing.what,
                thing.state,
                self._frames(origin.stack if origin else ()),
                self._frames(origin.wrapped if origin else ()),
                list(chains.get(thing.key, ())),
                thing.key not in still,
                ADVICE[thing.kind],
            )

    def _frames(self, stack):
        """The lines since the block began; what led to it is the test runner's."""
        codes = [code for code, _ in stack]
        return frames(stack[: codes.index(self._entered) + 1] if self._entered in codes else stack)


def _caller():
    """The code of the function whose block it is."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return frame.f_code


def _message(counted, found):
    before, after = counted
    kinds = sorted({kind for kind in after if after[kind] > before[kind]})
    lines = ["%d left behind" % len(found)]
    lines += ["  %s: %d before, %d after" % (_plural(kind), before[kind], after[kind]) for kind in kinds]
    for leak in found[:MAX_LISTED]:
        lines += ["", *_lines(leak)]
    return "\n".join([*lines, "", "  (to leave something out: no_leaks(ignore=RULE); see matrix.guest.door)"])


def _plural(kind):
    return kind + ("es" if kind.endswith("s") else "s")


def _lines(leak):
    state = ", %s" % leak.state if leak.state else ""
    gone = "gone after gc.collect(): only the cycle collector closes it" if leak.collected else "still there"
    yield "  %s: %s%s; %s" % (leak.kind, leak.what, state, gone)
    for title, stack in (("created at (innermost last):", leak.created), ("wrapped at:", leak.wrapped)):
        if stack:
            yield "    " + title
            for frame in stack:
                yield "      %(file)s:%(line)d in %(function)s" % frame
    if leak.held_by:
        yield "    held by: " + " > ".join(leak.held_by)
    yield "    " + leak.advice


def _watch():
    """The process's one Watch: its hooks cannot be taken out again. A forked child has its own."""
    if not _shared or _shared[0][0] != os.getpid():
        watch = Watch(listening=False)
        watch.instrument()
        watch.adopt()
        _shared[:] = [(os.getpid(), watch)]
    return _shared[0][1]


def _locals():
    """The variables of the functions that are running, as roots, the nearest first."""
    found = {}
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") != __name__ and frame.f_locals is not frame.f_globals:
            for name, value in list(frame.f_locals.items()):
                found.setdefault("local %s of %s" % (name, frame.f_code.co_name), value)
        frame = frame.f_back
    return found


async def _sleep(seconds):
    if asyncio._get_running_loop() is None and "trio" in sys.modules:
        await sys.modules["trio"].sleep(seconds)
    else:
        await asyncio.sleep(seconds)
