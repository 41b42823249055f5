"""What the detector costs, as ratios and differences of two things in one run, taken in turns.

python benchmarks/cost.py        (needs requests and httpx: `tox -e bench-cost`)

Targets: a keep-alive request under the verdict run at most 1.15 x bare; a socket's creation at most 25 us more; a
clean case at most 30 ms over the bare fork; the explaining run of a real client at most 0.5 s. Ends with 1 if one is
missed. As in a cell, what is there before a child is frozen: no collection walks it. Machines are noisy:
the median of many turns, with the load beside it.
"""

import gc
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median
from types import ModuleType

import httpx
import requests
from repeat import tiny_peer

from matrix.guest.explain import Witness, explained
from matrix.guest.forked import Child
from matrix.guest.measure import LOOKS, MAX_LISTED, measure
from matrix.guest.scenario import Call
from matrix.guest.watch import Watch

TURNS = 15
# In a module of its own, as a program's default client is: this one is `__main__`, which no chain is looked for in.
KEPT = sys.modules.setdefault("kept", ModuleType("kept")).__dict__.setdefault("SESSIONS", [])


def main() -> int:
    with tiny_peer() as port, tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{port}/"
        requests.get(url, timeout=5)
        httpx.get(url)
        gc.collect()
        gc.freeze()
        rows = [
            request_ratio(url, folder),
            creation_difference(folder),
            case_difference(folder),
            explaining("requests", lambda: keep(requests.Session(), url), folder),
            explaining("httpx", lambda: keep(httpx.Client(), url), folder),
        ]
    print(f"Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
    print("| what | bare | with the detector | cost | target |\n|---|---|---|---|---|")
    for what, bare, ours, cost, target, _ in rows:
        print(f"| {what} | {bare} | {ours} | {cost} | {target} |")
    return int(not all(kept for *_, kept in rows))


def keep(session, url) -> None:
    KEPT.append(session)
    session.get(url)


def request_ratio(url: str, folder: str) -> tuple:
    def requests_made() -> float:
        session = requests.Session()
        session.get(url, timeout=5)
        return timed(lambda: session.get(url, timeout=5), 200)

    bare, ours = in_turns(requests_made, folder)
    ratio = ours / bare
    figures = f"{bare * 1e6:.0f} us", f"{ours * 1e6:.0f} us", f"{ratio:.2f} x"
    return "keep-alive request", *figures, "1.15 x", ratio <= 1.15


def creation_difference(folder: str) -> tuple:
    bare, ours = in_turns(lambda: timed(lambda: socket.socket().close(), 2000), folder)
    more = (ours - bare) * 1e6
    figures = f"{bare * 1e6:.1f} us", f"{ours * 1e6:.1f} us", f"+{more:.1f} us"
    return "socket created and closed", *figures, "+25 us", more <= 25


def case_difference(folder: str) -> tuple:
    def clean() -> None:
        socket.socket().close()

    bare, ours = [], []
    for _ in range(TURNS * 2):
        bare.append(child_seconds(clean, folder))
        ours.append(child_seconds(lambda: measure(clean, {}).verdict, folder))
    more = (median(ours) - median(bare)) * 1000
    figures = f"{median(bare) * 1000:.1f} ms", f"{median(ours) * 1000:.1f} ms", f"+{more:.1f} ms"
    return "clean case in its child", *figures, "+30 ms", more <= 30


def explaining(name: str, scenario: Callable[[], None], folder: str) -> tuple:
    def why() -> int:
        witness = Witness("held")
        found = measure(scenario, {}, LOOKS[:1], watch=Watch(explaining=True), witness=witness)
        items = explained(found, MAX_LISTED, witness)
        assert items[0]["held_by"], items
        return len(items)

    bare = median(child_seconds(scenario, folder) for _ in range(TURNS))
    ours = median(child_seconds(why, folder) for _ in range(TURNS))
    return f"explaining run, {name}", f"{bare:.3f} s", f"{ours:.3f} s", f"{ours:.3f} s", "0.5 s", ours <= 0.5


def in_turns(function: Callable[[], float], folder: str) -> tuple[float, float]:
    """Seconds without and with the instruments, called as a case is, each in a child, in turns: the medians."""

    def called() -> float:
        taken = []
        Call(lambda: taken.append(function()), {}).run()
        return taken[0]

    def instrumented() -> float:
        Watch().instrument()
        return called()

    bare, ours = [], []
    for _ in range(TURNS):
        bare.append(answer(called, folder))
        ours.append(answer(instrumented, folder))
    return median(bare), median(ours)


def timed(function: Callable[[], object], number: int) -> float:
    """Seconds for one call."""
    started = time.perf_counter()
    for _ in range(number):
        function()
    return (time.perf_counter() - started) / number


def answer(function: Callable[[], object], folder: str):
    outcome = Child(lambda: {"value": function()}, f"{folder}/answer", 60.0).wait()
    if "value" not in outcome:
        raise RuntimeError(outcome["reason"])
    return outcome["value"]


def child_seconds(function: Callable[[], object], folder: str) -> float:
    """From the fork to the answer, measured within: the parent looks only every few milliseconds."""
    started = time.perf_counter()

    def task() -> float:
        function()
        return time.perf_counter() - started

    return answer(task, folder)


if __name__ == "__main__":
    sys.exit(main())
