"""Whether what is left grows when a scenario is repeated."""

import os
import socket
import threading
from collections import OrderedDict

import pytest

from matrix.guest import collector
from matrix.guest.growth import MOST, classify, describe, memory, repeat, sites, tells

KEPT = []
POOL = OrderedDict()
CALLS = []


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        pytest.param([1] * 8, "constant 1", id="one from the first call on"),
        pytest.param([*range(1, 11)] + [10] * 10, "bounded at 10", id="a pool that fills"),
        pytest.param([3, 1, 2, 3, 1, 2, 3, 1, 2, 3], "bounded at 3", id="collected now and then"),
        pytest.param([*range(1, 33)], "+1 per call", id="one more for each call"),
        pytest.param([*range(2, 66, 2)], "+2 per call", id="two more for each call"),
        pytest.param([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8], "+0.47 per call", id="every other call"),
        pytest.param([1] * 5 + [2] * 5 + [3] * 5 + [4], "+0.2 per call", id="every fifth call"),
        pytest.param([*range(1, 17)] + [16] * 16, "bounded at 16", id="a pool that fills late"),
        pytest.param([1, 4, 9, 16, 25, 36, 49, 64], "no plateau within 8", id="faster and faster"),
        pytest.param([1, 3, 1, 5, 2, 7, 1, 9], "no plateau within 8", id="up and down, and up"),
    ],
)
def test_classes(counted, words):
    """A series is read for its plateau."""
    assert classify(counted)[2] == words


def test_the_worst_site_speaks_for_the_case():
    """A pool beside a true leak does not hide it."""
    assert describe({"pool": [1] * 8, "leak": [*range(1, 9)]}) == "+1 per call"


@pytest.mark.parametrize(
    ("counts", "told"),
    [(True, ["refcount", "gc", "loop", "held"]), (False, ["refcount", "loop", "held"])],
    ids=["CPython", "PyPy"],
)
def test_what_repeating_tells(monkeypatch, counts, told):
    """With a collection after each call, what a collection frees says nothing by not piling up."""
    monkeypatch.setattr(collector, "COUNTS_REFERENCES", counts)
    assert [verdict for verdict in ("refcount", "gc", "loop", "held") if tells(verdict)] == told


def test_nothing_left_is_no_growth():
    """What goes with the locals does not pile up in a program."""
    assert describe({}) is None


def keep(peer):
    KEPT.append(socket.create_connection((peer.address, peer.port)))


def keep_the_last(peer):
    KEPT[:] = [socket.create_connection((peer.address, peer.port))]


def keep_ten(peer):
    """As urllib3 keeps its pools: the eleventh pushes out the first."""
    POOL[len(POOL), os.urandom(4)] = socket.create_connection((peer.address, peer.port))
    if len(POOL) > 10:
        POOL.popitem(last=False)[1].close()


def keep_every_fourth(peer):
    CALLS.append(peer)
    if len(CALLS) % 4 == 1:
        keep(peer)


def keep_two_threads(peer):
    assert peer
    for _ in range(2):
        threading.Thread(target=threading.Event().wait, daemon=True).start()


def close(peer):
    socket.create_connection((peer.address, peer.port)).close()


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        pytest.param(keep, "+1 per call", id="leak"),
        pytest.param(keep_the_last, "constant 1", id="replaced"),
        pytest.param(keep_every_fourth, "+0.23 per call", id="every fourth call"),
        pytest.param(keep_ten, "bounded at 10", id="lru of ten"),
        pytest.param(keep_two_threads, "+2 per call", id="threads"),
        pytest.param(close, None, id="closed"),
    ],
)
def test_repeated(in_child, peer, scenario, words):
    """A tiny program with a known growth gets it."""
    outcome = in_child(lambda: {"growth": describe(repeat(scenario, {"peer": peer}))})
    assert outcome["growth"] == words


def keep_and_close_later(peer):
    """One stays, another goes a moment after the call: only a wait tells how many that makes."""
    KEPT.append(socket.create_connection((peer.address, peer.port)))
    passing = socket.create_connection((peer.address, peer.port))
    threading.Timer(0.005, passing.close).start()


def test_what_is_late_is_not_counted(in_child, peer):
    """However steady the growth has been, each call is given the time to end what it began."""
    outcome = in_child(lambda: {"growth": describe(repeat(keep_and_close_later, {"peer": peer}))})
    assert outcome["growth"] == "+1 per call"


def test_stops_early(in_child, peer):
    """A series that is flat is not repeated to the end."""
    outcome = in_child(lambda: {"calls": max(map(len, repeat(keep_the_last, {"peer": peer}).values()))})
    assert outcome["calls"] < MOST


KEPT = []


def keeps_memory():
    KEPT.append(bytearray(1000))


def keeps_nothing():
    bytearray(1000)


def fills_a_cache():
    if len(KEPT) < 5:
        KEPT.append(bytearray(1000))


@pytest.mark.parametrize(
    ("scenario", "grows"),
    [(keeps_memory, True), (keeps_nothing, False), (fills_a_cache, False)],
)
def test_memory(in_child, scenario, grows):
    """Bytes that each call leaves, where that is asked for; a cache that fills while it is warm is none."""

    def task():
        series = repeat(scenario, {}, memory=True)
        return memory(series), [site["growth"] for site in sites(series)], describe(series)

    words, told, growth = in_child(task)
    assert (words is not None) is grows
    assert told == [words or "no steady growth"]
    assert growth == words
    assert not grows or 1000 <= int(words.split()[0]) < 1500


# Of `aiohttp_jar` on PyPy, which keeps nothing: what its compiler took meanwhile.
COMPILING = "0 1368 8152 9016 9016 9544 24936 38128 38128 38128 38128 39112 85616 87360 88336 88976 88976 88976 94672"
# Of the same on 3.8, with aiohttp 3.8.6: urlsplit's cache, which is emptied at 20 addresses, as many as a call has.
EMPTIED = "0 386 752 1118 1529 1895 2261 2627 3812 4539 -2475 -2107 -1739 -1371 -875 -507 -139 2234 2602 3250 3657 4023"


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        pytest.param([*map(int, COMPILING.split()), 94672, 94672, 94672, 106032, 106032], None, id="now and then"),
        pytest.param([0, *range(500, 12000, 500)], "+500 bytes per call", id="each time"),
        pytest.param([number * 100 + number // 6 * 9000 for number in range(24)], "+100 bytes per call", id="by jumps"),
        pytest.param([*map(int, EMPTIED.split()), 4389, 4755], None, id="a cache that is emptied"),
        pytest.param([8000, *[9000] * 23], None, id="at first"),
    ],
)
def test_memory_is_read_for_what_each_call_takes(counted, words):
    """Most calls take some where something is kept; now and then does not count."""
    assert memory({("memory", ()): counted}) == words
