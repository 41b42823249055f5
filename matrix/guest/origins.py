"""Where things came from: the stack that created each socket, thread, child process and temporary file.

An audit hook sees every socket that Python makes (CPython 3.8+; there is no
event for threads before 3.12, so `Thread.start` is wrapped instead). What event
loops have is `loops.py`'s. Only
`(code, line)` pairs are kept: formatting opens source files, which is audited
too, and costs ten times as much. Things are held weakly: to watch is not to keep.

An audit hook cannot be removed: `watch` belongs into a process that is about to
end, such as the child forked for one case.
"""

import _thread
import asyncio
import os
import sys
import threading
import weakref
from collections import deque, namedtuple

from .serial import nothing

# stack: ((code, line), ...) innermost first; wrapped: where a descriptor got the object that it has now (TLS)
Origin = namedtuple("Origin", "reference stack wrapped", defaults=((),))
_Socket = namedtuple("_Socket", "reference stack before")  # before: descriptor -> stack, of what it may wrap

MAX_FRAMES = 64
_MANY = 1024  # sockets or threads: then those that are gone are forgotten; of what has no object, the oldest
_HERE = os.path.dirname(os.path.abspath(__file__))
_CONTROLS = os.path.join(_HERE, "controls.py")
_RUNS_TASK = asyncio.Handle._run.__code__
_CALLER = os.path.join(_HERE, "scenario.py")


_STARTS_CHILD = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn")
_MAKES_FILE = ("tempfile.mkstemp", "tempfile.mkdtemp")
# All others pass at the price of one look-up: there are tens of thousands in a scenario that imports, or a walk.
_HEARD = frozenset(("socket.__new__", "_thread.start_new_thread", *_STARTS_CHILD, *_MAKES_FILE))


class Origins:
    """What was created since `watch`: sockets in order, threads by their kernel id."""

    def __init__(self):
        self._sockets = []
        self._many = _MANY
        self._threads = {}
        self._raw_threads = deque(maxlen=_MANY)
        self._children = deque(maxlen=_MANY)
        self._temporary = {}
        self._pid = os.getpid()

    def watch(self):
        """Start recording; for the rest of this process."""
        sys.addaudithook(self._hook())
        original = threading.Thread.start

        def start(thread, *args, **kwargs):
            stack = stack_of(sys._getframe(1))
            original(thread, *args, **kwargs)
            if len(self._threads) >= _MANY:
                self._threads = {number: known for number, known in self._threads.items() if not self.ended(number)}
            # Set by the thread itself before start() returns.
            self._threads[thread.native_id] = Origin(weakref.ref(thread), stack)

        setattr(threading.Thread, "start", start)  # noqa: B010  so that a type checker lets it pass
        if sys.version_info < (3, 12):
            _thread.start_new_thread = self._noted(_thread.start_new_thread)

    def _noted(self, start_new_thread):
        """There is no audit event before 3.12. Seen only by who looks the function up in its module."""

        def noted(*args, **kwargs):
            self._raw_threads.append(Origin(nothing, stack_of(sys._getframe(1))))
            return start_new_thread(*args, **kwargs)

        return noted

    def forget_starts(self):
        """From here on, what is told by its order is told of what comes: most of what was started has ended since."""
        for known in (self._children, self._raw_threads, self._temporary):
            known.clear()

    def made_file(self, name):
        """Whether a temporary file of that name was made here, and not by another process."""
        return name in self._temporary

    def started(self, native_id):
        """The name of a thread of `threading`'s, though it may have ended meanwhile; None for any other."""
        origin = self._threads.get(native_id)
        if origin is None:
            return None
        thread = origin.reference()
        return "that has ended" if thread is None else repr(thread.name)

    def ended(self, native_id):
        """True for a thread that Python is done with, though the kernel may list it a moment longer."""
        origin = self._threads.get(native_id)
        if origin is None:
            return False
        thread = origin.reference()
        return thread is None or not thread.is_alive()

    def of(self, keys):
        """Key -> origin, for those among `keys` whose creation was seen."""
        by_descriptor = {number: _of_socket(entry, number) for number, entry in self._alive()}
        found = {}
        for key in keys:
            family, number, link = key
            if family == "thread":
                origin = self._threads.get(number)
            elif family == "temporary":
                origin = self._temporary.get(link)
            else:
                origin = by_descriptor.get(number) if link.startswith("socket:") else None
            if origin is not None:
                found[key] = origin
        self._in_order(found, sorted((key for key in keys if key[0] == "child"), key=_start), self._children)
        unknown = sorted(key for key in keys if key[0] == "thread" and key not in found)
        self._in_order(found, unknown, self._raw_threads)
        return found

    def sockets(self):
        """The descriptors that sockets of Python's have open: what Python itself knows."""
        return {number for number, _ in self._alive()}

    def _alive(self):
        """(descriptor, entry) of each socket that has one."""
        for entry in self._sockets:
            sock = entry.reference()
            if sock is not None and sock.fileno() >= 0:
                yield sock.fileno(), entry

    @staticmethod
    def _in_order(found, keys, origins):
        """No event has the id of the process or thread that it will be: told by their order, if none is missing."""
        if len(keys) == len(origins):
            found.update(zip(keys, origins))

    def _hook(self):
        """A function: CPython asks a hook for its `__cantrace__` each time, which costs a method 1 us more."""
        heard, pid, here, noted = _HEARD, self._pid, os.getpid, self._note

        def hook(event, args):
            if event in heard and here() == pid:
                noted(event, args, sys._getframe().f_back)  # None in a thread that runs no Python

        return hook

    def _note(self, event, args, frame):
        if event == "socket.__new__":
            try:
                reference = weakref.ref(args[0])
            except TypeError:
                return  # a raw _socket.socket cannot be referred to weakly; /proc still counts it
            # ssl makes a new object for the descriptor of another, and tells only its class.
            before = {number: entry.stack for number, entry in self._alive()} if _wraps(type(args[0])) else {}
            self._sockets.append(_Socket(reference, stack_of(frame), before))
            if len(self._sockets) >= self._many:
                self._sockets[:] = [entry for entry in self._sockets if entry.reference() is not None]
                self._many = max(_MANY, 2 * len(self._sockets))
        elif event == "os.posix_spawn" and frame and frame.f_globals.get("__name__") == "subprocess":
            return  # which has told of it already: since 3.13 it starts most of its children so
        elif event in _STARTS_CHILD:
            self._children.append(Origin(nothing, stack_of(frame)))
        elif event in _MAKES_FILE:
            self._temporary[os.path.basename(args[0])] = Origin(nothing, stack_of(frame))
            if len(self._temporary) > _MANY:
                del self._temporary[next(iter(self._temporary))]
        elif not _of_threading(args[0]):
            self._raw_threads.append(Origin(nothing, stack_of(frame)))


def _wraps(kind):
    return issubclass(kind, getattr(sys.modules.get("ssl"), "SSLSocket", ()))


def _of_socket(entry, number):
    created = entry.before.get(number)
    if created is None:
        return Origin(entry.reference, entry.stack)
    return Origin(entry.reference, created, entry.stack)


def _of_threading(function):
    """In 3.12, `Thread.start` itself raises the event of a raw thread."""
    return isinstance(getattr(function, "__self__", None), threading.Thread)


def _start(key):
    return int(key[2])


_outermost = [None]  # the frame that stacks end before, while there is one


def outermost(frame):
    """Leave out this frame and what is around it, which is long, and the same for each stack; None: nothing."""
    _outermost[0] = frame


_started_tasks = weakref.WeakKeyDictionary()  # task -> the stack that created it


def of_task(task, stack):
    """Remember where a task was created: what it makes then has the lines that led to it, too."""
    _started_tasks[task] = stack


def stack_of(frame):
    """`(code, line)` of a frame and those around it, innermost first; in a task, then of who created the task."""
    task = _current_task()
    parent = None if task is None else _started_tasks.get(task)
    stack, end = [], _outermost[0]
    while frame is not None and frame is not end and len(stack) < MAX_FRAMES:
        if parent is not None and frame.f_code is _RUNS_TASK:
            return (*stack, *parent[:MAX_FRAMES])
        stack.append((frame.f_code, frame.f_lineno or 0))
        frame = frame.f_back
    return tuple(stack)


def _current_task():
    loop = asyncio._get_running_loop()
    return None if loop is None else asyncio.current_task(loop)


def frames(stack):
    """A stack as data, the scenario's line first: `[{"file", "line", "function"}, ...]`."""
    wanted = []
    for code, line in stack:
        if code.co_filename == _CALLER:
            break
        if _is_harness(code.co_filename):
            continue
        wanted.append({"file": relative(code.co_filename), "line": line, "function": code.co_name})
    return wanted[::-1]


def relative(path):
    """A source file's path below the longest import path that leads to it."""
    fitting = [root for root in sys.path if root and path.startswith(root.rstrip(os.sep) + os.sep)]
    return path[len(max(fitting, key=len)) :].lstrip(os.sep) if fitting else path


def _is_harness(path):
    return path.startswith(_HERE + os.sep) and path != _CONTROLS
