"""The ladder: what a scenario left behind, counted at each moment until it is gone.

Snapshot, filter, settle: the difference to the look before the scenario, less what
`ignored` explains, is counted at each rung. Cheap looks come first, so that a clean
case costs microseconds and only a leak pays the waiting. Automatic collection is
off meanwhile: else its timing would decide between two rungs.
"""

import gc
import time

from . import things
from .collector import COUNTS_REFERENCES
from .scenario import Call
from .watch import Watch
from .wire import RUNGS, VERDICTS

_STEP, _FEWEST = 0.1, 8  # the longest wait between two looks, in seconds; looks on even the slowest machine


def looks(seconds):
    """The waits between looks: 1 ms, doubling up to 100 ms, that come to about `seconds`, and never fewer than 8."""
    waits = []
    while sum(waits) < seconds or len(waits) < _FEWEST:
        waits.append(min(0.001 * 2 ** len(waits), _STEP))
    return tuple(waits)


LATE = 1.4  # seconds, 20 looks: what something that stays costs
LOOKS = looks(LATE)
# After a step of our own (dropping, collecting), 0.25 s: for what closes in the background once it is let go of.
SETTLE = LOOKS[:8]

MAX_LISTED = 50


class Measurement:
    """What one scenario left: `rungs` (rung -> number), `gone` (key -> verdict), and descriptions."""

    def __init__(self, watch):
        self.watch = watch
        self.before = watch.before
        self.returned = set()
        self.rungs = {}
        self.marks = {}  # rung -> when it ended, CLOCK_MONOTONIC in ns
        self.seen = {}  # key -> (Thing, Origin or None), in the order of appearance
        self.gone = {}
        self.of_python = set()  # the descriptors of Python's own sockets, at the return
        self.began = 0  # CLOCK_MONOTONIC in ns
        self.seconds = 0.0
        self.cost = 0.0
        self.worked = 0.0  # s of a processor, from the return to the end of the rung `gc`
        self.stalled = 0.0  # s between these two in which it neither worked nor had asked to wait

    @property
    def verdict(self):
        """The worst of all things, `clean` without any."""
        return max(self.gone.values(), key=VERDICTS.index, default="clean")

    def kinds(self):
        """Kind -> its verdict, the worst of its things, for the kinds that were left."""
        found = {}
        for key, verdict in self.gone.items():
            kind = self.seen[key][0].kind
            found[kind] = max(found.get(kind, "clean"), verdict, key=VERDICTS.index)
        return dict(sorted(found.items()))

    def held(self, kind):
        """How many things of a kind are there to the end."""
        return sum(verdict == "held" and self.seen[key][0].kind == kind for key, verdict in self.gone.items())

    def counts(self):
        """Kind -> [before, at the return], for the kinds that are there at all."""
        before, after = things.count(self.before), things.count(self.returned & self.before)
        for key in self.returned - self.before:
            after[self.seen[key][0].kind] += 1
        return {kind: [before[kind], after[kind]] for kind in sorted(set(before) | set(after))}


def measure(function, arguments, waits=LOOKS, *, watch=None, witness=None):
    """Run a scenario and climb the ladder.

    `witness(rung, call, keys, watch)` is called after each rung while something is
    left: the explaining run looks for holders there, and ends before the locals are dropped
    if `witness.stays` is false. Raises what the scenario raises.
    """
    started = time.monotonic()
    watch = watch or Watch()
    watch.instrument()
    call = Call(function, arguments)
    watch.know(call.loop)
    gc.collect()
    gc.disable()
    watch.begin()
    found = Measurement(watch)
    ladder = _Ladder(found, watch, call, witness)
    found.began = time.monotonic_ns()
    call.run(watch.probe)
    found.seconds = call.seconds
    looking, working = time.monotonic(), time.process_time()
    ladder.rung("returned", ())
    found.cost = time.monotonic() - started - call.seconds
    ladder.rung("late", waits)
    if witness is not None and not witness.stays:
        ladder.end()
        return found
    # An explaining run waits for one look alone: what it asks about stays beyond this rung.
    ladder.rung("refcount", SETTLE[: len(waits)], call.drop)
    ladder.rung("gc", SETTLE, call.collect_new, call.collect)
    found.worked = time.process_time() - working
    found.stalled = time.monotonic() - looking - ladder.waited - found.worked
    if call.loop is not None:
        ladder.rung("loop", SETTLE, call.close_loop)
    ladder.end()
    return found


class _Ladder:
    def __init__(self, found, watch, call, witness):
        self._found = found
        self._watch = watch
        self._call = call
        self._witness = witness
        self._left = set()
        self.waited = 0.0  # s, as asked for, or in our own steps: a finalizer may wait for a thread to end

    def rung(self, name, waits, *steps):
        """Take the steps, while something is left; look until nothing is or the looks are used up; note what is."""
        found = self._found
        self._watch.warnings.moment(name)
        if name == "returned":
            found.of_python = self._watch.origins.sockets()  # before the kernel is asked: one may close in between
        if self._left or name == "returned":
            self._climb(waits, steps)
        found.rungs[name] = len(self._left)
        found.marks[name] = time.monotonic_ns()
        self._describe_new()
        if name == "returned":
            found.returned = (self._watch.there() & found.before) | self._left
        verdict = VERDICTS[RUNGS.index(name)]
        for key in found.seen:
            if key in self._left:
                found.gone.pop(key, None)  # came back: a descriptor number, say
            else:
                found.gone.setdefault(key, self._when(key, verdict))
        if self._left and self._witness is not None:
            self._witness(name, self._call, self._left, self._watch)

    def _climb(self, waits, steps):
        self._left = self._watch.left()
        for step in steps:
            if self._left:
                began, worked = time.monotonic(), time.process_time()
                step()
                self.waited += max(0.0, time.monotonic() - began - (time.process_time() - worked))
                self._left = self._watch.left()
        for delay in waits:
            if not self._left:
                break
            self._call.wait(delay)
            self.waited += delay
            self._left = self._watch.left()

    def _when(self, key, verdict):
        """PyPy frees what is young when it likes, even with collection off: that was the collector all the same."""
        early = VERDICTS.index(verdict) < VERDICTS.index("gc")
        return "gc" if early and not COUNTS_REFERENCES and self._watch.freed(key) else verdict

    def end(self):
        self._found.rungs["held"] = len(self._left)
        for key in self._left:
            self._found.gone[key] = "held"

    def _describe_new(self):
        new = self._left - set(self._found.seen)
        origins = self._watch.origins_of(new)
        for thing in things.describe(new, self._watch.origins.started):
            self._found.seen[thing.key] = (thing, origins.get(thing.key))
