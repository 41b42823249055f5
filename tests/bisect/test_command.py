"""`leakmatrix bisect`, as a real process on real cells: a folder for an index, tiny wheels for a client's history."""

import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from math import ceil, log2
from pathlib import Path

import pytest

from matrix import report
from tests.command import Command, Done

CASE = "one_shot[dropped]"
FIRST_BAD = 6
BROKEN = (4, 5)
BELOW = "\nimport core\nif core.LEAKS:\n    KEPT = []\n    Session.close = lambda self: KEPT.append(self.connection)\n"


def _source(wheels: Path, version: str) -> str:
    with zipfile.ZipFile(wheels / f"requests-{version}-py3-none-any.whl") as wheel:
        return wheel.read("requests.py").decode()


@pytest.fixture(scope="module")
def shelf(wheels: Path, write_wheel: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client that leaks from 6.0 on and cannot be imported in 4.0 and 5.0; in 20.0 a package below it decides."""
    folder = tmp_path_factory.mktemp("shelf")
    for wheel in wheels.glob("*.whl"):
        if not wheel.name.startswith("requests-"):
            (folder / wheel.name).symlink_to(wheel)
    clean, leaks = _source(wheels, "1.0"), _source(wheels, "2.0")
    for number in range(1, 9):
        source = leaks if number >= FIRST_BAD else clean
        source = "raise ImportError('needs cgi')\n" if number in BROKEN else source
        write_wheel(folder, "requests", f"{number}.0", {"requests.py": source})
    write_wheel(folder, "requests", "20.0", {"requests.py": clean + BELOW}, ["core", "other"])
    for number in range(1, 10):
        write_wheel(folder, "core", f"{number}.0", {"core.py": f"LEAKS = {number >= 5}\n"})
        write_wheel(folder, "other", f"{number}.0", {"other.py": ""})
    return folder


@pytest.fixture(scope="module")
def bisect(
    shelf: Path,
    run_leakmatrix: Command,
    config_text: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Command, Path]:
    """Runs the command with that index, and the folder that it runs in."""
    folder = tmp_path_factory.mktemp("bisect")
    (folder / "pyproject.toml").write_text(config_text())
    (folder / "uv.toml").write_text(f"no-index = true\nfind-links = ['{shelf}']\n")

    def run(*arguments: str) -> Done:
        settings = str(folder / "uv.toml")
        return run_leakmatrix(folder, "bisect", *arguments, "--client", "requests", UV_CONFIG_FILE=settings)

    return run, folder


@pytest.fixture(scope="module")
def first_bad(bisect: tuple[Command, Path]) -> Done:
    """What a search for the first bad release says."""
    return bisect[0](CASE, "--good", "1.0", "--bad", "8.0")


def cells(done: Done) -> int:
    """How many cells were run: each is a line on standard error, below the sandbox."""
    return len(done.stderr.splitlines()) - 1


def test_first_bad_release(first_bad: Done) -> None:
    """The first release that leaks, around those that cannot be imported, in log2 n + 2 cells and one for each gap."""
    assert first_bad.returncode == 0
    assert "requests: first bad version 6.0, ● held\n  last good version 3.0, ✓ clean\n" in first_bad.stdout
    assert "only what gives no result lies between them" in first_bad.stdout
    assert "import error: ImportError: needs cgi" in first_bad.stdout
    assert "whom to blame: requests itself" in first_bad.stdout
    assert cells(first_bad) <= ceil(log2(8)) + 2 + len(BROKEN)


@pytest.mark.usefixtures("first_bad")
def test_evidence_is_kept(bisect: tuple[Command, Path], run_leakmatrix: Command) -> None:
    """The cells that were run are a report, of which `leakmatrix show` tells more."""
    folder = bisect[1]
    names = [cell.cell for cell in report.read(folder / "leakmatrix-bisect").cells]
    (leaking,) = [name for name in names if name.endswith("-6.0")]
    assert "KEPT" in run_leakmatrix(folder, "show", leaking, CASE, "--report", "leakmatrix-bisect").stdout


def test_package_below(bisect: tuple[Command, Path]) -> None:
    """The package that decides, among those that differ, and its first bad version; as JSON, and nothing else."""
    packages = ("20.0 + core==1.0 + other==2.0", "20.0 + core==9.0 + other==8.0")
    done = bisect[0](CASE, "--good", packages[0], "--bad", packages[1], "--json", "--out", "elsewhere")
    said = json.loads(done.stdout)
    assert (done.returncode, said["complete"]) == (0, True)
    (step,) = said["steps"]
    assert (step["subject"], step["old"], step["new"], step["held"]) == ("core", "4.0", "5.0", "requests 20.0")
    assert step["blame"] == "not requests 20.0 itself, but core (of core and other, which differ)"
    assert len(said["tried"]) == cells(done) <= ceil(log2(2 * 9)) + 2


def test_limit(bisect: tuple[Command, Path]) -> None:
    """Stopped by its limit, it says between which versions it got, and ends with 4."""
    done = bisect[0](CASE, "--good", "1.0", "--bad", "8.0", "--run-limit", "3", "--out", "elsewhere")
    assert (done.returncode, cells(done)) == (4, 3)
    assert "the search was stopped, " in done.stdout
    assert "the limit is reached: 3 cells; " in done.stdout


def test_folder_of_another_run(bisect: tuple[Command, Path]) -> None:
    """Where a run is writing, nothing is written."""
    with report.alone_in(bisect[1] / "busy"):
        done = bisect[0](CASE, "--good", "1.0", "--bad", "8.0", "--out", "busy")
    assert (done.returncode, list((bisect[1] / "busy").iterdir())) == (2, [])
    assert "another run is writing into busy" in done.stderr


def test_wrong_usage(bisect: tuple[Command, Path]) -> None:
    """A good version that leaks is wrong usage, and says what is bad; that it does is evidence, and is kept."""
    done = bisect[0](CASE, "--good", "7.0", "--bad", "8.0", "--bad-verdict", "held", "--out", "wrong")
    assert done.returncode == 2
    assert report.read(bisect[1] / "wrong").cells
    assert "error: --good 7.0 is held" in done.stderr
    assert "hint: bad is: held" in done.stderr


def test_no_such_case(bisect: tuple[Command, Path]) -> None:
    """A case that there is not is wrong usage, and says which come near."""
    done = bisect[0]("sesion[in_wth]")
    assert done.returncode == 2
    assert "session[in_with]" in done.stderr


def test_interrupted(bisect: tuple[Command, Path], offline_variables: dict[str, str], tmp_path: Path) -> None:
    """Ctrl-C ends the search in order: what was tried is kept, and no range is claimed that was not finished."""
    _, folder = bisect
    with subprocess.Popen(
        (sys.executable, "-m", "matrix", "bisect", CASE, "--client", "requests", "--out", str(tmp_path / "out")),
        cwd=folder,
        env={
            **offline_variables,
            "UV_CONFIG_FILE": str(folder / "uv.toml"),
            "LEAKMATRIX_CACHE": str(tmp_path / "cache"),  # nothing is known yet
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        next(line for line in process.stderr if "requests-" in line)
        process.send_signal(signal.SIGINT)
        told, ended = process.stdout.read(), process.stderr.read()
    assert (process.returncode, "the search was stopped" in told) == (130, True), told
    assert "exit code 130: interrupted" in ended
    assert [cell.client for cell in report.read(tmp_path / "out").cells] != []
