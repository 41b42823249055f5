"""What event loops have: the loops that are not closed, their tasks, async generators and timers.

No kernel knows of them. A loop counts from its creation to its `close`; what is in it
counts until it is done, or the loop is closed: then it can never run again.

`watch` replaces methods of asyncio's base class (other loops, such as uvloop's, are seen by
the kernel only): it belongs into a process that is about to end.
"""

import asyncio
import gc
import os
import sys
import weakref
from concurrent.futures import thread

from .origins import of_task, stack_of

_WORK = thread._WorkItem.run.__code__


class Loops:
    """Every loop that was created since `watch`, in whatever thread."""

    def __init__(self, serial):
        self._loops = weakref.WeakSet()
        self._serial = serial
        self._pid = os.getpid()

    def watch(self, *, timers=False):
        """Start recording, for the rest of this process; where `timers` are created only if asked: it costs them."""
        base = asyncio.BaseEventLoop
        make, make_task, call_at = base.__init__, base.create_task, base.call_at

        def __init__(loop, *args, **kwargs):  # noqa: N807  that is what it replaces
            make(loop, *args, **kwargs)
            self._loops.add(loop)
            self._created(loop)

        def create_task(loop, *args, **kwargs):
            task = make_task(loop, *args, **kwargs)
            of_task(task, self._created(task))
            return task

        def call_later(loop, *args, **kwargs):
            handle = call_at(loop, *args, **kwargs)
            self._created(handle)
            return handle

        replaced = {"__init__": __init__, "create_task": create_task}
        if timers:
            replaced["call_at"] = call_later
        for name, method in replaced.items():
            setattr(base, name, method)

    def know(self, loop):
        """Whose idle workers are nobody's leak; for who does not `watch`."""
        self._loops.add(loop)

    def adopt(self):
        """Know the loops that were made before `watch`, too. Walks the heap."""
        found = [thing for thing in gc.get_objects() if issubclass(type(thing), asyncio.BaseEventLoop)]
        self._loops.update(found)

    def keys(self):
        """`(family, number, name)` for each loop that is open, and for what is pending in it."""
        found = set()
        for loop in _stable(self._loops):
            if loop.is_closed():
                continue
            found.add(("loop", self._serial.number(loop), type(loop).__name__))
            for family, thing, name in _pending(loop):
                number = self._serial.number(thing)
                if number is not None:
                    found.add((family, number, self._serial.first_name(number, name)))
        return found

    def idle_workers(self):
        """The kernel's numbers of the threads in default executors that have no work."""
        executors = [getattr(loop, "_default_executor", None) for loop in _stable(self._loops) if not loop.is_closed()]
        workers = [worker for executor in executors for worker in tuple(getattr(executor, "_threads", ()))]
        frames = sys._current_frames() if workers else {}
        return {worker.native_id for worker in workers if not _is_working(frames.get(worker.ident))}

    def _created(self, thing):
        stack = stack_of(sys._getframe(2))
        if os.getpid() == self._pid:
            self._serial.number(thing, stack)
        return stack


def _is_working(frame):
    """Whether a thread of an executor is in the middle of some work: it has a name for that in each version."""
    while frame is not None and frame.f_code is not _WORK:
        frame = frame.f_back
    return frame is not None


def _pending(loop):
    for task in asyncio.all_tasks(loop):
        yield "task", task, "%s %s" % (task.get_name(), _name(task.get_coro()))
    for generator in _stable(loop._asyncgens):
        if generator.ag_frame is not None:
            yield "generator", generator, _name(generator)
    for handle in tuple(loop._scheduled):
        if not handle.cancelled():
            yield "timer", handle, "that calls %s" % _name(handle._callback)


def _stable(members):
    """The members of a set of weak references that another thread may change meanwhile."""
    while True:
        try:
            return tuple(members)
        except RuntimeError:
            continue


def _name(callback):
    return getattr(callback, "__qualname__", type(callback).__name__)
