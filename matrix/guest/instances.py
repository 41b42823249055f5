"""Objects of chosen types, counted where a case asks for it: `@pytest.mark.objects("package.module.Class")`.

Walks the whole heap, so only for cases about objects that own nothing a kernel knows.
"""

import gc
import sys


class Instances:
    """The instances of some types, by the dotted names of these."""

    def __init__(self, serial, names=()):
        self._serial = serial
        self._names = names

    def keys(self):
        """`("object", number, class)` for each instance."""
        kinds = {kind for kind in map(_find, self._names) if kind is not None}
        if not kinds:
            return set()
        found = [thing for thing in gc.get_objects() if type(thing) in kinds]
        numbered = [(self._serial.number(thing), type(thing).__qualname__) for thing in found]
        return {("object", number, name) for number, name in numbered if number is not None}


def _find(dotted):
    """The class of that name, if its module is imported."""
    module, _, name = dotted.rpartition(".")
    return getattr(sys.modules.get(module), name, None)
