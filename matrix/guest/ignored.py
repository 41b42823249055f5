"""What is there and is not a leak: named rules, each with its reason and the version that needs it.

A rule takes a key (see `things`) and the `Origins`, and says whether to leave it out.
"""

import re

_LIBRARY = re.compile(r"^/.*\.so(\.[0-9]+)*$")


def ended_thread(key, origins):
    """A thread that Python has joined or seen end, still listed by the kernel.

    Up to 3.12 `Thread.join` returns when the thread gives up its state, some
    microseconds before the kernel takes it off its list.
    """
    return key[0] == "thread" and origins.ended(key[1])


def library_being_loaded(key, _origins):
    """A shared library that the dynamic loader has open for the moment it takes to map it.

    Up to 3.12 a process's first thread to end does that: `pthread_exit` loads libgcc.
    """
    return key[0] == "descriptor" and _LIBRARY.search(key[2]) is not None


RULES = (ended_thread, library_being_loaded)


def filtered(keys, origins):
    """`keys` without those that a rule explains."""
    return {key for key in keys if not any(rule(key, origins) for rule in RULES)}
