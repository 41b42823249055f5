"""What is there at this moment: descriptors, threads, child processes and temporary files.

The kernel is the judge, so nothing here asks a library. Values only, compared by key,
`(family, number, more)`: a descriptor is its number together with what it refers to (a
number is reused within microseconds), a thread is its kernel id, a child its process
id and start, a temporary file its name. What no kernel knows (tasks, places in a pool,
objects) is numbered by whoever knows it, and described here like the rest.
"""

import os
import sys
import tempfile
import threading
from collections import Counter, namedtuple

from . import tcp

# key: compared between two looks; kind: what is counted together; what, state: for people
Thing = namedtuple("Thing", "key kind what state")

_KINDS = (
    ("socket:", "socket"),
    ("pipe:", "pipe"),
    ("anon_inode:[eventpoll]", "epoll"),
    ("anon_inode:[eventfd]", "eventfd"),
    ("anon_inode:", "descriptor"),
    ("/", "file"),
)


def keys(temporary=None):
    """Everything that is there: a set of keys, read without opening anything that stays.

    `temporary` is the folder for temporary files, if it is not to be the one that `tempfile` has by now.
    """
    return descriptor_keys() | _thread_keys() | _child_keys() | _temporary_keys(temporary or tempfile.tempdir)


def count(found):
    """How many of each kind: `Counter({"socket": 2, "thread": 1})`."""
    return Counter(kind_of(key) for key in found)


def describe(found, started=lambda _native_id: None):
    """The things behind some keys, in a stable order. `started` names the threads that were seen starting."""
    found = sorted(found)
    sockets = tcp.described({link: number for _, number, link in found if link.startswith("socket:")})
    return [_describe(key, sockets, started) for key in found]


def descriptor_keys():
    """The keys of the descriptors that are open."""
    found = {descriptor_key(int(name)) for name in os.listdir("/proc/self/fd")}
    return found - {None}  # the descriptor of this very listing


def descriptor_key(number):
    """The key of a descriptor, with what it refers to; None if it is not open."""
    try:
        return "descriptor", number, os.readlink("/proc/self/fd/%d" % number)
    except OSError:
        return None


def _thread_keys():
    return {("thread", int(name), "") for name in os.listdir("/proc/self/task")}


def _child_keys():
    found = set()
    for task in os.listdir("/proc/self/task"):
        try:
            pids = _read("/proc/self/task/%s/children" % task).split()
        except OSError:
            continue  # a thread that has just ended
        for pid in pids:
            status = _status(int(pid))
            if status is not None:
                found.add(("child", int(pid), status[_START]))
    return found


# Fields of /proc/PID/stat after the name, which may hold anything (proc(5) counts from 1).
_STATE, _START = 3 - 3, 22 - 3


def _status(pid):
    try:
        return _read("/proc/%d/stat" % pid).rpartition(")")[2].split()
    except OSError:
        return None


def _read(path):
    """A short file of /proc. Not by a file object: to look must not allocate what is counted, where memory is."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 1 << 16).decode("utf-8", "replace")
    finally:
        os.close(descriptor)


def _temporary_keys(folder):
    """What lies in the folder for temporary files: a case has one of its own."""
    if folder is None:
        return set()
    try:
        return {("temporary", 0, name) for name in os.listdir(folder)}
    except FileNotFoundError:
        return set()  # a program may have named a folder that is no more


# family -> kind, and the state of what is merely there
_FAMILIES = {
    "thread": ("thread", None),
    "child": ("child process", None),
    "temporary": ("temporary file", "there"),
    "loop": ("event loop", "not closed"),
    "task": ("task", "pending"),
    "generator": ("async generator", "suspended"),
    "timer": ("timer", "scheduled"),
    "slot": ("pool slot", "taken"),
    "object": ("object", "alive"),
}


def kind_of(key):
    """What a key is counted as: "socket", "thread", "child process", ..."""
    family, _, link = key
    if family in _FAMILIES:
        return _FAMILIES[family][0]
    return next((kind for prefix, kind in _KINDS if link.startswith(prefix)), "descriptor")


def _describe(key, sockets, started):
    family, number, link = key
    kind = kind_of(key)
    if family == "thread":
        return Thing(key, *_thread(number, started(number)))
    if family == "child":
        return Thing(key, kind, *_child(number))
    if family in _FAMILIES:
        what = link if family == "temporary" else "%s %s" % (kind, link)
        return Thing(key, kind, what, _FAMILIES[family][1])
    if kind == "socket":
        return Thing(key, kind, *sockets[link])
    return Thing(key, kind, "%s (descriptor %d)" % (link, number), "open")


def _thread(native_id, name):
    """(kind, what, state): one of `threading`, one that only the interpreter knows, or one that Python never sees."""
    known = {thread.native_id: thread for thread in threading.enumerate()}
    thread = known.get(native_id)
    if thread is not None:
        kind = "raw thread" if isinstance(thread, threading._DummyThread) else "thread"
        return kind, "thread %r" % thread.name, "daemon" if thread.daemon else "alive"
    if name is not None:
        return "thread", "thread %s" % name, "ended"
    raw = set(sys._current_frames()) - {thread.ident for thread in known.values()}
    # After a fork, up to 3.13, the main thread still has its parent's kernel id.
    unknown = sorted(number for _, number, _ in _thread_keys() if number not in known and number != os.getpid())
    if native_id in unknown[: len(raw)]:
        return "raw thread", "thread started by _thread", "alive"
    return "native thread", "thread unknown to Python", "alive"


def _child(pid):
    status = _status(pid)
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as cmdline:
            words = cmdline.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        words = ""
    state = "running" if status is None or status[_STATE] != "Z" else "ended, not waited for"
    return "process %d %s" % (pid, words[:200]), state
