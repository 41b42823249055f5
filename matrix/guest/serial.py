"""Numbers for objects: an id is used again as soon as an object is gone, a number is not.

Objects are held weakly: to number is not to keep.
"""

import itertools
import weakref


class Serial:
    """Gives each object that can be referred to weakly a number of its own, and finds it again while it lives."""

    def __init__(self):
        self._counter = itertools.count(1)
        self._numbers = {}  # id -> (reference, number)
        self._references = {}  # number -> reference

    def number(self, thing):
        """The number of an object, the same each time; None for one that cannot be referred to weakly."""
        known = self._numbers.get(id(thing))
        if known is not None and known[0]() is thing:
            return known[1]
        try:
            reference = weakref.ref(thing)
        except TypeError:
            return None
        number = next(self._counter)
        self._numbers[id(thing)] = reference, number
        self._references[number] = reference
        return number

    def reference(self, number):
        """The weak reference to a numbered object."""
        return self._references.get(number, _nothing)


def _nothing():
    """In place of a weak reference, for what was never seen."""
