"""`matrix.bisect.cells`: from a cell's report to what a search may believe, with a sandbox that only answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matrix.bisect.cells import Cells, Ground
from matrix.bisect.model import Tried
from matrix.bisect.trail import Enough
from matrix.config import Client, Config
from matrix.errors import EnvironmentLacks, UsageError
from matrix.model import Cell, CellStatus, Resolve, Verdict
from matrix.sandbox import Ended, Work

CASE = "session[closed]"


@pytest.fixture
def asking(offline: Path, a_sandbox: Any, fake_cell: Any) -> Callable[..., Cells]:  # noqa: ARG001  for its variables
    """Builds a tester whose cells answer as told, by version."""

    def build(answers: dict[str, Callable[[Work], Ended]], **fields: Any) -> Cells:
        sandbox = a_sandbox({fake_cell(version).id: answer for version, answer in answers.items()})
        ground = {
            "config": Config(clients={"requests": Client(versions=())}),
            "sandbox": sandbox,
            "why": "told",
            "interpreters": dict(sandbox.interpreters(())),
            "case": CASE,
        }
        return Cells(ground=Ground(**ground | fields))

    return build


def test_answer(asking: Callable[..., Cells], fake_cell: Any, an_answer: Any, a_case_line: Any) -> None:
    """A verdict, with the packages it is true for."""
    held = a_case_line(verdict="held", passed=False, kinds={"socket": "held"})
    tried = asking({"1.0": lambda _: Ended(answer=an_answer(held))}).ask(fake_cell())
    assert (tried.verdict, tried.status, tried.kinds) == (Verdict.HELD, "", ("socket",))
    assert dict(tried.resolved) == {"requests": "1.0"}


def test_only_that_case_is_run(asking: Callable[..., Cells], fake_cell: Any, an_answer: Any, a_case_line: Any) -> None:
    """One case by its name, whatever the configuration leaves a client."""
    works: list[Work] = []

    def answer(work: Work) -> Ended:
        works.append(work)
        return Ended(answer=an_answer(a_case_line()))

    asking({"1.0": answer}).ask(fake_cell())
    assert [work.job["cases"] for work in works] == [{"paths": ["cases"], "select": [CASE]}]


def test_one_kind(asking: Callable[..., Cells], fake_cell: Any, an_answer: Any, a_case_line: Any) -> None:
    """Asked for one kind of resource, its own verdict counts; what was not left is clean."""
    line = a_case_line(verdict="held", passed=False, kinds={"socket": "gc", "pool slot": "held"})
    answers = {"1.0": lambda _: Ended(answer=an_answer(line))}
    found = {kind: asking(answers, kind=kind).ask(fake_cell()).verdict for kind in ("socket", "pool slot", "thread")}
    assert found == {"socket": "gc", "pool slot": "held", "thread": "clean"}


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (Ended(answer=None, status=CellStatus.TIMEOUT, reason="still running"), "timeout"),
        (Ended(answer=b"rubbish"), "crashed"),
    ],
    ids=["timeout", "rubbish"],
)
def test_cell_without_a_result(asking: Callable[..., Cells], fake_cell: Any, ended: Ended, status: str) -> None:
    """A cell that gives no result is a gap, with its reason."""
    tried = asking({"1.0": lambda _: ended}).ask(fake_cell())
    assert (tried.verdict, tried.status) == (None, status)
    assert tried.reason


@pytest.mark.parametrize("what", ["cell", "case"])
def test_busy_machine(
    asking: Callable[..., Cells], fake_cell: Any, an_answer: Any, a_case_line: Any, what: str
) -> None:
    """A cell or a case that was still running, or whose controls were wrong, is run once more before it is a gap."""
    late = {
        "cell": Ended(answer=None, status=CellStatus.TIMEOUT, reason="still running"),
        "case": Ended(answer=an_answer(a_case_line(status="timeout", verdict=None, passed=None, reason="too slow"))),
    }
    ends = [late[what], Ended(answer=an_answer(a_case_line()))]
    cells = asking({"1.0": lambda _: ends.pop(0)}, limit=1)
    assert cells.ask(fake_cell()).verdict is Verdict.CLEAN
    assert len(cells.reports) == 1


@pytest.mark.parametrize("status", ["unsupported", "error", "timeout"])
def test_case_without_a_result(
    asking: Callable[..., Cells], fake_cell: Any, an_answer: Any, a_case_line: Any, status: str
) -> None:
    """So is a case without one."""
    line = a_case_line(status=status, verdict=None, passed=None, reason="told why")
    tried = asking({"1.0": lambda _: Ended(answer=an_answer(line))}).ask(fake_cell())
    assert (tried.verdict, tried.status, tried.reason) == (None, status, "told why")


def test_uninstallable(asking: Callable[..., Cells], fake_cell: Any) -> None:
    """And a version that the index has not."""
    assert asking({}).ask(fake_cell("99.0")).status == "uninstallable"


def test_no_such_case(asking: Callable[..., Cells], fake_cell: Any, an_answer: Any, a_case_line: Any) -> None:
    """A case that is not among the answers is wrong usage, and no gap."""
    answers = {"1.0": lambda _: Ended(answer=an_answer(a_case_line("other[x]")))}
    with pytest.raises(UsageError, match="no case"):
        asking(answers).ask(fake_cell())


def test_cell_that_could_not_be_run(asking: Callable[..., Cells], fake_cell: Any) -> None:
    """Trouble of this machine's is no gap in a history: it ends the search."""
    with pytest.raises(EnvironmentLacks, match="could not be run"):
        asking({}).ask(fake_cell(python="3.8"))


def test_release_without_a_date(asking: Callable[..., Cells], fake_cell: Any) -> None:
    """An index that does not say when a release came out leaves a gap where its day is needed."""
    cell: Cell = fake_cell()
    dated = Cell(python=cell.python, client=cell.client, version=cell.version, resolve=Resolve.ERA)
    tried = asking({}).ask(dated)
    assert (tried.verdict, tried.status) == (None, "not run")
    assert "when requests 1.0 was released" in tried.reason


def test_limit(asking: Callable[..., Cells], fake_cell: Any, an_answer: Any, a_case_line: Any) -> None:
    """So many cells and no more; each is told, and all are in one report."""
    told: list[Tried] = []
    answers = {version: lambda _: Ended(answer=an_answer(a_case_line())) for version in ("1.0", "2.0", "3.0")}
    cells = asking(answers, limit=2, tell=told.append)
    cells.ask(fake_cell("1.0"))
    cells.ask(fake_cell("2.0"))
    with pytest.raises(Enough):
        cells.ask(fake_cell("3.0"))
    whole = cells.whole()
    assert whole is not None
    assert [cell.version for cell in whole.cells] == [tried.cell.version for tried in told] == ["1.0", "2.0"]
    assert len(whole.cases) == 2


def test_interrupted(asking: Callable[..., Cells], fake_cell: Any, an_answer: Any, a_case_line: Any) -> None:
    """Ctrl-C ends the search: no further cell is run, and the one that was stopped is no result."""

    def stop(_: Work) -> Ended:
        raise KeyboardInterrupt

    cells = asking({"1.0": lambda _: Ended(answer=an_answer(a_case_line())), "2.0": stop, "3.0": stop})
    cells.ask(fake_cell("1.0"))
    for version in ("2.0", "3.0"):
        with pytest.raises(Enough):
            cells.ask(fake_cell(version))
    whole = cells.whole()
    assert (cells.interrupted, [cell.version for cell in whole.cells] if whole else None) == (True, ["1.0"])
