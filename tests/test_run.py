"""`matrix.run`: whatever comes of a cell, it is a visible outcome; with a sandbox that only answers."""

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from matrix.collect import Outcome, without_result
from matrix.config import Limits
from matrix.errors import EnvironmentLacks, UsageError
from matrix.guest.wire import PROTOCOL
from matrix.kit import Kit
from matrix.known import KnownLeak
from matrix.model import CaseStatus, Cell, CellStatus, Resolve, Verdict
from matrix.provision import code
from matrix.resolution import Resolver
from matrix.run import Measured, run
from matrix.sandbox import Ended, Trouble, Work
from matrix.store import Store
from matrix.workers import Workers
from tests.records import make_case, make_entry, make_report

LEAK = make_entry(versions="==1.0")


@dataclass
class Runner:
    """Runs cells in a sandbox, and remembers what was kept and told."""

    limits: Limits = field(default_factory=Limits)
    known: tuple[KnownLeak, ...] = ()
    threads: int = 1
    kept: list[Outcome] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    store: Store | None = None
    fresh: bool = False

    def started(self, cell: Cell) -> None:
        self.told.append(f"started {cell.version}")

    def finished(self, outcome: Outcome) -> None:
        self.told.append(f"finished {outcome.cell.version}")

    def more(self, cells: int) -> None:
        self.told.append(f"{cells} more")

    def keep(self, outcome: Outcome) -> None:
        self.kept.append(outcome)
        self.told.append(f"kept {outcome.cell.version}")

    def run(self, sandbox: Any, *cells: Cell, measured: Measured | None = None) -> list[Outcome]:
        with Workers(sandbox) as workers, ThreadPoolExecutor(self.threads) as executor:
            kit = Kit(
                sandbox=sandbox,
                workers=workers,
                interpreters=sandbox.interpreters(()),
                code=code.provide(),
                limits=self.limits,
                store=self.store,
                fresh=self.fresh,
                cases=lambda _: ("session*",),
                known=self.known,
                keep=self.keep,
                watcher=self,
                stopping=self.stopping,
            )
            run(cells, kit, executor, measured)
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
    runner.known = (replace(LEAK, versions="", python=">=3.8", reference="#"),)
    answer = an_answer(a_case_line()).replace(b'.1"', b'.0a1+"')
    cell = fake_cell()
    (outcome,) = runner.run(a_sandbox({cell.id: lambda _: Ended(answer=answer)}), cell)
    assert outcome.cell.status is CellStatus.RAN


# Results of earlier runs.


@pytest.fixture
def storing(runner: Runner, tmp_path: Path) -> Runner:
    """A runner that keeps results for later."""
    runner.store = Store(tmp_path / "results", make_report().header)
    return runner


@pytest.fixture
def again(storing: Runner, a_sandbox: Any, fake_cell: Any) -> Callable[..., list[Outcome]]:
    """Runs a cell once more, in a sandbox of the same machinery unless it says otherwise, with what was kept before."""

    def run_again(answer: bytes, machinery: str | None = "image", version: str = "1.0") -> list[Outcome]:
        cell = fake_cell(version)
        sandbox = a_sandbox({cell.id: lambda _: Ended(answer=answer)})
        sandbox.made_of = machinery
        storing.kept.clear()
        storing.told.clear()
        return storing.run(sandbox, cell)

    return run_again


@pytest.mark.parametrize(
    ("error", "status"),
    [(Trouble("the engine has gone"), CellStatus.NOT_RUN), (RuntimeError("oops"), CellStatus.CRASHED)],
)
def test_trouble_while_looking_for_a_result(
    again: Callable[..., list[Outcome]], monkeypatch: pytest.MonkeyPatch, error: Exception, status: CellStatus
) -> None:
    """A wheel that cannot be built is met before any sandbox is; it is this cell's trouble all the same."""

    def client(*_: object) -> None:
        raise error

    monkeypatch.setattr(Resolver, "client", client)
    (outcome,) = again(b"is not asked for")
    assert outcome.cell.status is status
    assert str(error) in (outcome.cell.reason or "")


def test_when_it_ran(again: Callable[..., list[Outcome]], an_answer: Any) -> None:
    """A result knows when it was measured, and by which key it is found."""
    (outcome,) = again(an_answer())
    assert outcome.cell.ran.endswith("+00:00")
    assert len(outcome.cell.key) == 20
    assert not outcome.cell.reused


def test_reused(again: Callable[..., list[Outcome]], storing: Runner, an_answer: Any, a_case_line: Any) -> None:
    """A cell of the same key is not run; its result is kept and told as reused, with the date of its run."""
    (first,) = again(an_answer(a_case_line()))
    (second,) = again(b"is not asked for")
    assert second.cell.reused
    assert (second.cell.ran, second.cell.key, second.cases) == (first.cell.ran, first.cell.key, first.cases)
    assert storing.told == ["started 1.0", "kept 1.0", "finished 1.0"]


def test_reused_needs_no_worker(storing: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """Where all is known, nothing is started: no worker, and so no peer."""
    cells = [fake_cell("1.0"), fake_cell("2.0")]
    for expected in (1, 0):
        sandbox = a_sandbox({cell.id: lambda _: Ended(answer=an_answer()) for cell in cells})
        sandbox.made_of = "image"
        storing.run(sandbox, *cells)
        assert sandbox.workers == expected


@pytest.mark.parametrize("machinery", ["another image", None], ids=["another", "to be made yet"])
def test_other_machinery(again: Callable[..., list[Outcome]], an_answer: Any, machinery: str | None) -> None:
    """On another image, or one that is not there yet, a cell is run."""
    again(an_answer())
    (outcome,) = again(an_answer(), machinery)
    assert not outcome.cell.reused


def test_image_that_is_pulled_first(storing: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """A machine that is new has results from a cache, but no image yet: once that is there, they stand, each."""
    cells = [fake_cell("1.0"), fake_cell("2.0")]
    earlier = a_sandbox({cell.id: lambda _: Ended(answer=an_answer()) for cell in cells})
    earlier.made_of = "image"
    storing.run(earlier, *cells)
    sandbox = a_sandbox({})
    sandbox.pulled = "image"
    storing.kept.clear()
    assert [outcome.cell.reused for outcome in storing.run(sandbox, *cells)] == [True, True]
    assert sandbox.workers == 0


def test_only_what_is_new_is_run(storing: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """A new release costs its own cell, and no other."""
    cells = [fake_cell("1.0"), fake_cell("2.0")]
    for planned in (cells[:1], cells):
        sandbox = a_sandbox({cell.id: lambda _: Ended(answer=an_answer()) for cell in planned})
        sandbox.made_of = "image"
        storing.run(sandbox, *planned)
    assert [work.cell for work in sandbox.works] == [cells[1].id]


def test_peer_is_made_ahead(storing: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """What the first cell's peer runs on is made while its packages are; where nothing is run, it is not."""
    prepared = []
    for _ in range(2):
        sandbox = a_sandbox({fake_cell("1.0").id: lambda _: Ended(answer=an_answer())})
        sandbox.made_of = "image"
        storing.run(sandbox, fake_cell("1.0"))
        prepared.append(sandbox.workers_prepared)
    assert prepared == [1, 0]


def test_fresh(again: Callable[..., list[Outcome]], storing: Runner, an_answer: Any) -> None:
    """What is asked for afresh is run, whatever is known."""
    again(an_answer())
    storing.fresh = True
    (outcome,) = again(an_answer())
    assert not outcome.cell.reused


def test_measured_again_and_different(
    again: Callable[..., list[Outcome]], storing: Runner, an_answer: Any, a_case_line: Any
) -> None:
    """Another answer under the same key is shown as flaky, which is neither a pass nor a known leak."""
    storing.known = (LEAK,)
    again(an_answer(a_case_line()))
    storing.fresh = True
    (outcome,) = again(an_answer(a_case_line(verdict="held", passed=False)))
    (case,) = outcome.cases
    assert (case.status, case.verdict, case.passed, case.known) == (CaseStatus.FLAKY, None, None, None)
    assert case.answers == {"clean": 1, "held": 1}


def test_known_leaks_are_marked_afterwards(
    again: Callable[..., list[Outcome]], storing: Runner, an_answer: Any, a_case_line: Any
) -> None:
    """The list of known leaks is no part of a key: an entry that is added covers results that are reused."""
    again(an_answer(a_case_line(verdict="held", passed=False)))
    storing.known = (LEAK,)
    (outcome,) = again(b"is not asked for")
    assert outcome.cell.reused
    assert [case.known for case in outcome.cases] == ["requests#1"]
    storing.known = ()
    (outcome,) = again(b"is not asked for")
    assert [case.known for case in outcome.cases] == [None]


def test_what_is_not_whole_is_run_again(again: Callable[..., list[Outcome]], an_answer: Any) -> None:
    """An answer that was cut short is no result for a later run."""
    again(an_answer()[:-5])
    (outcome,) = again(an_answer())
    assert (outcome.cell.status, outcome.cell.reused) == (CellStatus.RAN, False)


def test_uninstallable_is_asked_again(again: Callable[..., list[Outcome]], an_answer: Any) -> None:
    """What cannot be installed today may be tomorrow: each run asks the index."""
    for _ in range(2):
        (outcome,) = again(an_answer(), version="99.0")
        assert (outcome.cell.status, outcome.cell.reused, outcome.cell.key) == (CellStatus.UNINSTALLABLE, False, "")


# Trouble that is not the client's.


def spoilt(times: int, answer: bytes) -> Callable[[Work], Ended]:
    """A cell to which something happens the first times."""
    left = [times]

    def run_it(_: Work) -> Ended:
        left[0] -= 1
        if left[0] >= 0:
            raise Trouble(f"the engine went away, number {times - left[0]}")
        return Ended(answer=answer)

    return run_it


def test_trouble_is_tried_again(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """What the infrastructure does to a cell is no result: it is run again with another worker, and says so."""
    cell = fake_cell()
    sandbox = a_sandbox({cell.id: spoilt(1, an_answer())})
    (outcome,) = runner.run(sandbox, cell)
    assert (outcome.cell.status, outcome.cell.retried) == (CellStatus.RAN, "the engine went away, number 1")
    assert (sandbox.workers, sandbox.closed_workers) == (2, 2)


def test_trouble_twice(runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any) -> None:
    """After the second time the cell is not run; both reasons are there, and neither blames the client."""
    cells = [fake_cell("1.0"), fake_cell("2.0")]
    sandbox = a_sandbox({cells[0].id: spoilt(2, an_answer()), cells[1].id: lambda _: Ended(answer=an_answer())})
    first, second = runner.run(sandbox, *cells)
    assert first.cell.status is CellStatus.NOT_RUN
    reason = "tried twice, and not the client's doing: the engine went away, number 2"
    assert first.cell.reason == f"{reason} (before: the engine went away, number 1)"
    assert second.cell.status is CellStatus.RAN


def test_trouble_while_stopping(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """A run that is being stopped tries nothing again."""
    cell = fake_cell()

    def stopped(_: Work) -> Ended:
        runner.stopping.set()
        raise Trouble("its container is gone")

    sandbox = a_sandbox({cell.id: stopped})
    assert runner.run(sandbox, cell) == []
    assert len(sandbox.works) == 1


def test_control_that_was_wrong(
    runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any, a_case_line: Any
) -> None:
    """A cell that a control makes invalid is run again: a machine that is too slow does that, too."""
    control = a_case_line("control_late", contract="control", passed=None)
    reason = "control_late answered clean, which is known to be late"
    invalid = an_answer(control, {"record": "unavailable", "status": "invalid", "reason": reason})
    answers = [invalid, an_answer(a_case_line())]
    cell = fake_cell()
    (outcome,) = runner.run(a_sandbox({cell.id: lambda _: Ended(answer=answers.pop(0))}), cell)
    assert (outcome.cell.status, outcome.cell.retried) == (CellStatus.RAN, reason)


def test_control_that_is_wrong_each_time(
    runner: Runner, a_sandbox: Any, fake_cell: Any, an_answer: Any, a_case_line: Any
) -> None:
    """A control that is wrong twice makes the cell invalid."""
    control = a_case_line("control_late", contract="control", passed=None)
    invalid = an_answer(control, {"record": "unavailable", "status": "invalid", "reason": "wrong"})
    cell = fake_cell()
    sandbox = a_sandbox({cell.id: lambda _: Ended(answer=invalid)})
    (outcome,) = runner.run(sandbox, cell)
    assert (outcome.cell.status, outcome.cell.reason, len(sandbox.works)) == (CellStatus.INVALID, "wrong", 2)


def test_clients_trouble_is_not_tried_again(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """A crash is the client's: it is run once."""
    cell = fake_cell()
    sandbox = a_sandbox({cell.id: lambda _: Ended(answer=None, status=CellStatus.CRASHED, reason="it died")})
    (outcome,) = runner.run(sandbox, cell)
    assert (outcome.cell.status, outcome.cell.retried, len(sandbox.works)) == (CellStatus.CRASHED, "", 1)


# Elsewhere: the executor is handed what measures a cell, and its outcome is kept here.


def test_measured_elsewhere(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """What another process has measured is kept and told here, and no worker of this process is lent."""
    sandbox = a_sandbox({})
    cells = [fake_cell("1.0"), fake_cell("2.0")]
    runner.run(sandbox, *cells, measured=lambda cell: without_result(cell, CellStatus.OOM, "there", sandbox="fake"))
    assert sorted((outcome.cell.cell, outcome.cell.reason) for outcome in runner.kept) == [
        (cell.id, "there") for cell in cells
    ]
    assert sorted(runner.told) == ["finished 1.0", "finished 2.0", "kept 1.0", "kept 2.0"]
    assert sandbox.workers == 0


def test_known_leaks_are_marked_here(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """The list of known leaks is this process's, whoever measures."""
    runner.known = (LEAK,)

    def measured(cell: Cell) -> Outcome:
        record = without_result(cell, CellStatus.RAN, "", sandbox="fake").cell
        return Outcome(cell=replace(record, resolved={"requests": "1.0"}), cases=(make_case("x", "a", Verdict.HELD),))

    (outcome,) = runner.run(a_sandbox({}), fake_cell(), measured=measured)
    assert [case.known for case in outcome.cases] == ["requests#1"]


def test_lost_elsewhere(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """A cell of which nothing comes back is not run, with the reason, and the others are not touched."""

    def measured(cell: Cell) -> Outcome:
        if cell.version == "2.0":
            raise RuntimeError("its worker died four times")
        return without_result(cell, CellStatus.OOM, "there", sandbox="fake")

    cells = [fake_cell("1.0"), fake_cell("2.0"), fake_cell("3.0")]
    runner.run(a_sandbox({}), *cells, measured=measured)
    assert {outcome.cell.version: (outcome.cell.status, outcome.cell.reason) for outcome in runner.kept} == {
        "1.0": (CellStatus.OOM, "there"),
        "2.0": (CellStatus.NOT_RUN, "the cluster gave no result: RuntimeError: its worker died four times"),
        "3.0": (CellStatus.OOM, "there"),
    }


def test_wrong_usage_elsewhere_ends_the_run(runner: Runner, a_sandbox: Any, fake_cell: Any) -> None:
    """A selector that no case fits ends the run from wherever it is said."""

    def measured(_: Cell) -> Outcome:
        raise UsageError("no case matches x*")

    with pytest.raises(UsageError, match="no case matches"):
        runner.run(a_sandbox({}), fake_cell(), measured=measured)
    assert runner.kept == []
