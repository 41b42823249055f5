"""Objects of chosen types, counted where a case asks for it: `@pytest.mark.objects("package.module.Class")`.

Walks the whole heap, so only for cases about objects that own nothing a kernel knows. On PyPy a walk fills the
heap that it walks: there the classes are made to say what they make, and a walk only tells whether something
leads to what is new.
"""

import functools
import gc
import sys

from .collector import COUNTS_REFERENCES


class Instances:
    """The instances of some types, by the dotted names of these."""

    def __init__(self, serial, names=()):
        self._serial = serial
        self.names = names
        self._noted = {}  # class that says what it makes -> numbers
        self._reached = set()  # those that something led to when they were first looked for
        self._unreached = set()

    def keys(self):
        """`("object", number, class)` for each instance. Raises TypeError where instances cannot be followed."""
        kinds = {kind for kind in map(_find, self.names) if kind is not None}
        if not kinds:
            return set()
        if not COUNTS_REFERENCES:
            return self._told(kinds)
        numbered = [(self._serial.number(thing), type(thing).__qualname__) for thing in _there(kinds)]
        for number, name in numbered:
            if number is None:
                raise TypeError("instances of %s cannot be counted: its __slots__ have no __weakref__" % name)
        return {("object", number, name) for number, name in numbered}

    def missing(self):
        """The names for which there is no class: misspelt, or of a module that nothing has imported."""
        return [name for name in self.names if _find(name) is None]

    def _told(self, kinds):
        for kind in kinds.difference(self._noted):
            self._noted[kind] = {self._serial.number(thing) for thing in _there({kind})}
            self._watch(kind)
        alive = {
            number: kind.__qualname__
            for kind, numbers in self._noted.items()
            for number in tuple(numbers)
            if self._serial.known(number)[0]() is not None
        }
        new = set(alive) - self._reached - self._unreached
        if new:
            there = {self._serial.number(thing) for thing in _there(kinds)}
            self._reached |= new & there
            self._unreached |= new - there
        return {("object", number, alive[number]) for number in self._reached.intersection(alive)}

    def _watch(self, kind):
        made = kind.__init__

        @functools.wraps(made)
        def noting(thing, *args, **kwargs):
            if type(thing) is kind:
                self._noted[kind].add(self._serial.number(thing))
            if made is not object.__init__:  # which refuses what another `__new__` takes
                made(thing, *args, **kwargs)

        kind.__init__ = noting


def _there(kinds):
    return [thing for thing in gc.get_objects() if type(thing) in kinds]


def _find(dotted):
    """The class of that name, if its module is imported."""
    module, _, name = dotted.rpartition(".")
    return getattr(sys.modules.get(module), name, None)
