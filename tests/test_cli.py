"""The command, as a real process: what it prints, what it leaves, and how it ends."""

import json
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from matrix import report
from matrix.model import CellStatus
from matrix.render import RENDERERS

Done = subprocess.CompletedProcess[str]
Command = Callable[..., Done]
NO_ENGINE = "tcp://127.0.0.1:1"
HERE = f"py{sys.version_info.major}.{sys.version_info.minor}"
DEADLINE = 100.0


def test_help(leakmatrix: Command) -> None:
    """Without a command it says which there are, and that this is wrong usage."""
    done = leakmatrix()
    assert done.returncode == 2
    assert [word for word in ("plan", "run", "render", "show", "doctor", "clean") if word not in done.stderr] == []


def test_version(leakmatrix: Command) -> None:
    """It says its version."""
    done = leakmatrix("--version")
    assert (done.returncode, done.stdout.split(" ")[-1]) == (0, f"{version('leakmatrix')}\n")


# Planning.


def test_plan(leakmatrix: Command, tmp_path: Path) -> None:
    """The cells are listed below the sandbox and the file that they are from."""
    done = leakmatrix("plan")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "sandbox: process (asked for)",
        f"configuration: {tmp_path / 'pyproject.toml'}",
        f"{HERE}-requests-1.0",
        f"{HERE}-requests-2.0",
        "2 cells",
    ]


def test_plan_as_json(leakmatrix: Command) -> None:
    """For programs it is one JSON array and nothing else."""
    done = leakmatrix("plan", "--json")
    assert [cell["cell"] for cell in json.loads(done.stdout)] == [f"{HERE}-requests-1.0", f"{HERE}-requests-2.0"]


def test_plan_selection(leakmatrix: Command) -> None:
    """Selectors leave what they mean."""
    done = leakmatrix("plan", "--json", "--version", "2*")
    assert [cell["version"] for cell in json.loads(done.stdout)] == ["2.0"]


@pytest.mark.parametrize(
    ("option", "selector", "there"),
    [
        ("--client", "httpx", "requests"),
        ("--version", "9.9", "1.0, 2.0"),
        ("--cell", "py3.8-x-*", f"{HERE}-requests-1.0"),
        ("--python", "2.7", HERE.removeprefix("py")),
    ],
    ids=["client", "version", "cell", "python"],
)
def test_selector_that_means_nothing(leakmatrix: Command, option: str, selector: str, there: str) -> None:
    """A selector that matches nothing is wrong usage, and says what there was."""
    done = leakmatrix("plan", option, selector)
    assert done.returncode == 2
    assert f'{option} "{selector}" matches nothing' in done.stderr
    assert there in done.stderr


def test_wrong_option(leakmatrix: Command) -> None:
    """A wrong option is wrong usage."""
    assert leakmatrix("plan", "--colour").returncode == 2


def test_wrong_configuration(leakmatrix: Command, tmp_path: Path) -> None:
    """Every mistake in the configuration is told, each with its place."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.leakmatrix]\npython = [3.10]\ncolour = "red"\n[tool.leakmatrix.clients.requests]\nversions = ["new"]\n'
    )
    done = leakmatrix("plan")
    assert done.returncode == 2
    assert [
        place for place in ("python[0]", "colour", "clients.requests.versions[0]") if place not in done.stderr
    ] == []


def test_no_such_configuration(leakmatrix: Command) -> None:
    """A configuration that is named and not there is wrong usage."""
    done = leakmatrix("plan", "--config", "nowhere.toml")
    assert done.returncode == 2
    assert "nowhere.toml cannot be read" in done.stderr


def test_no_such_profile(leakmatrix: Command) -> None:
    """A profile that there is not is wrong usage."""
    done = leakmatrix("plan", "--profile", "huge")
    assert done.returncode == 2
    assert 'there is no profile "huge"' in done.stderr


# Which sandbox.


def test_no_engine(leakmatrix: Command) -> None:
    """Docker that is asked for and not there ends it, with a hint."""
    done = leakmatrix("plan", "--sandbox", "docker", DOCKER_HOST=NO_ENGINE)
    assert done.returncode == 3
    assert "error: no Docker engine answers" in done.stderr
    assert "hint: start one" in done.stderr


def test_fallback_says_so(leakmatrix: Command) -> None:
    """Left to itself it runs without an engine too, and its first line says that this is not isolated."""
    done = leakmatrix("plan", "--sandbox", "auto", DOCKER_HOST=NO_ENGINE)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("sandbox: process (NOT ISOLATED, for no Docker engine answers")


def test_doctor_without_engine(leakmatrix: Command) -> None:
    """The doctor says what there is and what is missing; a run can do without an engine."""
    done = leakmatrix("doctor", DOCKER_HOST=NO_ENGINE)
    said = {line.split(":")[0] for line in done.stdout.splitlines() if not line.startswith(" ")}
    assert {"ok      versions", "MISSING engine", "ok      interpreters", "ok      disk"} <= said
    assert "--sandbox process" in done.stdout


def test_doctor_without_index(leakmatrix: Command) -> None:
    """An index that does not have what everybody has is missing."""
    done = leakmatrix("doctor", DOCKER_HOST=NO_ENGINE)
    assert done.returncode == 3
    assert "MISSING package index: answers, but has no httpx" in done.stdout


@pytest.mark.parametrize("command", ["images", "clean"])
def test_commands_for_an_engine(leakmatrix: Command, command: str) -> None:
    """What is about an engine needs one."""
    assert leakmatrix(command, DOCKER_HOST=NO_ENGINE).returncode == 3


# Running.


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


# Results of earlier runs.

SHORT = ("run", "--case", "one_shot*")


@pytest.fixture
def again(leakmatrix: Command, tmp_path: Path) -> Callable[..., Done]:
    """Runs a small matrix with a cache of the test's own, the first time already."""

    def run(*arguments: str) -> Done:
        return leakmatrix(*SHORT, *arguments, LEAKMATRIX_CACHE=str(tmp_path / "cache"))

    run()
    return run


def summary(done: Done) -> str:
    """The line of the table's end that counts cells, as one line."""
    after = done.stdout.partition("\n  cells ")[2]
    return " ".join(after.partition("\n  guarantees")[0].split())


@pytest.mark.parametrize("arguments", [(), ("--resume",)], ids=["plain", "resume"])
def test_nothing_new(again: Callable[..., Done], tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A second run takes what the first has measured, says so for each cell and in sum, and ends in the same way."""
    done = again(*arguments)
    assert done.returncode == 1
    assert [line.split("  ")[2].split(",")[0] for line in done.stderr.splitlines()] == ["reused", "reused"]
    assert summary(done).startswith("2 ran, 2 of them reused from an earlier run, up to ")
    assert [cell.reused for cell in report.read(tmp_path / "leakmatrix-report").cells] == [True, True]


def test_a_new_release_costs_its_own_cells(again: Callable[..., Done], tmp_path: Path) -> None:
    """What was not there the last time is run, and nothing else."""
    config = tmp_path / "pyproject.toml"
    config.write_text(config.read_text().replace('["1.0", "2.0"]', '["1.0", "2.0", "5.0"]'))
    again()
    cells = report.read(tmp_path / "leakmatrix-report").cells
    assert [(cell.version, cell.reused) for cell in cells] == [("1.0", True), ("2.0", True), ("5.0", False)]


def test_fresh(again: Callable[..., Done]) -> None:
    """Everything is run when that is asked for."""
    done = again("--fresh")
    assert "reused" not in done.stderr
    assert summary(done) == "2 ran"


def test_other_limits_are_another_result(again: Callable[..., Done], tmp_path: Path) -> None:
    """What was measured within other limits is not taken."""
    config = tmp_path / "pyproject.toml"
    config.write_text(config.read_text().replace("cell-seconds = 60.0", "cell-seconds = 61.0"))
    assert summary(again()) == "2 ran"


def test_verify(again: Callable[..., Done]) -> None:
    """Some of the reused cells are run again; that they agree is told, and so is how many it were."""
    done = again("--verify", "1")
    assert "verified: 1 reused cell run again, 0 cases differ" in done.stdout.splitlines()
    assert "1 of them reused" in summary(done)
    assert done.stderr.splitlines()[-1].startswith("[3/3] ")


def test_verify_finds_what_differs(again: Callable[..., Done], tmp_path: Path) -> None:
    """A case that answers otherwise is named, with its counts; it stays flaky until something of it changes."""
    (kept,) = [path for path in (tmp_path / "cache" / "results").glob("*/*") if "requests-2.0" in path.read_text()]
    lines = kept.read_text().splitlines(keepends=True)
    other = [line.replace('"held":1', '"gc":1') if "one_shot" in line else line for line in lines]
    kept.write_text("".join(other))
    number = sum(one != two for one, two in zip(lines, other, strict=True))
    done = again("--verify", "2")
    assert number > 2
    assert f"verified: 2 reused cells run again, {number} cases differ" in done.stdout
    assert f"  one_shot[kept] in {HERE}-requests-2.0: the same measurement came to gc once and held once" in done.stdout
    assert done.returncode == 4
    assert "flaky" in again().stdout


@pytest.mark.timeout(600)
def test_killed_and_started_again(
    offline_variables: dict[str, str], run_leakmatrix: Command, config_text: Callable[..., str], tmp_path: Path
) -> None:
    """A run that was killed is picked up where it stopped by starting it again."""
    config = config_text().replace('versions = ["1.0", "2.0"]', 'versions = ["1.0", "4.0"]')
    (tmp_path / "pyproject.toml").write_text(config.replace("cell-seconds = 60.0", "cell-seconds = 8.0"))
    variables = {"LEAKMATRIX_CACHE": str(tmp_path / "cache")}
    first = tmp_path / "leakmatrix-report" / "cells" / f"{HERE}-requests-1.0.jsonl"
    with subprocess.Popen(
        (sys.executable, "-m", "matrix", *SHORT, "--workers", "1"),
        cwd=tmp_path,
        env={**offline_variables, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + DEADLINE
        while not first.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
    run_leakmatrix(tmp_path, *SHORT, **variables)
    cells = report.read(tmp_path / "leakmatrix-report").cells
    assert [(cell.version, cell.status, cell.reused) for cell in cells] == [
        ("1.0", CellStatus.RAN, True),
        ("4.0", CellStatus.TIMEOUT, False),
    ]


# Text of a release's own.


def test_a_reason_that_is_a_script(leakmatrix: Command, other_wheels: Path, tmp_path: Path) -> None:
    """A package whose error message is a script tag, an escape and markup shows as that text in every form."""
    config = (tmp_path / "pyproject.toml").read_text().replace('["1.0", "2.0"]', '["110.0"]')
    (tmp_path / "pyproject.toml").write_text(config)
    done = leakmatrix(*SHORT, UV_FIND_LINKS=str(other_wheels))
    out = tmp_path / "leakmatrix-report"
    forms = {name: (out / file).read_text() for name, (file, _) in RENDERERS.items()}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in forms["html"]
    assert "&lt;script&gt;" in forms["junit"]
    assert r"<script>alert(1)</script> \x1b[31m & [bold]" in done.stderr
    for form in (*forms.values(), done.stdout, done.stderr):
        assert "\x1b" not in form
    for form in ("html", "junit", "markdown"):
        assert "<script>alert" not in forms[form]


# Interrupting.


@dataclass(frozen=True, kw_only=True, slots=True)
class Interrupted:
    """How a run ended that had SIGINT, and what it had been running."""

    code: int
    said: str
    out: Path
    scratch: Path
    children: list[int]


def children(host: int) -> dict[int, bytes]:
    """What a process has started and what still runs, with its command line."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == host:
                found[int(stat.parent.name)] = (stat.parent / "cmdline").read_bytes()
    return found


@pytest.fixture(scope="module")
def interrupted(
    offline_variables: dict[str, str], config_text: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Interrupted:
    """A run that has SIGINT when its first cell is done and its second hangs."""
    folder = tmp_path_factory.mktemp("interrupted")
    scratch = tmp_path_factory.mktemp("scratch")
    config = config_text(cell_seconds=600.0).replace('versions = ["1.0", "2.0"]', 'versions = ["1.0", "4.0", "5.0"]')
    (folder / "pyproject.toml").write_text(config)
    first = folder / "leakmatrix-report" / "cells" / f"{HERE}-requests-1.0.jsonl"
    with subprocess.Popen(
        (sys.executable, "-m", "matrix", "run", "--workers", "1", "--case", "one_shot[dropped]"),
        cwd=folder,
        env={**offline_variables, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        deadline = time.monotonic() + DEADLINE
        started: dict[int, bytes] = {}
        while not first.exists() or not any(b"matrix.guest" in command for command in started.values()):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
            started = children(process.pid)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=DEADLINE)
    return Interrupted(
        code=process.returncode, said=said, out=folder / "leakmatrix-report", scratch=scratch, children=list(started)
    )


def test_interrupted(interrupted: Interrupted) -> None:
    """Ctrl-C ends a run with 130 and says so."""
    assert interrupted.code == 130
    *_, last = interrupted.said.splitlines()
    assert last == "exit code 130: interrupted; finished cells are kept, and the same command goes on"


def test_interrupted_report_is_whole(interrupted: Interrupted) -> None:
    """The report has the finished cell and says of the others that they were not run."""
    done = report.read(interrupted.out)
    assert [(cell.version, cell.status) for cell in done.cells] == [
        ("1.0", CellStatus.RAN),
        ("4.0", CellStatus.NOT_RUN),
        ("5.0", CellStatus.NOT_RUN),
    ]


def test_interrupted_keeps_what_finished(interrupted: Interrupted) -> None:
    """The finished cell's result is on disk."""
    assert [path.name for path in (interrupted.out / "cells").iterdir()] == [f"{HERE}-requests-1.0.jsonl"]


def test_interrupted_leaves_no_process(interrupted: Interrupted) -> None:
    """The guest that hung and the peer are gone with the run."""
    assert len(interrupted.children) >= 2
    assert [pid for pid in interrupted.children if Path(f"/proc/{pid}").exists()] == []


def test_interrupted_leaves_no_file(interrupted: Interrupted) -> None:
    """Nothing is left where cells have their scratch folders."""
    assert list(interrupted.scratch.iterdir()) == []


# A report that is there.


@pytest.mark.parametrize("form", [form for form in RENDERERS if form != "terminal"])
def test_render(finished: tuple[Path, Done], run_leakmatrix: Command, form: str) -> None:
    """A form is printed as it was written."""
    folder, _ = finished
    done = run_leakmatrix(folder, "render", form)
    assert done.returncode == 0
    assert done.stdout == (folder / "leakmatrix-report" / RENDERERS[form][0]).read_text()


def test_render_for_the_terminal(finished: tuple[Path, Done], run_leakmatrix: Command) -> None:
    """The table is printed plainly where there is no terminal."""
    done = run_leakmatrix(finished[0], "render", "terminal")
    assert "one_shot[dropped]" in done.stdout
    assert "\x1b" not in done.stdout


def test_render_of_nothing(leakmatrix: Command) -> None:
    """Where there is no report it says how one is made."""
    done = leakmatrix("render", "markdown")
    assert done.returncode == 2
    assert "error: no report at" in done.stderr


def test_render_of_a_cut_report(leakmatrix: Command, finished: tuple[Path, Done], tmp_path: Path) -> None:
    """A report that was cut short is refused."""
    text = (finished[0] / "leakmatrix-report" / "report.jsonl").read_text()
    (tmp_path / "cut.jsonl").write_text(text[: text.rstrip().rindex("\n") + 1])
    done = leakmatrix("render", "markdown", "--report", "cut.jsonl")
    assert done.returncode == 2
    assert "has no footer: it was cut short" in done.stderr


@pytest.mark.parametrize(
    ("form", "content", "said"),
    [
        ("markdown", b"", "table of compatibility, not of markdown\nhint: leakmatrix render compatibility --into"),
        ("compatibility", b"x", "no place for the table\nhint: put the lines <!-- table --> and <!-- /table -->"),
        ("compatibility", b"\xff", "is no text in UTF-8\nhint: --into takes a file such as README.md\n"),
        ("compatibility", None, "does not exist.\n"),
    ],
    ids=["another form", "no marks", "no text", "no file"],
)
def test_render_into_what_has_no_table(
    finished: tuple[Path, Done], run_leakmatrix: Command, tmp_path: Path, form: str, content: bytes | None, said: str
) -> None:
    """It says what to do instead, prints no table, and leaves the file as it was."""
    file = tmp_path / "README.md"
    if content is not None:
        file.write_bytes(content)
    done = run_leakmatrix(finished[0], "render", form, "--into", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if content is None else [content])


def test_render_into_a_linked_file(finished: tuple[Path, Done], run_leakmatrix: Command, tmp_path: Path) -> None:
    """The table is renewed in the file that a link names, with the ends of lines that the file has."""
    file, link = tmp_path / "real.md", tmp_path / "README.md"
    file.write_bytes(b"before\r\n<!-- table -->\r\nold\r\n<!-- /table -->\r\nafter\r\n")
    link.symlink_to(file.name)
    done = run_leakmatrix(finished[0], "render", "compatibility", "--into", str(link))
    lines = file.read_bytes().split(b"\r\n")
    assert (done.returncode, link.is_symlink(), lines[:2], lines[-3:]) == (
        0,
        True,
        [b"before", b"<!-- table -->"],
        [b"<!-- /table -->", b"after", b""],
    )
    assert b"old" not in lines
    assert not any(b"\n" in line for line in lines)


def test_render_to_nobody(finished: tuple[Path, Done], offline_variables: dict[str, str]) -> None:
    """A reader that goes away is no error."""
    command = f"{sys.executable} -m matrix render html | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ("bash", "-c", command),
        cwd=finished[0],
        env=offline_variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout.splitlines()[-1].lstrip("<"), done.stderr) == ("0", "")


def test_show(finished: tuple[Path, Done], run_leakmatrix: Command) -> None:
    """The evidence names what was left and who holds it."""
    done = run_leakmatrix(finished[0], "show", f"{HERE}-requests-2.0", "one_shot[dropped]")
    assert done.returncode == 0
    assert "ESTABLISHED" in done.stdout
    assert "KEPT" in done.stdout


def test_reproduce(
    finished: tuple[Path, Done], run_leakmatrix: Command, answers: Callable[[report.Report], list[tuple[object, ...]]]
) -> None:
    """The command below the evidence measures it again, with the same answer, and leaves the report alone."""
    folder, _ = finished
    wanted = f"{HERE}-requests-2.0", "one_shot[dropped]"
    shown = run_leakmatrix(folder, "show", *wanted).stdout
    for _ in range(2):
        run_leakmatrix(folder, *shlex.split(shown.partition("to reproduce: leakmatrix ")[2].partition("\n")[0]))
    both = [report.read(folder / name) for name in ("leakmatrix-report", "reproduced")]
    before, after = ([answer for answer in answers(each) if answer[:2] == wanted] for each in both)
    assert (after, len(before), [cell.reused for cell in both[1].cells]) == (before, 1, [False])


@pytest.mark.parametrize(
    ("cell", "case", "there"),
    [
        ("py9", "one_shot[dropped]", f"{HERE}-requests-1.0, {HERE}-requests-2.0"),
        (f"{HERE}-requests-1.0", "nothing", "one_shot[kept]"),
    ],
    ids=["cell", "case"],
)
def test_show_of_nothing(
    finished: tuple[Path, Done], run_leakmatrix: Command, cell: str, case: str, there: str
) -> None:
    """A wrong name is wrong usage, and says what there is."""
    done = run_leakmatrix(finished[0], "show", cell, case)
    assert done.returncode == 2
    assert there in done.stderr
