"""Calling a scenario so that its local variables outlive it, until they are dropped on purpose.

That tells "closed by the code" from "happened to be deallocated at the return".
Whoever holds a frame object holds the locals in it, in every CPython from 3.8 on,
for functions and coroutines alike; so the frame is picked up at its first call
event, after which the profile hook is gone again. Nothing is cleared or copied:
`f_locals` would leave a dictionary behind before 3.13, and `frame.clear()` would
break cycles that a real program is left with.
"""

import asyncio
import inspect
import os
import sys
import time
import warnings

from . import collector, origins

_NOT_RUN = (inspect.isawaitable, inspect.isgenerator, inspect.isasyncgen)


class Call:
    """One call of a scenario: run it, wait with it, drop its locals, close its loop.

    `run` raises what the scenario raises. Synchronous and asynchronous scenarios
    have the same methods; the latter get an event loop of their own.
    """

    def __init__(self, function, arguments):
        self._function = function
        self._arguments = arguments
        self._frame = None
        self._result = None
        self.seconds = 0.0
        self._pid = os.getpid()
        self.loop = asyncio.new_event_loop() if inspect.iscoroutinefunction(function) else None
        if self.loop is not None:
            _set_event_loop(self.loop)

    def run(self, profile=None):
        """Call the scenario, under a profile function if there is one; its frame and its result stay alive."""
        started = time.monotonic()
        code = inspect.unwrap(self._function).__code__
        origins.outermost(sys._getframe())
        sys.setprofile(self._pick_up(code, profile))
        try:
            self._result = self._function(**self._arguments)
            if self.loop is not None:
                self._result = self.loop.run_until_complete(self._result)
        finally:
            sys.setprofile(None)
            origins.outermost(None)
            if os.getpid() != self._pid:
                os._exit(0)  # a copy that the scenario made of this process: it must not go on, or repeat
            self.seconds = time.monotonic() - started
        self._check()
        self.turn()

    def turn(self):
        """Let the loop run what is ready: asyncio closes a transport one turn later."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.run_until_complete(_turns(10))

    def wait(self, seconds):
        """Wait, running the loop meanwhile."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.run_until_complete(asyncio.sleep(seconds))
        else:
            time.sleep(seconds)

    def locals(self):
        """The scenario's locals by name. Leaves traces before 3.13: for explaining runs only."""
        return {} if self._frame is None else dict(self._frame.f_locals)

    def drop(self):
        """Let go of the locals and of the result, as the end of a program's function does."""
        self._frame = None
        self._result = None
        self.turn()

    def collect_new(self):
        """Run the cycle collector on what is newer than this process; a cycle through anything older is not found."""
        collector.collect_quickly()
        self.turn()

    def collect(self):
        """Run it on everything there is, until it finds nothing more: the whole heap is copied for that."""
        collector.thaw()
        collector.collect()
        self.turn()

    def close_loop(self):
        """End the loop in the order of `asyncio.run`."""
        loop = self.loop
        if loop is None or loop.is_closed():
            return
        try:
            _cancel_all(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            _end_executor(getattr(loop, "_default_executor", None))
        finally:
            _set_event_loop(None)
            loop.close()
        self.collect()

    def _check(self):
        """What has not run, or not where it can be watched, must not look clean."""
        result = self._result
        if self.loop is None and any(waits(result) for waits in _NOT_RUN):
            raise TypeError("the scenario has not run: it returned a %s" % type(result).__name__)
        if self._frame is None:
            raise RuntimeError("the scenario's locals cannot be kept: it was not called in this thread")

    def _pick_up(self, code, then):
        def profile(frame, event, _argument):
            if event == "call" and frame.f_code is code:
                sys.setprofile(then)
                self._frame = frame

        return profile


def _cancel_all(loop):
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=1.0))


def _end_executor(executor):
    """As `asyncio.run` does from 3.9 on, but for a thread that never ends."""
    if executor is not None:
        executor.shutdown(wait=False)
        deadline = time.monotonic() + 1.0
        for thread in tuple(executor._threads):
            thread.join(max(0.0, deadline - time.monotonic()))


async def _turns(number):
    for _ in range(number):
        await asyncio.sleep(0)


def _set_event_loop(loop):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop(loop)
