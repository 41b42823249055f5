"""Numbers for objects: an id is used again as soon as an object is gone, a number is not.

Objects are held weakly: to number is not to keep. Nothing remains of one that is gone.
"""

import itertools
import weakref


class Serial:
    """Gives each object that can be referred to weakly a number of its own, and finds it again while it lives."""

    def __init__(self):
        self._counter = itertools.count(1)
        self._numbers = {}  # id -> number
        self._known = {}  # number -> (reference, note)
        self._names = {}  # number -> what it was called at first

    def number(self, thing, note=()):
        """The number of an object, the same each time; None for one that cannot be referred to weakly.

        A note is kept with it when it is first seen.
        """
        identity = id(thing)
        number = self._numbers.get(identity)
        if number is not None and self._known[number][0]() is thing:
            return number
        number = next(self._counter)
        try:
            reference = weakref.ref(thing, lambda _: self._forget(identity, number))
        except TypeError:
            return None
        self._numbers[identity] = number
        self._known[number] = reference, note
        return number

    def known(self, number):
        """(weak reference, note) of a numbered object."""
        return self._known.get(number, (nothing, ()))

    def first_name(self, number, name):
        """What a numbered object was called when this was first asked: a task may be renamed, and is the same."""
        return self._names.setdefault(number, name)

    def _forget(self, identity, number):
        self._known.pop(number, None)
        self._names.pop(number, None)
        if self._numbers.get(identity) == number:  # else the id is another's by now
            del self._numbers[identity]


def nothing():
    """In place of a weak reference: what it would refer to is gone, is no object, or is not known."""
