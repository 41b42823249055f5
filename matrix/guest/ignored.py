"""What is there and is not a leak: named rules, each with its reason and the version that needs it.

A rule takes a key (see `things`), the `Origins` and the `Loops`, and says whether to leave it out. How often each
did is part of the answer, so that a rule that nothing needs any more is seen.

No rule asks whether a thread is a daemon: executors' workers are daemons in 3.8 and are none since 3.9.
"""

import os
import re
import sys

_HELPER = re.compile(rb"from multiprocessing\.(resource_tracker|forkserver) import")
_LIBRARY = re.compile(r"^/.*\.so(\.[0-9]+)*$")


def ended_thread(key, origins, _loops):
    """A thread that Python has joined or seen end, still listed by the kernel.

    Up to 3.12 `Thread.join` returns when the thread gives up its state, some
    microseconds before the kernel takes it off its list.
    """
    return key[0] == "thread" and origins.ended(key[1])


def library_being_loaded(key, _origins, _loops):
    """A shared library that the dynamic loader has open for the moment it takes to map it.

    Up to 3.12 a process's first thread to end does that: `pthread_exit` loads libgcc.
    """
    return key[0] == "descriptor" and _LIBRARY.search(key[2]) is not None


def helper_of_multiprocessing(key, _origins, _loops):
    """The resource tracker and the fork server, which live as long as the program, by design.

    Since 3.14 the first `multiprocessing.Process` of a program starts both; before, the tracker came with
    shared memory or the start method `spawn` only.
    """
    return key[0] == "child" and _HELPER.search(_command(key[1])) is not None


def pipe_of_multiprocessing(key, _origins, _loops):
    """The pipes to these helpers: they end when the program closes its end by ending itself (3.14)."""
    return key[0] == "descriptor" and key[1] in _helper_descriptors()


def folder_of_multiprocessing(key, _origins, _loops):
    """The folder for the fork server's socket, deleted at exit (3.14)."""
    process = sys.modules.get("multiprocessing.process")
    if key[0] != "temporary" or process is None:
        return False
    return os.path.basename(process.current_process()._config.get("tempdir") or "") == key[2]


def idle_worker_of_a_loop(key, _origins, loops):
    """A thread of an open loop's default executor that waits for work: asyncio's own, and it ends with the loop.

    Whoever awaits `run_in_executor`, and be it for a look-up of a name, has one; one that is still busy counts.
    """
    return key[0] == "thread" and key[1] in loops.idle_workers()


RULES = (
    ended_thread,
    idle_worker_of_a_loop,
    library_being_loaded,
    helper_of_multiprocessing,
    pipe_of_multiprocessing,
    folder_of_multiprocessing,
)


def filtered(keys, origins, loops, hits):
    """`keys` without those that a rule explains; these are added to `hits`, by the rule's name."""
    left = set()
    for key in keys:
        rule = next((rule for rule in RULES if rule(key, origins, loops)), None)
        if rule is None:
            left.add(key)
        else:
            hits.setdefault(rule.__name__, set()).add(key)
    return left


def _command(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as words:
            return words.read()
    except OSError:
        return b""


def _helper_descriptors():
    tracker = sys.modules.get("multiprocessing.resource_tracker")
    server = sys.modules.get("multiprocessing.forkserver")
    found = set()
    if tracker is not None:
        found.add(getattr(tracker._resource_tracker, "_fd", None))
    if server is not None:
        found.add(getattr(server._forkserver, "_forkserver_alive_fd", None))
    return found
