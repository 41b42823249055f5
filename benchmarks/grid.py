"""One fixed grid, side by side in one run: this tool, `tox -p auto`, a container for each case; beside the floors.

python benchmarks/grid.py [TURNS]      (needs an engine, tox, tox-uv and the interpreters below: `tox -e bench`)

All run the same plain cases (benchmarks/grid_project/) on the same interpreters and releases, in turns, from wheels
that are downloaded already and base images that are there; environments, volumes and results begin empty each time.
The others run twice: the calls alone, and with a look after each test for what is left, as goleak does, which is the
part of this tool's work that is easily written by hand. Machines are noisy, so what is told are ratios, with the load.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from docker import DockerClient
from grid_floors import Floors, floors

from matrix import report
from matrix.provision import environment, interpreters
from matrix.sandbox.docker import DockerSandbox, connect
from matrix.sandbox.images import Images
from matrix.sandbox.labels import OURS

PYTHONS = ("3.9", "3.12")
RELEASES = (("requests", "2.31.0"), ("requests", "2.32.5"), ("httpx", "0.27.2"), ("httpx", "0.28.1"))
CELLS = [(python, client, version) for python in PYTHONS for client, version in RELEASES]
PROJECT = Path(__file__).parent / "grid_project"
AT_A_TIME = os.cpu_count() or 1


@dataclass
class Leg:
    """One way of running the grid, and its seconds in each turn."""

    name: str
    run: Callable[[Path], float]
    seconds: list[float] = field(default_factory=list)


def main(turns: int) -> int:
    client = connect()
    for python in PYTHONS:
        Images(client).ensure(python)  # once for each machine, and tox has its interpreters, too
    legs = {
        "ours": Leg("leakmatrix run", ours),
        "again": Leg("the same again, nothing new", again),
        "look": Leg("tox -p auto, looking for what is left", lambda folder: by_tox(folder, look=True)),
        "calls": Leg("tox -p auto, the calls alone", by_tox),
        "each": Leg(
            "a container for each case, looking for what is left",
            lambda folder: in_containers(client, folder, look=True),
        ),
        "alone": Leg("a container for each case, the calls alone", lambda folder: in_containers(client, folder)),
    }
    loads, cases = [], 0
    with tempfile.TemporaryDirectory(prefix="leakmatrix-grid-") as scratch:
        warm(Path(scratch))
        for turn in range(1, turns + 1):
            folder = Path(scratch, str(turn))
            folder.mkdir()
            os.environ["LEAKMATRIX_CACHE"] = str(folder / "made")  # for what is installed in this process
            remove_volumes(client)
            for leg in legs.values():
                leg.seconds.append(leg.run(folder))
                loads.append(os.getloadavg()[0])
                said = f"turn {turn}: {leg.name}: {leg.seconds[-1]:.1f} s, load {loads[-1]:.1f}"
                print(said, file=sys.stderr, flush=True)
            cases = checked(folder)
        lowest = floors(client, CELLS)
    tell(legs, loads, cases, lowest)
    return judge(legs, lowest, cases)


def warm(folder: Path) -> None:
    """What all have is downloaded: uv's cache is one."""
    for python, name, version in CELLS:
        with tempfile.TemporaryDirectory() as target:
            command = ("uv", "pip", "install", "--quiet", "--target", target, "--only-binary", ":all:")
            only = ("--python", sys.executable, "--python-version", python, f"{name}=={version}", "pytest>=8.3")
            timed((sys.executable, "-m", *command, *only), folder)


def ours(folder: Path) -> float:
    wanted = {client: [version for name, version in RELEASES if name == client] for client, _ in RELEASES}
    # A benchmark is no reason for a timeout: others may be at work on this machine.
    limits = "limits = { case-seconds = 300.0, cell-seconds = 3600.0 }"
    text = f"[tool.leakmatrix]\npython = {list(PYTHONS)!r}\n{limits}\n"
    text += "".join(f"[tool.leakmatrix.clients.{name}]\nversions = {each!r}\n" for name, each in wanted.items())
    (folder / "grid.toml").write_text(text)
    return again(folder)


def again(folder: Path) -> float:
    command = ("run", "--sandbox", "docker", "--config", "grid.toml", "--cases", str(PROJECT / "cases"), "--out", "out")
    own = {"LEAKMATRIX_CACHE": str(folder / "cache")}
    return timed((sys.executable, "-m", "matrix", *command), folder, good=(0, 1), **own)  # 1: leaks were found


def by_tox(folder: Path, *, look: bool = False) -> float:
    project = folder / f"tox-{look}"
    shutil.copytree(PROJECT, project)
    found = interpreters.on_host()
    names = {(python, client, version): f"{client}-{version}-on-{python}" for python, client, version in CELLS}
    text = f"[tox]\nenv_list = {', '.join(names.values())}\nskipsdist = true\n[testenv]\n"
    text += "commands = pytest -q cases\n"
    for (python, client, version), name in names.items():
        text += f"[testenv:{name}]\nbase_python = python{python}\nset_env =\n    CLIENT = {client}\n"
        text += f"    LOOK = {project}/{name}.txt\n" if look else ""
        text += f"deps =\n    pytest>=8.3\n    {client}=={version}\n"
    (project / "tox.ini").write_text(text)
    # tox-uv looks for interpreters on the path; pyenv's own answers do not count there.
    there = [str(found[python].executable.parent) for python in PYTHONS]
    path = ":".join([*there, os.environ["PATH"]])
    return timed((sys.executable, "-m", "tox", "run-parallel", "-p", "auto", "-q"), project, PATH=path)


def in_containers(client: DockerClient, folder: Path, *, look: bool = False) -> float:
    """As many at a time as tox has environments: an engine, a peer, pytest and one case in each."""
    project = folder / f"containers-{look}"
    shutil.copytree(PROJECT, project)
    images, platform = Images(client), DockerSandbox(client).platform
    variables = {"PYTHONPATH": "/site", "PYTHONDONTWRITEBYTECODE": "1"}
    variables |= {"LOOK": "/tmp/left.txt"} if look else {}
    started = time.monotonic()

    def case(python: str, name: str, site: Path, node: str) -> None:
        client.containers.run(
            images.ensure(python),
            ["python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", node],
            environment={**variables, "CLIENT": name},
            volumes={str(site): {"bind": "/site", "mode": "ro"}, str(project): {"bind": "/project", "mode": "ro"}},
            working_dir="/project",
            network_mode="none",
            remove=True,
        )

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        waiting = []
        for python, name, version in CELLS:
            packages = environment.provide((f"{name}=={version}", "pytest>=8.3"), python=python, platform=platform)
            waiting += [pool.submit(case, python, name, packages.folder.path, node) for node in nodes(name)]
        for each in waiting:
            each.result()
    return time.monotonic() - started


def nodes(client: str) -> list[str]:
    """The cases of a client, as pytest names them."""
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "--collect-only", "-q", "-c", os.devnull, "--rootdir=.", "cases"),
        cwd=PROJECT,
        env={**os.environ, "CLIENT": client, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in done.stdout.splitlines() if "::" in line]


def timed(command: tuple[str, ...], folder: Path, *, good: tuple[int, ...] = (0,), **variables: str) -> float:
    started = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if done.returncode not in good:
        raise RuntimeError(done.stdout + done.stderr)
    return time.monotonic() - started


def checked(folder: Path) -> int:
    """All cells have run, and as many cases as tox looked after; their number."""
    found = report.read(folder / "out")
    assert {cell.status for cell in found.cells} == {"ran"}, [cell.reason for cell in found.cells]
    answered = {(case.cell, case.case) for case in found.cases if case.verdict and case.contract != "control"}
    looked = sum(len(path.read_text().splitlines()) for path in (folder / "tox-True").glob("*.txt"))
    assert len(found.cells) == len(CELLS)
    assert len(answered) == looked, (len(answered), looked)
    return looked


def remove_volumes(client: DockerClient) -> None:
    for volume in client.volumes.list(filters={"label": f"{OURS}=1"}):
        volume.remove(force=True)


def tell(legs: dict[str, Leg], loads: list[float], cases: int, lowest: Floors) -> None:
    first = median(legs["ours"].seconds)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, load {min(loads):.1f} to {max(loads):.1f}; ")
    print(f"{len(CELLS)} cells, {cases} cases, {len(legs['ours'].seconds)} turns\n")
    print("| | seconds | beside leakmatrix |\n|---|---|---|")
    for leg in legs.values():
        print(f"| {leg.name} | {median(leg.seconds):.1f} | {median(leg.seconds) / first:.2f} x |")
    print(f"\n{lowest.words(cases)}\n")


def judge(legs: dict[str, Leg], lowest: Floors, cases: int) -> int:
    """The targets, and whether each is met."""
    first = median(legs["ours"].seconds)
    ratios = (
        (legs["look"].name, median(legs["look"].seconds) / first, ">=", 3.0),
        (legs["each"].name, median(legs["each"].seconds) / first, ">=", 10.0),
        ("the first run beside one with nothing new", first / median(legs["again"].seconds), ">=", 50.0),
        ("leakmatrix beside the sum of the floors", first / lowest.total(cases), "<=", 1.5),
    )
    print("| target | measured | |\n|---|---|---|")
    met = True
    for name, ratio, sign, target in ratios:
        good = ratio >= target if sign == ">=" else ratio <= target
        met = met and good
        print(f"| {name} {sign} {target:g} x | {ratio:.2f} x | {'met' if good else 'missed'} |")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 3))
