"""The ladder: what a scenario left behind, counted at each moment until it is gone.

Snapshot, filter, settle: the difference to the look before the scenario, less what
`ignored` explains, is counted at each rung. Cheap looks come first, so that a clean
case costs microseconds and only a leak pays the waiting. Automatic collection is
off meanwhile: else its timing would decide between two rungs.
"""

import gc

from . import ignored, things
from .origins import Origins
from .scenario import Call
from .wire import RUNGS, VERDICTS

# Doubling from 1 ms to 100 ms, at the most 20 looks: 1.4 s for something that stays.
LOOKS = tuple(min(0.001 * 2**i, 0.1) for i in range(20))
# After a step of our own (dropping, collecting): for what closes with a moment's delay.
SETTLE = LOOKS[:5]

MAX_LISTED = 50


class Measurement:
    """What one scenario left: `rungs` (rung -> number), `gone` (key -> verdict), and descriptions."""

    def __init__(self, before):
        self.before = before
        self.returned = set()
        self.rungs = {}
        self.seen = {}  # key -> (Thing, Origin or None), in the order of appearance
        self.gone = {}
        self.seconds = 0.0

    @property
    def verdict(self):
        """The worst of all things, `clean` without any."""
        return max(self.gone.values(), key=VERDICTS.index, default="clean")

    def held(self, kind):
        """How many things of a kind are there to the end."""
        return sum(verdict == "held" and self.seen[key][0].kind == kind for key, verdict in self.gone.items())

    def counts(self):
        """Kind -> [before, at the return], for the kinds that are there at all."""
        before, after = things.count(self.before), things.count(self.returned)
        return {kind: [before[kind], after[kind]] for kind in sorted(set(before) | set(after))}


def measure(function, arguments, looks=LOOKS, witness=None):
    """Run a scenario and climb the ladder.

    `witness(rung, call, keys, origins)` is called after each rung while something is
    left: the explaining run looks for holders there. Raises what the scenario raises.
    """
    origins = Origins()
    origins.watch()
    call = Call(function, arguments)
    gc.collect()
    gc.disable()
    found = Measurement(things.keys())
    if call.loop is not None:
        origins.watch_tasks(call.loop)
    ladder = _Ladder(found, origins, call, witness)
    call.run()
    found.seconds = call.seconds
    ladder.rung("returned", ())
    ladder.rung("late", looks)
    ladder.rung("refcount", SETTLE, call.drop)
    ladder.rung("gc", SETTLE, call.collect)
    if call.loop is not None:
        ladder.rung("loop", SETTLE, call.close_loop)
    ladder.end()
    return found


class _Ladder:
    def __init__(self, found, origins, call, witness):
        self._found = found
        self._origins = origins
        self._call = call
        self._witness = witness
        self._left = set()

    def rung(self, name, looks, step=None):
        """Take a step, look until nothing is left or the looks are used up, and note what is."""
        found = self._found
        if self._left or name == "returned":
            if step is not None:
                step()
            self._left = self._look()
            for delay in looks:
                if not self._left:
                    break
                self._call.wait(delay)
                self._left = self._look()
        found.rungs[name] = len(self._left)
        if name == "returned":
            found.returned = (things.keys() & found.before) | self._left
        self._describe_new()
        verdict = VERDICTS[RUNGS.index(name)]
        for key in found.seen:
            if key in self._left:
                found.gone.pop(key, None)  # came back: a descriptor number, say
            else:
                found.gone.setdefault(key, verdict)
        if self._left and self._witness is not None:
            self._witness(name, self._call, self._left, self._origins)

    def end(self):
        self._found.rungs["held"] = len(self._left)
        for key in self._left:
            self._found.gone[key] = "held"

    def _look(self):
        there = things.keys() | self._origins.task_keys(self._call.tasks())
        return ignored.filtered(there - self._found.before, self._origins)

    def _describe_new(self):
        new = self._left - set(self._found.seen)
        origins = self._origins.of(new)
        for thing in things.describe(new):
            self._found.seen[thing.key] = (thing, origins.get(thing.key))
