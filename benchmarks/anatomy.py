"""Where a cell's time goes, beside the floors: the engine's own events and the report of a run, one cell at a time.

python benchmarks/anatomy.py [PYTHON]      (needs an engine; `tox -e bench-anatomy`)

What the guest does is the sum over its cases, which run side by side: more seconds than the clock shows.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from docker import DockerClient
from grid_floors import floors

from matrix import report
from matrix.model import CaseRecord
from matrix.sandbox.docker import connect
from matrix.sandbox.labels import OURS

CLIENTS = (("requests", "2.31.0"), ("requests", "2.32.5"), ("httpx", "0.27.2"), ("httpx", "0.28.1"))
Moments = dict[str, dict[str, float]]  # cell -> event -> when


def main(python: str) -> int:
    client = connect()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), python)  # images, uv's cache, volumes
        with listening(client) as moments:
            run(Path(folder), python)
        found = report.read(Path(folder) / "out")
    cells = [(python, name, version) for name, version in CLIENTS]
    lowest = floors(client, cells)
    rows = [
        (
            "before its container: resolving, packages",
            [cell.seconds - whole(moments[cell.cell]) for cell in found.cells],
        ),
        ("container created, the job copied in, started", [span(each, "create", "start") for each in moments.values()]),
        ("the guest", [span(each, "start", "die") for each in moments.values()]),
        ("the answer copied out, container removed", [span(each, "die", "destroy") for each in moments.values()]),
        ("all", [cell.seconds for cell in found.cells]),
    ]
    load = os.getloadavg()[0]
    print(f"Python {python}, {os.cpu_count()} processors, load {load:.1f}; medians of {len(CLIENTS)} cells\n")
    print("| a cell | seconds |\n|---|---|")
    for name, seconds in rows:
        print(f"| {name} | {median(seconds):.2f} |")
    print(f"\n{lowest.words(len(found.cases))}\n")
    print("| in the guest, over all cases of a cell | seconds |\n|---|---|")
    for name, seconds in in_guests(found.cases, len(found.cells)):
        print(f"| {name} | {seconds:.2f} |")
    return 0


def run(folder: Path, python: str) -> None:
    versions = {name: [version for other, version in CLIENTS if other == name] for name, _ in CLIENTS}
    text = f"[tool.leakmatrix]\npython = [{python!r}]\nlimits = {{ case-seconds = 300.0, cell-seconds = 3600.0 }}\n"
    text += "".join(f"[tool.leakmatrix.clients.{name}]\nversions = {each!r}\n" for name, each in versions.items())
    (folder / "grid.toml").write_text(text)
    command = ("run", "--sandbox", "docker", "--config", "grid.toml", "--workers", "1", "--fresh", "--out", "out")
    variables = {**os.environ, "LEAKMATRIX_CACHE": str(folder / "cache")}
    done = subprocess.run(
        (sys.executable, "-m", "matrix", *command), cwd=folder, env=variables, capture_output=True, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout.decode() + done.stderr.decode())


@contextmanager
def listening(client: DockerClient) -> Iterator[Moments]:
    """What the engine says of the cells' containers meanwhile; what is past it forgets after 256 events."""
    found: Moments = {}
    stream = client.events(filters={"type": "container"}, decode=True)

    def listen() -> None:
        for event in stream:
            name = event["Actor"]["Attributes"].get(f"{OURS}.name", "")
            if name.startswith("py"):
                found.setdefault(name, {})[event["Action"]] = event["timeNano"] / 1e9

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield found
    finally:
        time.sleep(1)  # the last of them may be under way
        stream.close()
        thread.join()


def span(moments: dict[str, float], first: str, last: str) -> float:
    return moments[last] - moments[first]


def whole(moments: dict[str, float]) -> float:
    return span(moments, "create", "destroy")


def in_guests(cases: Iterable[CaseRecord], cells: int) -> list[tuple[str, float]]:
    cases = [case for case in cases if case.verdict]
    late = sum(case.marks.get("late", 0) - case.marks.get("returned", 0) for case in cases)
    after = sum(max(case.marks.values(), default=0) - case.marks.get("late", 0) for case in cases)
    return [
        (f"the calls themselves, {len(cases) / cells:.0f} cases", sum(case.seconds for case in cases) / cells),
        ("looking, before anything is seen left", sum(case.cost or 0 for case in cases) / cells),
        ("waiting whether what is left goes by itself", late / cells),
        ("dropping, collecting, closing loops", after / cells),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] else "3.12"))
