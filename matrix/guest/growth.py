"""Does it grow? A scenario repeated in one process, and what is left counted after each time.

A pool that keeps one connection is no leak that kills a service; one more descriptor for
each call is. So the counts are kept for each creation site, and a series is read for a
plateau: an LRU of ten pools grows ten times and then no more.

As in a program, and unlike in the verdict run, the interpreter collects when it likes:
where only the collector frees something, the peak says how many pile up before it comes.
"""

import gc

from . import ignored, things
from .origins import Origins
from .scenario import Call

MOST = 32
_FEWEST = 8
_SETTLE = (0.001, 0.002, 0.004, 0.008, 0.016)


def repeat(function, arguments, most=MOST):
    """Call a scenario up to `most` times; site -> how many were left after each call.

    A site is the kind of thing and the lines that created it. Stops early once every
    site has stopped growing. Raises what the scenario raises.
    """
    origins = Origins()
    origins.watch()
    call = Call(function, arguments)
    if call.loop is not None:
        origins.watch_tasks(call.loop)
    gc.collect()
    before = things.keys()
    series = {}
    for number in range(1, most + 1):
        call.run()
        call.drop()
        counts = _settled(before, origins, call, series)
        for site in set(series) | set(counts):
            series.setdefault(site, [0] * (number - 1)).append(counts.get(site, 0))
        if number >= _FEWEST and all(_flat(counted) for counted in series.values()):
            break
    return series


def describe(series):
    """The growth of a case in a word or two: that of the site that grows worst.

    `constant 1`, `bounded at 10`, `+1 per call`, `no plateau within 32`; None where nothing
    outlives a call in an ordinary program.
    """
    found = [classify(counted) for counted in series.values()]
    return max(found, key=lambda growth: growth[:2], default=(0, 0, None))[2]


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
    """As much of a series as it takes to believe in a plateau: its second half."""
    return counted[-max(4, len(counted) // 2) :]


def _flat(counted):
    """Nothing new for as long again as it took to get there."""
    return len(set(_tail(counted))) == 1


def _settled(before, origins, call, series):
    """Site -> count, once that is no more than it was after the last call, or after a short wait."""
    last = sum(counted[-1] for counted in series.values())
    left = _left(before, origins, call)
    for delay in _SETTLE:
        if len(left) <= last:
            break
        call.wait(delay)
        left = _left(before, origins, call)
    counts = {}
    found = origins.of(left)
    for key in left:
        stack = found[key].stack if key in found else ()
        site = (things.kind_of(key), tuple((code.co_filename, line) for code, line in stack))
        counts[site] = counts.get(site, 0) + 1
    return counts


def _left(before, origins, call):
    there = things.keys() | origins.task_keys(call.tasks())
    return ignored.filtered(there - before, origins)
