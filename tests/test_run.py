"""`matrix.run`: whatever comes of a cell, it is a visible outcome; with a sandbox that only answers."""

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from matrix.collect import Outcome
from matrix.config import Limits
from matrix.errors import EnvironmentLacks, UsageError
from matrix.guest.wire import PROTOCOL
from matrix.known import KnownLeak
from matrix.model import Cell, CellStatus, Resolve
from matrix.provision import code
from matrix.run import Kit, Workers, run
from matrix.sandbox import Ended, Work

LEAK = KnownLeak(case="*", client="requests", package="requests", versions="==1.0", reference="requests#1", reason="x")


@dataclass
class Runner:
    """Runs cells in a sandbox, and remembers what was kept and told."""

    limits: Limits = field(default_factory=Limits)
    known: tuple[KnownLeak, ...] = ()
    threads: int = 1
    kept: list[Outcome] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def started(self, cell: Cell) -> None:
        self.told.append(f"started {cell.version}")

    def finished(self, outcome: Outcome) -> None:
        self.told.append(f"finished {outcome.cell.version}")

    def keep(self, outcome: Outcome) -> None:
        self.kept.append(outcome)
        self.told.append(f"kept {outcome.cell.version}")

    def run(self, sandbox: Any, *cells: Cell) -> list[Outcome]:
        with Workers(sandbox) as workers, ThreadPoolExecutor(self.threads) as executor:
            kit = Kit(
                requirements=lambda cell: (f"{cell.client}=={cell.version}", *cell.pins),
                sandbox=sandbox,
                workers=workers,
                interpreters=sandbox.interpreters(()),
                code=code.provide(),
                limits=self.limits,
                cases=lambda _: ("session*",),
                known=self.known,
                keep=self.keep,
                watcher=self,
                stopping=self.stopping,
            )
            run(cells, kit, executor)
        return self.kept


@pytest.fixture
def runner(offline: Path) -> Runner:  # noqa: ARG001  for the variables that it sets
    """A runner whose packages come from the folder of tiny wheels."""
    return Runner()


def raises(error: BaseException) -> Callable[[Work], Ended]:
    def answer(_: Work) -> Ended:
        raise error

    return answer


def test_ran(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any, a_case_line: Any) -> None:
    """A whole answer is a cell that ran, with its cases and what was installed."""
    cell = fake_cell()
    (outcome,) = runner.run(a_sandbox({cell.id: lambda _: Ended(answer=an_answer(a_case_line()))}), cell)
    assert (outcome.cell.status, outcome.cell.resolved) == (CellStatus.RAN, {"requests": "1.0"})
    assert [case.case for case in outcome.cases] == ["session[closed]"]


CAME_OF: dict[str, tuple[Callable[[Work], Ended], CellStatus, str]] = {
    "no answer": (lambda _: Ended(answer=None), CellStatus.CRASHED, "the guest left no answer"),
    "rubbish": (lambda _: Ended(answer=b"rubbish"), CellStatus.CRASHED, "line 1 of the answer cannot be read"),
    "timeout": (
        lambda _: Ended(answer=None, status=CellStatus.TIMEOUT, reason="still running after 1 s"),
        CellStatus.TIMEOUT,
        "still running after 1 s",
    ),
    "crash": (
        lambda _: Ended(answer=None, status=CellStatus.CRASHED, reason="the guest ended with exit code -6"),
        CellStatus.CRASHED,
        "exit code -6",
    ),
    "out of memory": (
        lambda _: Ended(answer=None, status=CellStatus.OOM, reason="its memory limit"),
        CellStatus.OOM,
        "its memory limit",
    ),
    "lacks": (raises(EnvironmentLacks("the HTTP peer has ended")), CellStatus.NOT_RUN, "the HTTP peer has ended"),
    "bug": (raises(RuntimeError("oops")), CellStatus.CRASHED, "the harness failed: RuntimeError: oops"),
}


@pytest.mark.parametrize(("answer", "status", "reason"), CAME_OF.values(), ids=CAME_OF)
def test_no_result(
    runner: Runner, a_sandbox: Any, fake_cell: Any, answer: Callable[[Work], Ended], status: CellStatus, reason: str
) -> None:
    """Whatever goes wrong with a cell, it is that cell's, and has a reason."""
    cell = fake_cell()
    (outcome,) = runner.run(a_sandbox({cell.id: answer}), cell)
    assert outcome.cell.status is status
    assert reason in (outcome.cell.reason or "")


def test_trouble_is_one_cells(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """After a cell that broke the harness the others run."""
    cells = [fake_cell("1.0"), fake_cell("2.0"), fake_cell("3.0")]
    answers: dict[str, Callable[[Work], Ended]] = {cell.id: lambda _: Ended(answer=an_answer()) for cell in cells}
    runner.run(a_sandbox(answers | {cells[1].id: raises(RuntimeError("oops"))}), *cells)
    assert [outcome.cell.status for outcome in runner.kept] == [CellStatus.RAN, CellStatus.CRASHED, CellStatus.RAN]


def test_uninstallable(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """A version that cannot be installed needs no sandbox, and has uv's words."""
    sandbox = a_sandbox({})
    (outcome,) = runner.run(sandbox, fake_cell("99.0"))
    assert outcome.cell.status is CellStatus.UNINSTALLABLE
    assert "requests==99.0" in (outcome.cell.reason or "")
    assert sandbox.workers == 0


def test_our_own_packages_are_not_the_clients_fault(
    runner: Runner, a_sandbox: Any, fake_cell: Any, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pytest cannot be installed, no client is called uninstallable for that."""
    cell = fake_cell()
    (tmp_path / "wheels").mkdir()
    shutil.copy(wheels / "requests-1.0-py3-none-any.whl", tmp_path / "wheels")
    (tmp_path / "uv.toml").write_text(f"no-index = true\nfind-links = ['{tmp_path}/wheels']\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("LEAKMATRIX_CACHE", str(tmp_path / "cache"))
    (outcome,) = runner.run(a_sandbox({}), cell)
    assert outcome.cell.status is CellStatus.CRASHED
    assert "the harness failed: NoSolution" in (outcome.cell.reason or "")
    assert "pytest" in (outcome.cell.reason or "")


def test_no_such_interpreter(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """A cell whose interpreter is not there is not run, and says so."""
    (outcome,) = runner.run(a_sandbox({}), fake_cell(python="3.8"))
    assert outcome.cell.status is CellStatus.NOT_RUN
    assert "install Python 3.8" in (outcome.cell.reason or "")


def test_era_without_dates(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """Where the index does not say when a release was, its neighbours of that day are not guessed."""
    plain = fake_cell()
    cell = Cell(python=plain.python, client=plain.client, version=plain.version, resolve=Resolve.ERA)
    (outcome,) = runner.run(a_sandbox({}), cell)
    assert outcome.cell.status is CellStatus.NOT_RUN
    assert "does not say when requests 1.0 was released" in (outcome.cell.reason or "")


def test_work(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """A worker is handed the cell's packages, pytest, our code and a job in the wire's words."""
    cell = fake_cell()
    sandbox = a_sandbox({cell.id: lambda _: Ended(answer=an_answer())})
    runner.run(sandbox, cell)
    (work,) = sandbox.works
    assert (work.packages.path / "requests.py").exists()
    assert (work.runner.path / "pytest").is_dir()
    assert (work.code.path / "matrix" / "guest").is_dir()
    assert (work.job["protocol"], work.job["cell"], work.job["client"]) == (PROTOCOL, cell.id, "requests")
    assert work.job["cases"] == {"paths": ["cases"], "select": ["session*"]}


def test_limits_are_passed_on(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """The limits of the configuration are those of the job and of the sandbox."""
    runner.limits = Limits(case_seconds=7.0, cell_seconds=70.0)
    cell = fake_cell()
    sandbox = a_sandbox({cell.id: lambda _: Ended(answer=an_answer())})
    runner.run(sandbox, cell)
    (work,) = sandbox.works
    assert work.job["limits"]["case_seconds"] == 7.0
    assert work.limits.cell_seconds == 70.0


def test_known_leaks_are_marked(
    runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any, a_case_line: Any
) -> None:
    """A kept answer has the reference of the known leak that covers it."""
    runner.known = (LEAK,)
    cell = fake_cell()
    answer = an_answer(a_case_line(verdict="held", passed=False))
    (outcome,) = runner.run(a_sandbox({cell.id: lambda _: Ended(answer=answer)}), cell)
    assert [case.known for case in outcome.cases] == ["requests#1"]


def test_kept_before_the_next_begins(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """With one worker, a cell's result is kept and told before another cell is begun."""
    cells = [fake_cell("1.0"), fake_cell("2.0")]
    runner.run(a_sandbox({cell.id: lambda _: Ended(answer=an_answer()) for cell in cells}), *cells)
    assert runner.told == [
        f"{what} {version}" for version in ("1.0", "2.0") for what in ("started", "kept", "finished")
    ]


def test_worker_is_lent_again(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """One worker serves cell after cell, and is ended with the run."""
    cells = [fake_cell("1.0"), fake_cell("2.0")]
    sandbox = a_sandbox({cell.id: lambda _: Ended(answer=an_answer()) for cell in cells})
    runner.run(sandbox, *cells)
    assert (sandbox.workers, sandbox.closed_workers) == (1, 1)


def test_failed_worker_is_not_lent_again(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """A worker that raised is replaced, and ended all the same."""
    cells = [fake_cell("1.0"), fake_cell("2.0")]
    sandbox = a_sandbox({cells[0].id: raises(RuntimeError("x")), cells[1].id: lambda _: Ended(answer=an_answer())})
    runner.run(sandbox, *cells)
    assert (sandbox.workers, sandbox.closed_workers) == (2, 2)


def test_cells_at_a_time(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """Two threads run two cells side by side, each with a worker of its own."""
    together = threading.Barrier(2, timeout=30)
    cells = [fake_cell("1.0"), fake_cell("2.0")]

    def answer(_: Work) -> Ended:
        together.wait()
        return Ended(answer=an_answer())

    runner.threads = 2
    sandbox = a_sandbox({cell.id: answer for cell in cells})
    outcomes = runner.run(sandbox, *cells)
    assert [outcome.cell.status for outcome in outcomes] == [CellStatus.RAN, CellStatus.RAN]
    assert sandbox.workers == 2


def test_wrong_usage_ends_the_run(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """A selector that no case fits is wrong for all cells alike: nothing more is run."""
    line = {"record": "unavailable", "status": "usage", "reason": "no case matches x*; there is: a"}
    cells = [fake_cell("1.0"), fake_cell("99.0")]
    with pytest.raises(UsageError, match="no case matches"):
        runner.run(a_sandbox({cells[0].id: lambda _: Ended(answer=an_answer(line))}), *cells)
    assert "kept 1.0" not in runner.told


def test_trouble_with_keeping_ends_the_run(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """Where results cannot be kept there is no point in going on."""

    def keep(_: Outcome) -> None:
        raise EnvironmentLacks("the disk is full")

    runner.keep = keep  # type: ignore[method-assign]
    cell = fake_cell()
    with pytest.raises(EnvironmentLacks, match="the disk is full"):
        runner.run(a_sandbox({cell.id: lambda _: Ended(answer=an_answer())}), cell)


def test_nothing_is_begun_once_stopping(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """A run that is being stopped begins no cell."""
    runner.stopping.set()
    assert runner.run(a_sandbox({}), fake_cell()) == []
    assert runner.told == []


def test_nothing_is_kept_once_stopping(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """A cell whose sandbox was taken away under it has no outcome."""
    cell = fake_cell()

    def stopped(_: Work) -> Ended:
        runner.stopping.set()
        return Ended(answer=None, status=CellStatus.CRASHED, reason="killed")

    assert runner.run(a_sandbox({cell.id: stopped}), cell) == []


def test_odd_version_of_an_interpreter(
    runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any, a_case_line: Any
) -> None:
    """A guest on an interpreter of an unreleased version spoils nothing, with known leaks to compare."""
    runner.known = (
        KnownLeak(
            case="*", client="requests", package="requests", versions="", python=">=3.8", reference="#", reason=""
        ),
    )
    answer = an_answer(a_case_line()).replace(b'.1"', b'.0a1+"')
    cell = fake_cell()
    (outcome,) = runner.run(a_sandbox({cell.id: lambda _: Ended(answer=answer)}), cell)
    assert outcome.cell.status is CellStatus.RAN
