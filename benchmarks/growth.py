"""What a cell costs in a run of 10, of 100 and of 1,000, how much memory the runner takes, how long planning takes.

python benchmarks/growth.py [SANDBOX] [CELLS ...]      `none`, `process` (default) or `docker`; 10 100 1000

The cells are tiny: releases of a client that does nothing, from an index that is a folder, one case of their own.
Sandbox `none` answers at once: what is left is the runner. A cell's cost is processor time, for that does not depend on
who else is at work; the time by the clock stands beside it. Each run is a process of its own, with a cache of its own.
Targets: flat within 20 %, the runner under 200 MB, 100,000 cells planned in 2 s. Ends with 1 if one is missed.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from matrix import pipeline
from matrix.config import Client, Config
from matrix.guest.wire import PROTOCOL
from matrix.plan import plan
from matrix.releases import Release
from matrix.sandbox import Ended
from matrix.sandbox.choose import choose
from matrix.selection import Selection, narrow, select
from matrix.versions import Exact, Specifier

CLIENT = "tiny-client"
CASE = "def test_nothing(peer):\n    peer.url()\n"
MANY, FEW = 100, 5
PLANNED, PLAN_SECONDS, FLAT, MEMORY_MB = 100_000, 2.0, 1.2, 200.0


def main(sandbox: str, sizes: list[int]) -> int:
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, sandbox {sandbox}\n")
    print("| cells | seconds | for each cell | of a processor | of the runner's | runner's memory | load |")
    print("|---|---|---|---|---|---|---|", flush=True)
    costs, memories = {}, []
    with tempfile.TemporaryDirectory() as folder:
        index = an_index(Path(folder), max(sizes))
        first = usual(sandbox, 1, index)  # with all that is made once: pytest's packages, a peer
        for size in sizes:
            ran = usual(sandbox, size, index)
            costs[size] = (ran["processor"] - first["processor"]) / (size - 1)
            memories.append(ran["memory"])
            own = (ran["runner"] - first["runner"]) / (size - 1)
            print(
                f"| {size} | {ran['seconds']:.1f} | {ran['seconds'] / size:.2f} s | {costs[size]:.2f} s "
                f"| {own * 1000:.0f} ms | {ran['memory']:.0f} MB | {ran['load']:.1f} |",
                flush=True,
            )
    ratio = max(costs.values()) / min(costs.values())
    seconds = planning()
    print(f"\ncost of a cell, dearest to cheapest: {ratio:.2f} (at most {FLAT})")
    print(f"memory of the runner: {max(memories):.0f} MB (at most {MEMORY_MB:.0f})")
    print(f"planning {PLANNED:,} cells: {seconds:.2f} s (at most {PLAN_SECONDS:g})")
    return int(ratio > FLAT or max(memories) > MEMORY_MB or seconds > PLAN_SECONDS)


def usual(sandbox: str, size: int, index: Path) -> dict[str, float]:
    """The medians of a few runs, if these are short: the difference of two of them is what a cell costs."""
    runs = [measured(sandbox, size, index) for _ in range(FEW if size < MANY else 1)]
    return {name: median(run[name] for run in runs) for name in runs[0]}


def measured(sandbox: str, size: int, index: Path) -> dict[str, float]:
    """One run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
        own = {
            "LEAKMATRIX_CACHE": f"{folder}/cache",
            "UV_CONFIG_FILE": str(index / "uv.toml"),
            "UV_CACHE_DIR": str(index / "uv"),
            "UV_PYTHON_DOWNLOADS": "never",
        }
        done = subprocess.run(
            (sys.executable, __file__, "one", sandbox, str(size), folder),
            env=variables | own,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return json.loads(done.stdout.splitlines()[-1])


def one(sandbox: str, size: int, folder: Path) -> None:
    """In that process: plan, run and write, and say what it took."""
    (folder / "test_nothing.py").write_text(CASE)
    place = AtOnce() if sandbox == "none" else choose(sandbox)[0]
    versions = tuple(Exact(version=f"{number}.0") for number in range(size))
    config = Config(clients={CLIENT: Client(versions=versions)}, python=(here(),), cases=("*",))
    planned = pipeline.planned(config, Selection(), place)
    started = time.monotonic()
    options = pipeline.Options(out=folder / "out", own=folder / "test_nothing.py")
    ran = pipeline.execute(planned, place, "measured", options=options, watcher=Silent())
    pipeline.write(ran.report, folder / "out")
    assert [cell.status for cell in ran.report.cells] == ["ran"] * size, ran.report.cells[0]
    seconds = time.monotonic() - started
    place.close()
    mine, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {
        "seconds": seconds,
        "runner": mine.ru_utime + mine.ru_stime,
        "processor": mine.ru_utime + mine.ru_stime + others.ru_utime + others.ru_stime,
        "memory": mine.ru_maxrss / 1024,
        "load": os.getloadavg()[0],
    }
    print(json.dumps(told))


def planning() -> float:
    """Seconds for the whole of planning, the index's answers given."""
    names = [f"client-{number}" for number in range(84)]
    found = tuple(Release(version=f"{major}.{minor}") for major in range(9, -1, -1) for minor in range(9, -1, -1))
    pythons = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "3.13t", "3.14t", "3.15t", "pypy3.11")
    config = Config(python=pythons, clients={name: Client(versions=(Specifier(spec=">=0"),)) for name in names})
    selection = Selection(pythons=("*",), versions=("*",), cells=("py*",))
    releases = dict.fromkeys(names, found)
    started = time.process_time()
    narrowed = narrow(config, selection, pythons, names)
    cells = select(plan(narrowed, releases, pythons), selection, releases, names)
    assert len(cells) >= PLANNED, len(cells)
    return (time.process_time() - started) * PLANNED / len(cells)


class Silent:
    """Nobody is told."""

    def started(self, cell: object) -> None: ...
    def finished(self, outcome: object) -> None: ...
    def more(self, cells: int) -> None: ...


class AtOnce:
    """A sandbox, and its own worker, that answers without running anything."""

    name = "none"
    platform = ""

    def __init__(self) -> None:
        case = {"record": "case", "case": "nothing", "order": 0, "contract": "guarantee", "status": "answered"}
        records = (
            {"record": "header", "protocol": PROTOCOL, "python": f"{here()}.0"},
            {**case, "verdict": "clean", "passed": True},
            {"record": "footer", "cases": 1},
        )
        self._answer = "".join(json.dumps(record) + "\n" for record in records).encode()

    def interpreters(self, _: object) -> dict[str, str]:
        return {here(): f"{here()}.0"}

    @contextmanager
    def worker(self):
        yield self

    def run(self, _: object) -> Ended:
        return Ended(answer=self._answer)

    def machinery(self, _: object) -> None:
        return None

    def prepare(self, work: object) -> None: ...
    def prepare_worker(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


def here() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def an_index(folder: Path, size: int) -> Path:
    """A folder of wheels: releases of the tiny client, and what pytest needs, from the index that uv knows."""
    wheels = folder / "wheels"
    wheels.mkdir()
    command = (sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "-d", str(wheels))
    subprocess.run((*command, "pytest>=8.3"), check=True)
    for number in range(size):
        write_wheel(wheels, f"{number}.0")
    (folder / "uv.toml").write_text(f"no-index = true\nfind-links = ['{wheels}']\n")
    return folder


def write_wheel(folder: Path, version: str) -> None:
    name = CLIENT.replace("-", "_")
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {CLIENT}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    else:
        name, *numbers = sys.argv[1:] or ["process"]
        sys.exit(main(name, [int(number) for number in numbers] or [10, 100, 1000]))
