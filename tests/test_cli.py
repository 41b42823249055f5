"""The command, as a real process: what it prints, what it leaves, and how it ends."""

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from matrix import cli, report
from matrix.model import CellStatus
from matrix.render import RENDERERS
from tests.command import HERE, Command, Done


def test_help(leakmatrix: Command) -> None:
    """Without a command it says which there are, and that this is wrong usage."""
    done = leakmatrix()
    assert done.returncode == 2
    assert [word for word in ("plan", "run", "render", "show", "doctor", "clean") if word not in done.stderr] == []


def test_version(leakmatrix: Command) -> None:
    """It says its version."""
    done = leakmatrix("--version")
    assert (done.returncode, done.stdout.split(" ")[-1]) == (0, f"{version('leakmatrix')}\n")


def test_every_file_is_a_command() -> None:
    """The help lists each command that there is a file for."""
    files = {path.stem for path in Path(cli.__file__).parent.glob("[a-z]*.py")} - {"options", "output"}
    assert set(cli.command.list_commands(click.Context(cli.command))) == files


def test_only_what_is_asked_for_is_imported() -> None:
    """To say a version takes no model of a report."""
    code = "import sys; from matrix.cli import command; command(['--version'], standalone_mode=False)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print('pydantic' in sys.modules)"], check=False, capture_output=True, text=True
    )
    assert done.stdout.split()[-1] == "False", done.stderr


def test_run_with_a_leak(finished: tuple[Path, Done]) -> None:
    """A run that found a leak says so and ends with 1."""
    _, done = finished
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "exit code 1: an unexpected leak, or a listed one that is gone"


def test_first_line_is_the_sandbox(finished: tuple[Path, Done]) -> None:
    """The first line of a run says where cells run, the second by which file."""
    folder, done = finished
    assert done.stdout.splitlines()[:2] == [
        "sandbox: process (asked for)",
        f"configuration: {folder / 'pyproject.toml'}",
    ]


def test_run_writes_all_forms(finished: tuple[Path, Done]) -> None:
    """The report, every rendered form and each cell's result are files."""
    folder, _ = finished
    names = {path.name for path in (folder / "leakmatrix-report").iterdir()}
    assert names == {"report.jsonl", "cells", *(file for file, _ in RENDERERS.values())}


def test_table_of_a_run(finished: tuple[Path, Done], run_leakmatrix: Command) -> None:
    """Read by no terminal, it is the one in the file; as wide as it is told, where it is told."""
    folder, _ = finished
    wide = run_leakmatrix(folder, "run", "--out", "wide", COLUMNS="").stdout
    assert (folder / "wide" / "table.txt").read_text() in wide
    narrow = run_leakmatrix(folder, "run", "--out", "narrow", COLUMNS="60").stdout
    assert (folder / "narrow" / "table.txt").read_text() not in narrow
    table = narrow.partition("Summary ─")[0].partition("sandbox: process (asked for)\nleakmatrix")[2]
    assert max(map(len, table.splitlines())) <= 60


def test_every_answer_names_the_sandbox(finished: tuple[Path, Done]) -> None:
    """Results of processes never pass for those of containers."""
    done = report.read(finished[0] / "leakmatrix-report")
    assert {done.header.sandbox, *(cell.sandbox for cell in done.cells)} == {"process"}


def test_answers(finished: tuple[Path, Done]) -> None:
    """A client that closes is clean, one that keeps its sockets is not."""
    done = report.read(finished[0] / "leakmatrix-report")
    verdicts = {(case.cell[-3:], case.case): case.verdict for case in done.cases if case.contract != "control"}
    assert verdicts == {
        **{("1.0", case): "clean" for case in ("one_shot[dropped]", "one_shot[kept]", "session[in_with]")},
        **{("2.0", case): "held" for case in ("one_shot[dropped]", "one_shot[kept]", "session[in_with]")},
    }


def test_progress_is_not_output(finished: tuple[Path, Done]) -> None:
    """Where there is no terminal, each cell is a line on standard error."""
    _, done = finished
    lines = sorted(line.split("  ")[:2] for line in done.stderr.splitlines())
    assert [line[1] for line in lines] == ["ran", "ran"]


def test_run_without_a_leak(leakmatrix: Command) -> None:
    """A run in which all holds ends with 0."""
    done = leakmatrix("run", "--version", "1.0", "--case", "one_shot[dropped]")
    assert (done.returncode, done.stdout.splitlines()[-1].split(":")[0]) == (0, "exit code 0")


@pytest.fixture(scope="module")
def troubled(
    run_leakmatrix: Command, config_text: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Done, dict[str, report.CellRecord], report.Report]:
    """A run with clients that hang, cannot be imported, talk rubbish or die."""
    folder = tmp_path_factory.mktemp("troubled")
    (folder / "pyproject.toml").write_text(
        config_text(case_seconds=3.0, cell_seconds=12.0).replace(
            'versions = ["1.0", "2.0"]', 'versions = ["3.0", "4.0", "5.0", "6.0", "7.0", "8.0", "99.0"]'
        )
    )
    done = run_leakmatrix(folder, "run", "--case", "one_shot[dropped]", "--out", "here")
    read = report.read(folder / "here")
    return done, {cell.version: cell for cell in read.cells}, read


@pytest.mark.parametrize(
    ("version", "status", "reason"),
    [
        pytest.param("4.0", CellStatus.TIMEOUT, "still running after 12 s", id="hangs"),
        pytest.param("5.0", CellStatus.IMPORT_ERROR, "this version needs cgi", id="cannot be imported"),
        pytest.param("6.0", CellStatus.CRASHED, "a footer that does not fit", id="lies about its footer"),
        pytest.param("7.0", CellStatus.CRASHED, "line 1 of the answer cannot be read", id="talks rubbish"),
        pytest.param("8.0", CellStatus.CRASHED, "exit code -6", id="dies"),
        pytest.param("99.0", CellStatus.UNINSTALLABLE, "requests==99.0", id="cannot be installed"),
    ],
)
def test_trouble_of_a_client(
    troubled: tuple[Done, dict[str, report.CellRecord], report.Report], version: str, status: CellStatus, reason: str
) -> None:
    """A client that spoils its cell has a status and a reason, and no clean answer."""
    _, cells, _ = troubled
    assert cells[version].status is status
    assert reason in (cells[version].reason or "")


def test_case_that_hangs(troubled: tuple[Done, dict[str, report.CellRecord], report.Report]) -> None:
    """A case that hangs is ended by itself: its cell ran."""
    _, cells, read = troubled
    (case,) = [case for case in read.cases if case.cell == cells["3.0"].cell and case.contract != "control"]
    assert (cells["3.0"].status, str(case.status)) == (CellStatus.RAN, "timeout")


def test_run_without_some_results(troubled: tuple[Done, dict[str, report.CellRecord], report.Report]) -> None:
    """A run in which something gave no result ends with 4."""
    done, _, _ = troubled
    assert (done.returncode, done.stdout.splitlines()[-1].split(":")[0]) == (4, "exit code 4")


def test_no_case_matches(leakmatrix: Command) -> None:
    """A selector that no case fits is wrong usage, and says which cases come near."""
    done = leakmatrix("run", "--version", "1.0", "--case", "sesion[in_wth]")
    assert done.returncode == 2
    assert "no case matches sesion[in_wth]" in done.stderr
    assert "session[in_with]" in done.stderr


def test_nothing_can_be_run(leakmatrix: Command, tmp_path: Path) -> None:
    """Where no cell could be run at all, the machine is what lacks something."""
    config = (tmp_path / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(config.replace(f'"{HERE[2:]}"', '"3.13t"'))
    done = leakmatrix("run")
    assert (done.returncode, done.stdout.splitlines()[-1].split(":")[0]) == (3, "exit code 3")


def test_out_cannot_be_written(leakmatrix: Command, tmp_path: Path) -> None:
    """A folder that cannot be written to ends it, with a hint."""
    (tmp_path / "file").touch()
    done = leakmatrix("run", "--version", "1.0", "--case", "one_shot[dropped]", "--out", "file/out")
    assert done.returncode == 3
    assert "error: cannot write" in done.stderr
    assert "--out" in done.stderr


def test_one_run_for_each_folder(leakmatrix: Command, tmp_path: Path) -> None:
    """Two runs that write into one folder would mix their results: the second is told, and nothing is touched."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / report.NAME).write_text("the first one's")
    with report.alone_in(tmp_path / "out"):
        done = leakmatrix("run", "--version", "1.0", "--case", "one_shot[dropped]", "--out", "out")
    assert (done.returncode, (tmp_path / "out" / report.NAME).read_text()) == (2, "the first one's")
    assert "another run is writing into out" in done.stderr


def test_a_reason_that_is_a_script(leakmatrix: Command, other_wheels: Path, tmp_path: Path) -> None:
    """A package whose error message is a script tag, an escape and markup shows as that text in every form."""
    config = (tmp_path / "pyproject.toml").read_text().replace('["1.0", "2.0"]', '["110.0"]')
    (tmp_path / "pyproject.toml").write_text(config)
    done = leakmatrix("run", "--case", "one_shot*", UV_FIND_LINKS=str(other_wheels))
    out = tmp_path / "leakmatrix-report"
    forms = {name: (out / file).read_text() for name, (file, _) in RENDERERS.items()}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in forms["html"]
    assert "&lt;script&gt;" in forms["junit"]
    assert r"<script>alert(1)</script> \x1b[31m & [bold]" in done.stderr
    for form in (*forms.values(), done.stdout, done.stderr):
        assert "\x1b" not in form
    for form in ("html", "junit", "markdown"):
        assert "<script>alert" not in forms[form]
