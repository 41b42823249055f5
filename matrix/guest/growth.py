"""Does it grow? A scenario repeated in one process, and what is left counted after each time.

A pool that keeps one connection is no leak that kills a service; one more descriptor for
each call is. So the counts are kept for each creation site, and a series is read for a
plateau: an LRU of ten pools grows ten times and then no more.

As in a program, and unlike in the verdict run, the interpreter collects when it likes:
where only the collector frees something, the peak says how many pile up before it comes. Where it
frees everything (PyPy), it is run after each call: what grows is what it does not free, and what it frees is not
asked about (`tells`).
"""

import gc
import time
from array import array
from statistics import median

from . import collector, things
from .origins import frames
from .scenario import Call
from .watch import Watch

MOST = 32
MAX_SITES = 20
PATIENCE = 10.0  # s: a scenario that waits is not repeated as often
_FEWEST = 8
_SETTLE = (0.001, 0.002, 0.004, 0.008, 0.016)
_WARM = 8  # repetitions until caches are filled, before memory counts
_BYTES = 32  # per call: an object or two; repeating costs none by itself


def tells(verdict):
    """Whether repeating says anything of something left with this verdict."""
    return collector.COUNTS_REFERENCES or verdict != "gc"


def repeat(function, arguments, most=MOST, *, watch=None, memory=False, seconds=PATIENCE):
    """Call a scenario up to `most` times, begun within so many seconds; site -> how many were left after each call.

    A site is the kind of thing and the stack that created it. With `memory`, also the
    bytes that Python has allocated, which take all the repetitions to tell. Stops early once
    every site has stopped growing. Raises what the scenario raises.
    """
    watch = watch or Watch()
    watch.instrument()
    call = Call(function, arguments)
    gc.collect()
    watch.begin()
    series = {}  # (kind, place among the stacks) -> counts
    stacks = []
    heap = array("q", bytes(8 * (most + 1)))  # made beforehand: what counts must not grow
    deadline = time.monotonic() + seconds
    for number in range(1, most + 1):
        if number > _FEWEST and time.monotonic() > deadline and not memory:
            break
        call.run()
        call.drop()
        if not collector.COUNTS_REFERENCES:
            gc.collect()  # 32 calls are too few for it to come by itself, and it alone frees anything
        counts = _settled(watch, call, series, stacks)
        for site in set(series) | set(counts):
            series.setdefault(site, [0] * (number - 1)).append(counts.get(site, 0))
        if memory:
            heap[number] = collector.allocated()
        elif number >= _FEWEST and all(_flat(counted) for counted in series.values()):
            break
    series = {(kind, stacks[place]): counted for (kind, place), counted in series.items()}
    if memory:
        series["memory", ()] = [later - heap[_WARM + 1] for later in heap[_WARM + 1 :]]
    return series


def describe(series):
    """The growth of a case in a word or two: that of the site that grows worst.

    `constant 1`, `bounded at 10`, `+1 per call`, `no plateau within 32`; None where nothing
    outlives a call in an ordinary program.
    """
    found = [classify(counted) for site, counted in series.items() if site[0] != "memory"]
    if not found:
        found = [(3, 0, words) for words in [memory(series)] if words is not None]
    return max(found, key=lambda growth: growth[:2], default=(0, 0, None))[2]


def memory(series):
    """`+640 bytes per call`, or None where memory was not asked for or does not grow steadily."""
    counted = series.get(("memory", ()))
    if counted is None:
        return None
    tail = counted[-max(4, len(counted) // 2) :]
    steps = sorted(later - earlier for earlier, later in zip(tail, tail[1:]))
    # Three calls of four: a leak is there each time; a dictionary, or PyPy's compiler, takes some now and then.
    if steps[len(steps) // 4] < _BYTES:
        return None
    if min(counted[_FEWEST // 2 :]) <= counted[0]:
        return None  # all of it was given back once: a cache that is emptied when it is full, as urlsplit's of 3.8
    return "+%d bytes per call" % median(steps)  # not the mean, for the sake of these jumps


def sites(series):
    """Each site as data, the worst first: kind, its innermost line, counts and growth."""
    found = []
    for (kind, stack), counted in series.items():
        words = memory(series) or "no steady growth" if kind == "memory" else classify(counted)[2]
        lines = frames(stack)
        line = "%(file)s:%(line)d in %(function)s" % lines[-1] if lines else ""
        order = -max(counted), kind, line
        found.append((order, {"kind": kind, "site": line, "counts": counted, "growth": words}))
    return [site for _, site in sorted(found, key=lambda entry: entry[0])[:MAX_SITES]]


def classify(counted):
    """One site's series as (badness, size, words)."""
    peak = max(counted)
    tail = _tail(counted)
    if len(set(counted)) == 1:
        return 0, peak, "constant %d" % peak
    if _flat(counted) or peak in counted[: -len(tail)]:
        return 1, peak, "bounded at %d" % peak
    steps = {later - earlier for earlier, later in zip(counted, counted[1:])}
    if len(steps) == 1:
        step = steps.pop()
        return 3, step, "+%d per call" % step
    if min(steps) >= 0 and _steady(counted):
        rate = (counted[-1] - counted[0]) / (len(counted) - 1)
        return 3, rate, "+%.2g per call" % rate
    return 2, peak, "no plateau within %d" % len(counted)


def _steady(counted):
    """The two halves grow by the same, give or take one."""
    half = len(counted) // 2
    return abs((counted[half] - counted[0]) - (counted[2 * half - 1] - counted[half - 1])) <= 1


def _tail(counted):
    """As much of a series as it takes to believe in a plateau: its second half, and what that began with."""
    return counted[-max(4, len(counted) // 2 + 1) :]


def _flat(counted):
    """Nothing new for as long again as it took to get there."""
    return len(set(_tail(counted))) == 1


def _expected(series):
    """As many as after the last call; and one step more, where all calls until now took the same one up."""
    totals = [sum(counts) for counts in zip(*series.values())]
    steps = {later - earlier for earlier, later in zip(totals, totals[1:])}
    steady = len(totals) >= _FEWEST and len(steps) == 1
    return sum(totals[-1:]) + (max(0, steps.pop()) if steady else 0)


def _place(stack, stacks):
    """Where a list has a stack, at its end if it is new. To compare two takes 3 us; to hash one, 0.1 ms."""
    if stack not in stacks:
        stacks.append(stack)
    return stacks.index(stack)


def _settled(watch, call, series, stacks):
    """Site -> count, once that is no more than was to be expected, or after a short wait."""
    expected = _expected(series)
    left = watch.left()
    for delay in _SETTLE:
        if len(left) <= expected:
            break
        call.wait(delay)
        left = watch.left()
    counts = {}
    found = watch.origins_of(left)
    for key in left:
        stack = found[key].stack if key in found else ()
        site = things.kind_of(key), _place(stack, stacks)
        counts[site] = counts.get(site, 0) + 1
    return counts
