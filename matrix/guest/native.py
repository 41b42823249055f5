"""Where descriptors come from that no audit event tells of: those of native code, pipes, open files.

At each call and return that Python sees, the lowest free descriptor is asked for: the kernel gives out the
lowest, so where that number has changed, the call that has just ended opened or closed something. Between two
and ten times the cost of the scenario: for the explaining run only. What another thread opens is
charged to whatever this one was doing.
"""

import os
import sys

from . import things
from .origins import Origin, stack_of
from .serial import nothing

MOST_EVENTS = 250000  # a second or two; what is opened later has no known origin


class Probe:
    """A profile function for `sys.setprofile`; afterwards, `of` has what it saw appear."""

    def __init__(self):
        self._own = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._lowest = self._free()
        self._there = things.descriptor_keys()
        self._stacks = {}  # key -> stack
        self._events = 0

    def __call__(self, frame, _event, _argument):
        """After each event of the interpreter's."""
        self._events += 1
        if self._events > MOST_EVENTS:
            sys.setprofile(None)
            return
        lowest = self._free()
        # All below it are in use; of these, only what lay between may be new.
        for number in range(self._lowest, lowest):
            key = things.descriptor_key(number)
            if key is not None and key not in self._there:
                self._there.add(key)
                self._stacks[key] = stack_of(frame)
        self._lowest = lowest

    def of(self, keys):
        """Key -> origin, for the descriptors that were seen to appear."""
        return {key: Origin(nothing, self._stacks[key]) for key in keys if key in self._stacks}

    def _free(self):
        try:
            descriptor = os.dup(self._own)
        except OSError:
            return -1  # the scenario has used up all, or closed ours
        os.close(descriptor)
        return descriptor
