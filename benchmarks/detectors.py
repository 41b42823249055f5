"""What each detector finds, on the same scenarios in one run: ours, pyleak, psleak, regrtest's rule, ResourceWarning.

python benchmarks/detectors.py [FILE]      (`tox -e bench-detectors`; the table goes to FILE, too)

Each scenario runs in a forked child of its own for each detector. A detector finds a leak if it complains; of a
pool it is right only if it does not call it a leak, ours only if it says how much is kept. Ends with 1 if ours misses
one, or raises a false alarm.
"""

import asyncio
import gc
import inspect
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import psleak
import pyleak
from repeat import tiny_peer
from scenarios import CLEAN, LEAKING, POOLING

from matrix.guest import growth
from matrix.guest.forked import Child
from matrix.guest.measure import measure
from matrix.guest.wire import PASSING

INTRO = """# Beside other detectors

Made by `tox -e bench-detectors` on Python {python}: the same scenarios in one run, each in a process of its own
for each detector. pyleak {pyleak} (threads with daemons, tasks), psleak {psleak} (20 calls, 2 to warm up, 3 retries;
memory left out), the rule of CPython's `regrtest -R 3:3` on descriptors and live objects, `ResourceWarning`.
"leak" is a complaint. Of a pool, "leak" is wrong: what is kept does not grow.

"""


def run(scenario: Callable, url: str) -> None:
    asyncio.run(scenario(url)) if inspect.iscoroutinefunction(scenario) else scenario(url)


def ours(scenario: Callable, url: str) -> str:
    if scenario in POOLING:
        return str(growth.describe(growth.repeat(scenario, {"url": url})))
    found = measure(scenario, dict.fromkeys(inspect.signature(scenario).parameters, url))
    return "-" if found.verdict in PASSING else found.verdict


def with_pyleak(scenario: Callable, url: str) -> str:
    async def in_loop() -> None:
        async with pyleak.no_task_leaks(action="raise"):
            await scenario(url)

    try:
        with pyleak.no_thread_leaks(action="raise", exclude_daemon=False):
            asyncio.run(in_loop()) if inspect.iscoroutinefunction(scenario) else scenario(url)
    except (pyleak.PyleakExceptionGroup, pyleak.ThreadLeakError, pyleak.TaskLeakError):
        return "leak"
    return "-"


def with_psleak(scenario: Callable, url: str) -> str:
    psleak.thisproc = psleak.psutil.Process()  # it was imported in our parent
    case = psleak.MemoryLeakTestCase()
    checkers = psleak.Checkers.exclude("memory")
    try:
        case.execute(lambda: run(scenario, url), warmup_times=2, times=20, retries=3, checkers=checkers)
    except (psleak.Error, AssertionError):
        return "leak"
    return "-"


def with_regrtest_rule(scenario: Callable, url: str) -> str:
    """3 runs to warm up, 3 that count: descriptors that differ at all, or references that grow each time."""

    def counted_now() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), len(gc.get_objects())

    deltas = []
    for _ in range(6):
        before = counted_now()
        run(scenario, url)
        for _ in range(3):
            gc.collect()
        after = counted_now()
        deltas.append((after[0] - before[0], after[1] - before[1]))
    counted = deltas[3:]
    return "leak" if any(fds for fds, _ in counted) or all(objects >= 1 for _, objects in counted) else "-"


def with_resource_warning(scenario: Callable, url: str) -> str:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ResourceWarning)
        run(scenario, url)
        gc.collect()
    return "leak" if any(issubclass(warning.category, ResourceWarning) for warning in said) else "-"


DETECTORS = {
    "leakmatrix": ours,
    "pyleak": with_pyleak,
    "psleak": with_psleak,
    "regrtest -R": with_regrtest_rule,
    "ResourceWarning": with_resource_warning,
}


def main(file: str | None) -> int:
    truths = [(scenario, "clean") for scenario in CLEAN] + [(scenario, "leak") for scenario in LEAKING]
    truths += list(POOLING.items())
    rows, wrong = [], dict.fromkeys(DETECTORS, 0)
    with tiny_peer() as port, tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{port}/"
        for scenario, truth in truths:
            cells = []
            for name, detector in DETECTORS.items():
                said = in_child(partial(detector, scenario, url), folder)
                right = is_right(name, truth, said)
                wrong[name] += not right
                cells.append(said if right else f"**{said}**")
            rows.append((scenario.__name__.replace("_", " "), truth, *cells))
    text = table(rows, wrong, len(truths))
    print(text)
    if file:
        Path(file).write_text(text)
    return int(wrong["leakmatrix"] > 0)


def is_right(name: str, truth: str, said: str) -> bool:
    if truth == "clean":
        return said == "-"
    if truth == "leak":
        return said not in {"-", "error"}
    return said == (truth if name == "leakmatrix" else "-")


def table(rows: list, wrong: dict[str, int], number: int) -> str:
    versions = {name: version(name) for name in ("pyleak", "psleak")}
    lines = [INTRO.format(python=sys.version.split()[0], **versions)]
    lines.append("| scenario | truth | " + " | ".join(DETECTORS) + " |")
    lines.append("|---" * (2 + len(DETECTORS)) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines.append(f"| **right** | of {number} | " + " | ".join(str(number - wrong[name]) for name in DETECTORS) + " |")
    return "\n".join(lines) + "\n\nBold is wrong.\n"


def in_child(function: Callable[[], str], folder: str) -> str:
    def task() -> dict[str, str]:
        tempfile.tempdir = tempfile.mkdtemp(dir=folder)
        return {"said": function()}

    outcome = Child(task, f"{folder}/answer", 60.0).wait()
    if "said" not in outcome:
        sys.stderr.write(outcome["reason"] + "\n")
    return outcome.get("said", "error")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [None]))
