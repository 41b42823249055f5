"""The runs of a case, each in a child of its own: what is measured, as data for the answer.

The verdict run alone decides. The others only add to it: `why` looks for
holders and stacks, `growth` repeats, `bare` checks that the instruments do not disturb.
"""

from collections import namedtuple

from . import growth
from .explain import Witness, explained, left
from .measure import LOOKS, MAX_LISTED, SETTLE, looks, measure
from .reconcile import disagreements
from .watch import Watch

# client: the adapter; peer: under the case's address; objects: dotted names of classes to count; memory: whether
# bytes are counted; known: what the verdict run answered, in the runs after it; waits: of the rung `late`
Setting = namedtuple("Setting", "client peer objects memory known waits")

# s: then what a client does in the background every few seconds may decide between two rungs. What takes a while
# by itself (thousands of things left; PyPy) is no worse off for it.
STALLED, BY_ITSELF = 3.0, 1.0
_BUSY = (
    "looking for what is left took %.1f s longer than it should, twice: the machine is too busy to tell when it went"
)


def verdict(function, arguments, setting):
    """What was left, and when it was gone."""
    found = measure(function, arguments, setting.waits, watch=_watch(setting))
    if found.stalled > STALLED and found.worked < BY_ITSELF:
        return {"status": "timeout", "reason": _BUSY % found.stalled, "stalled": True}
    uncounted = found.watch.uncounted()
    if uncounted:
        raise LookupError("there is no class %s to count" % ", ".join(uncounted))
    connections = setting.peer.connections(found.began, found.held("socket"))
    return {
        "status": "answered",
        "verdict": found.verdict,
        "kinds": found.kinds(),
        "rungs": found.rungs,
        "marks": {rung: _since(found, mark) for rung, mark in found.marks.items()},
        "counts": found.counts(),
        "left": left(found, MAX_LISTED),
        "connections": [_connection(found, connection) for connection in connections[:MAX_LISTED]],
        "peer_open": sum(connection["closed"] is None for connection in connections),
        "sensors": disagreements(found, connections),
        "warnings": found.watch.warnings.listed(),
        "ignored": found.watch.ignored(),
        "cost": round(found.cost, 5),
        "seconds": round(found.seconds, 4),
    }


def why(function, arguments, setting):
    """Who held it, and where it was created."""
    witness = Witness(setting.known["verdict"])
    found = measure(function, arguments, LOOKS[:1], watch=_watch(setting, explaining=True), witness=witness)
    return {"left": explained(found, MAX_LISTED, witness)}


def repeated(function, arguments, setting):
    """Whether it grows."""
    series = growth.repeat(function, arguments, watch=_watch(setting), memory=setting.memory)
    return {"growth": growth.describe(series), "series": growth.sites(series), "memory": growth.memory(series)}


def bare(function, arguments, setting):
    """The same without instruments: the kernel and nobody else. It waits long only for what was late."""
    waits = setting.waits if "late" in setting.known["kinds"].values() else SETTLE
    found = measure(function, arguments, waits, watch=Watch(bare=True))
    return {"bare": found.verdict, "kinds": found.kinds()}


RUNS = {"verdict": verdict, "why": why, "growth": repeated, "bare": bare}


def make_setting(client, peer, item, known, late_seconds):
    """What the runs of a case must know, from its marks."""
    objects = tuple(name for mark in item.iter_markers("objects") for name in mark.args)
    memory = item.get_closest_marker("memory") is not None
    return Setting(client, peer, objects, memory, known, looks(late_seconds))


def _watch(setting, *, explaining=False):
    return Watch(setting.client, setting.objects, explaining=explaining)


def _since(found, moment):
    return round((moment - found.began) / 1e9, 5)


def _connection(found, connection):
    closed = connection["closed"]
    return {
        "opened": _since(found, connection["opened"]),
        "closed": None if closed is None else _since(found, closed),
        "how": connection["how"],
    }
