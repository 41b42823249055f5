"""Where things came from: the stack that created each socket and each thread.

An audit hook sees every socket that Python makes (CPython 3.8+; there is no
event for threads before 3.12, so `Thread.start` is wrapped instead). Only
`(code, line)` pairs are kept: formatting opens source files, which is audited
too, and costs ten times as much. Things are held weakly: to watch is not to keep.

An audit hook cannot be removed: `watch` belongs into a process that is about to
end, such as the child forked for one case.
"""

import os
import sys
import threading
import weakref
from collections import namedtuple

Origin = namedtuple("Origin", "reference stack")  # stack: ((code, line), ...) innermost first

MAX_FRAMES = 64
_HERE = os.path.dirname(os.path.abspath(__file__))
_CONTROLS = os.path.join(_HERE, "controls.py")


_STARTS_CHILD = ("subprocess.Popen", "os.fork", "os.posix_spawn")
_MAKES_FILE = ("tempfile.mkstemp", "tempfile.mkdtemp")


class Origins:
    """What was created since `watch`: sockets in order, threads by their kernel id, tasks by number."""

    def __init__(self):
        self._sockets = []
        self._threads = {}
        self._children = []
        self._temporary = {}
        self._tasks = weakref.WeakKeyDictionary()
        self._task_origins = {}
        self._pid = os.getpid()

    def watch(self):
        """Start recording; for the rest of this process."""
        sys.addaudithook(self._audit)
        original = threading.Thread.start

        def start(thread, *args, **kwargs):
            stack = _stack(sys._getframe(1))
            original(thread, *args, **kwargs)
            # Set by the thread itself before start() returns.
            self._threads[thread.native_id] = Origin(weakref.ref(thread), stack)

        threading.Thread.start = start

    def watch_tasks(self, loop):
        """Record where the tasks of an event loop are created; for as long as the loop lives."""
        original = loop.create_task

        def create_task(*args, **kwargs):
            stack = _stack(sys._getframe(1))
            task = original(*args, **kwargs)
            self._task_origins[self._number(task)] = Origin(weakref.ref(task), stack)
            return task

        loop.create_task = create_task

    def task_keys(self, tasks):
        """Keys for tasks, which have nothing of their own that is not used again."""
        return {("task", self._number(task), _name(task)) for task in tasks}

    def _number(self, task):
        return self._tasks.setdefault(task, len(self._task_origins) + len(self._tasks))

    def ended(self, native_id):
        """True for a thread that Python is done with, though the kernel may list it a moment longer."""
        origin = self._threads.get(native_id)
        if origin is None:
            return False
        thread = origin.reference()
        return thread is None or not thread.is_alive()

    def of(self, keys):
        """Key -> origin, for those among `keys` whose creation was seen."""
        by_descriptor = {}
        for origin in self._sockets:
            sock = origin.reference()
            if sock is not None:
                by_descriptor.setdefault(sock.fileno(), origin)
        children = sorted((key for key in keys if key[0] == "child"), key=lambda key: int(key[2]))
        known = {"thread": self._threads, "task": self._task_origins}
        found = {}
        for key in keys:
            family, number, link = key
            if family in known:
                origin = known[family].get(number)
            elif family == "temporary":
                origin = self._temporary.get(link)
            elif family == "child":
                # No event has the id of the process that it will be: told by their order, if none is missing.
                origin = self._children[children.index(key)] if len(children) == len(self._children) else None
            else:
                origin = by_descriptor.get(number) if link.startswith("socket:") else None
            if origin is not None:
                found[key] = origin
        return found

    def _audit(self, event, args):
        if event == "socket.__new__" and os.getpid() == self._pid:
            try:
                reference = weakref.ref(args[0])
            except TypeError:
                return  # a raw _socket.socket cannot be referred to weakly; /proc still counts it
            self._sockets.append(Origin(reference, _stack(sys._getframe(1))))
        elif event in _STARTS_CHILD and os.getpid() == self._pid:
            self._children.append(Origin(_nothing, _stack(sys._getframe(1))))
        elif event in _MAKES_FILE and os.getpid() == self._pid:
            self._temporary[os.path.basename(args[0])] = Origin(_nothing, _stack(sys._getframe(1)))


def _nothing():
    """In place of a weak reference, for what is no object."""


def _name(task):
    coroutine = getattr(task.get_coro(), "__qualname__", "")
    return "%s %s" % (task.get_name(), coroutine)


def _stack(frame):
    stack = []
    while frame is not None and len(stack) < MAX_FRAMES:
        stack.append((frame.f_code, frame.f_lineno or 0))
        frame = frame.f_back
    return tuple(stack)


def frames(origin):
    """A stack as data, the scenario's line first: `[{"file", "line", "function"}, ...]`."""
    wanted = []
    for code, line in origin.stack:
        if _is_harness(code.co_filename):
            break
        wanted.append({"file": relative(code.co_filename), "line": line, "function": code.co_name})
    return wanted[::-1]


def relative(path):
    """A source file's path below the longest import path that leads to it."""
    fitting = [root for root in sys.path if root and path.startswith(root.rstrip(os.sep) + os.sep)]
    return path[len(max(fitting, key=len)) :].lstrip(os.sep) if fitting else path


def _is_harness(path):
    return path.startswith(_HERE + os.sep) and path != _CONTROLS
