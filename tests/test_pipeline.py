"""`matrix.pipeline`: the stages composed, with a sandbox that only answers and a folder for an index."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matrix import builtin, pipeline, report
from matrix.collect import Outcome
from matrix.config import Client, Config
from matrix.errors import ConfigError, EnvironmentLacks, UsageError
from matrix.model import CaseStatus, Cell, CellStatus, Report, Verdict
from matrix.pipeline import Options, Planned, Ran, execute, find_case, planned, write
from matrix.sandbox import Ended, Work
from matrix.selection import Selection
from matrix.versions import Exact, LastMinors, Latest
from tests.records import make_report

VERSIONS = ("1.0", "2.0", "3.0")


class Silent:
    """Nobody is told."""

    def started(self, cell: Cell) -> None:
        pass

    def finished(self, outcome: Outcome) -> None:
        pass

    def more(self, cells: int) -> None:
        pass


@pytest.fixture
def config(offline: Path) -> Config:  # noqa: ARG001  for the variables that it sets
    """Three versions of a tiny client."""
    return Config(clients={"requests": Client(versions=tuple(Exact(version=version) for version in VERSIONS))})


@pytest.fixture
def cells(config: Config, a_sandbox: Any) -> tuple[Cell, ...]:
    """The cells of that configuration."""
    return planned(config, Selection(), a_sandbox({})).cells


@pytest.fixture
def executed(config: Config, cells: tuple[Cell, ...], a_sandbox: Any, tmp_path: Path) -> Callable[..., Ran]:
    """Runs the cells, each with an answer; what was written is below `out`."""

    def run(*answers: Callable[[Work], Ended], sandbox: Any = None, workers: int = 1, **options: Any) -> Ran:
        fake = sandbox or a_sandbox({cell.id: answer for cell, answer in zip(cells, answers, strict=False)})
        plan = Planned(config=config, cells=cells, interpreters=fake.interpreters(()))
        given = Options(out=tmp_path / "out", workers=workers, **options)
        return execute(plan, fake, "told", options=given, watcher=Silent())

    return run


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "out" / "cells").iterdir())


def statuses(done: Report) -> list[CellStatus]:
    return [cell.status for cell in done.cells]


# Planning.


def test_planned_in_order(cells: tuple[Cell, ...]) -> None:
    """The cells of a configuration are there, in order."""
    assert [cell.version for cell in cells] == list(VERSIONS)


@pytest.mark.usefixtures("config")
def test_planned_versions_are_looked_up(a_sandbox: Any) -> None:
    """What the configuration leaves to the index is asked of it."""
    wanted = Config(clients={"requests": Client(versions=(Latest(), LastMinors(count=2)))})
    assert [cell.version for cell in planned(wanted, Selection(), a_sandbox({})).cells] == ["7.0", "8.0"]


def test_cases_of_edges_are_selected(config: Config, a_sandbox: Any) -> None:
    """Of the cells that show edges, those in which a selected case does; each runs no other."""
    plan = planned(replace(config, known_leaks=True), Selection(cases=("one_shot[k*",)), a_sandbox({}))
    assert {case for cell in plan.cells for case in plan.cases(cell)} == {"one_shot[kept]"}
    assert {cell.client for cell in plan.cells} == {"requests"}


def test_no_edge_is_selected(config: Config, a_sandbox: Any) -> None:
    """A case that shows no edge is told as that, with those that do."""
    with pytest.raises(UsageError, match=r"no edge of these cells is shown by one_shot\[kep\]") as caught:
        planned(replace(config, known_leaks=True), Selection(cases=("one_shot[kep]",)), a_sandbox({}))
    assert "one_shot[kept]" in caught.value.hint


def test_planned_selection(config: Config, a_sandbox: Any) -> None:
    """A selection leaves what it means."""
    chosen = planned(config, Selection(versions=("2.0",)), a_sandbox({})).cells
    assert [cell.version for cell in chosen] == ["2.0"]


def test_planned_missing_interpreter_is_a_cell(config: Config, a_sandbox: Any) -> None:
    """A configured interpreter that is not here is planned: its hole has a reason."""
    plan = planned(Config(clients=config.clients, python=("3.8",)), Selection(), a_sandbox({}))
    assert {cell.python for cell in plan.cells} == {"3.8"}
    assert "3.8" not in plan.interpreters


def test_asked_for_interpreter_that_is_not_here(config: Config, a_sandbox: Any) -> None:
    """An interpreter that is named on the command line and cannot be had is said at once."""
    with pytest.raises(EnvironmentLacks, match=r"Python 3\.8 cannot be had here"):
        planned(config, Selection(pythons=("3.8",)), a_sandbox({}))


def test_selection_of_nothing(config: Config, a_sandbox: Any) -> None:
    """A selector that means nothing says what there was."""
    with pytest.raises(UsageError, match=r'"9\.9" matches nothing') as caught:
        planned(config, Selection(versions=("9.9",)), a_sandbox({}))
    assert caught.value.hint == "there is: 1.0, 2.0, 3.0"


@pytest.mark.usefixtures("offline")
def test_index_that_has_nothing(a_sandbox: Any) -> None:
    """A client that the index does not have is a mistake in the configuration."""
    with pytest.raises(ConfigError):
        planned(Config(clients={"nobody": Client(versions=(Latest(),))}), Selection(), a_sandbox({}))


# The configuration.

TEXT = (
    '[tool.leakmatrix.clients.httpx]\nversions = ["latest"]\n[tool.leakmatrix.profiles.old.clients]\nhttpx = ["1.0"]\n'
)


def test_nearest_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name the nearest file that has our table counts."""
    (tmp_path / "pyproject.toml").write_text(TEXT)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert pipeline.configuration(None, None)[1] == tmp_path / "pyproject.toml"


def test_named_configuration(tmp_path: Path) -> None:
    """A file that is named counts, and so does a profile of it."""
    (tmp_path / "mine.toml").write_text(TEXT)
    config, _ = pipeline.configuration(tmp_path / "mine.toml", "old")
    assert config.clients["httpx"].versions == (Exact(version="1.0"),)


def test_built_in_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none, the built-in one is taken."""
    monkeypatch.chdir(tmp_path)
    config, path = pipeline.configuration(None, "quick")
    assert path == builtin.CONFIG
    assert set(config.clients) == {"requests", "httpx"}


# Running.


def test_ran(executed: Callable[..., Ran], an_answer: Any, a_case_line: Any) -> None:
    """Every cell is in the report in the order of the plan, with its cases."""
    answer = an_answer(a_case_line())
    ran = executed(*[lambda _: Ended(answer=answer)] * 3)
    assert not ran.interrupted
    assert [cell.version for cell in ran.report.cells] == list(VERSIONS)
    assert [(case.cell, case.verdict) for case in ran.report.cases] == [
        (cell.cell, Verdict.CLEAN) for cell in ran.report.cells
    ]


def test_order_is_the_plans(executed: Callable[..., Ran], an_answer: Any) -> None:
    """A cell that ends early does not come first."""
    answer = Ended(answer=an_answer())
    others = threading.Semaphore(0)

    def last(_: Work) -> Ended:
        assert all(others.acquire(timeout=30) for _ in range(2))
        return answer

    def soon(_: Work) -> Ended:
        others.release()
        return answer

    ran = executed(last, soon, soon, workers=2)
    assert [cell.version for cell in ran.report.cells] == list(VERSIONS)


def test_header(executed: Callable[..., Ran], an_answer: Any) -> None:
    """The report says which sandbox it was, and why."""
    header = executed(*[lambda _: Ended(answer=an_answer())] * 3).report.header
    assert (header.sandbox, header.sandbox_reason, header.started[-6:]) == ("fake", "told", "+00:00")


def test_whatever_comes_of_a_cell(executed: Callable[..., Ran]) -> None:
    """Cells that time out, crash or break the harness are all in the report."""

    def broken(_: Work) -> Ended:
        raise RuntimeError("oops")

    ran = executed(
        lambda _: Ended(answer=None, status=CellStatus.TIMEOUT, reason="still running"),
        lambda _: Ended(answer=b"rubbish"),
        broken,
    )
    assert statuses(ran.report) == [CellStatus.TIMEOUT, CellStatus.CRASHED, CellStatus.CRASHED]
    assert all(cell.reason for cell in ran.report.cells)


def test_each_cell_is_on_disk(executed: Callable[..., Ran], an_answer: Any, a_case_line: Any, tmp_path: Path) -> None:
    """Each result is a small report of its own, which can be read."""
    answer = an_answer(a_case_line())
    ran = executed(*[lambda _: Ended(answer=answer)] * 3)
    assert kept(tmp_path) == [f"{cell.cell}.jsonl" for cell in ran.report.cells]
    first = report.read(tmp_path / "out" / "cells" / kept(tmp_path)[0])
    assert (first.cells, first.cases) == (ran.report.cells[:1], ran.report.cases[:1])


def test_on_disk_before_the_next_begins(executed: Callable[..., Ran], an_answer: Any, tmp_path: Path) -> None:
    """What finished before is on disk while the next cell runs."""
    seen: list[list[str]] = []

    def look(_: Work) -> Ended:
        seen.append(kept(tmp_path))
        return Ended(answer=an_answer())

    ran = executed(lambda _: Ended(answer=an_answer()), look, look)
    names = [f"{cell.cell}.jsonl" for cell in ran.report.cells]
    assert seen == [names[:1], names[:2]]


def test_results_of_an_earlier_run_are_gone(executed: Callable[..., Ran], an_answer: Any, tmp_path: Path) -> None:
    """Nothing of another run is taken for this one's."""
    report.write(make_report(), tmp_path / "out" / "cells" / "old.jsonl")
    executed(*[lambda _: Ended(answer=an_answer())] * 3)
    assert "old.jsonl" not in kept(tmp_path)


@pytest.fixture
def interrupted(
    executed: Callable[..., Ran], cells: tuple[Cell, ...], a_sandbox: Any, an_answer: Any
) -> tuple[Ran, Any]:
    """A run that was stopped in its second cell, while a third may have been running; its sandbox."""

    def interrupt(_: Work) -> Ended:
        raise KeyboardInterrupt

    def killed(_: Work) -> Ended:
        assert sandbox.stopped.wait(30)
        return Ended(answer=None, status=CellStatus.CRASHED, reason="killed")

    answers = (lambda _: Ended(answer=an_answer()), interrupt, killed)
    sandbox = a_sandbox(dict(zip([cell.id for cell in cells], answers, strict=True)))
    return executed(sandbox=sandbox), sandbox


def test_interrupted_others_are_not_run(interrupted: tuple[Ran, Any]) -> None:
    """A run that was stopped has every cell: those that finished, and the others as not run."""
    ran, _ = interrupted
    assert ran.interrupted
    assert statuses(ran.report) == [CellStatus.RAN, CellStatus.NOT_RUN, CellStatus.NOT_RUN]
    assert [cell.reason for cell in ran.report.cells] == [None, "interrupted", "interrupted"]


def test_interrupted_keeps_what_finished(interrupted: tuple[Ran, Any], tmp_path: Path) -> None:
    """What finished before is on disk, and nothing else."""
    ran, _ = interrupted
    assert kept(tmp_path) == [f"{ran.report.cells[0].cell}.jsonl"]


def test_interrupted_stops_the_sandbox(interrupted: tuple[Ran, Any]) -> None:
    """What runs is stopped."""
    _, sandbox = interrupted
    assert sandbox.stopped.is_set()


def test_wrong_usage_is_raised(executed: Callable[..., Ran], an_answer: Any) -> None:
    """A selector that no case fits ends the run, in order."""
    line = {"record": "unavailable", "status": "usage", "reason": "no case matches x*; there is: a"}
    with pytest.raises(UsageError, match="there is: a"):
        executed(*[lambda _: Ended(answer=an_answer(line))] * 3)


def test_error_stops_the_sandbox(
    executed: Callable[..., Ran], cells: tuple[Cell, ...], a_sandbox: Any, an_answer: Any
) -> None:
    """An error that ends the run waits for nothing that runs."""
    line = {"record": "unavailable", "status": "usage", "reason": "no case"}

    def killed(_: Work) -> Ended:
        assert sandbox.stopped.wait(30)
        return Ended(answer=None)

    answers = (killed, lambda _: Ended(answer=an_answer(line)), killed)
    sandbox = a_sandbox(dict(zip([cell.id for cell in cells], answers, strict=True)))
    with pytest.raises(UsageError):
        executed(sandbox=sandbox, workers=2)
    assert sandbox.stopped.is_set()


def test_out_cannot_be_written(executed: Callable[..., Ran], an_answer: Any, tmp_path: Path) -> None:
    """A folder for the results that cannot be made ends the run with a hint, before any cell is run."""
    (tmp_path / "out").touch()
    begun: list[str] = []

    def begin(work: Work) -> Ended:
        begun.append(work.cell)
        return Ended(answer=an_answer())

    with pytest.raises(EnvironmentLacks, match="cannot write") as caught:
        executed(begin, begin, begin)
    assert "--out" in caught.value.hint
    assert begun == []


# Results of earlier runs.


@pytest.fixture
def once_more(
    executed: Callable[..., Ran],
    cells: tuple[Cell, ...],
    a_sandbox: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[Ran, list[str]]]:
    """Runs the cells on the same machinery, each time with the same cache; with it, which cells were run."""
    monkeypatch.setenv("LEAKMATRIX_CACHE", str(tmp_path / "cache"))

    def run(answer: Callable[[Work], Ended], **options: Any) -> tuple[Ran, list[str]]:
        sandbox = a_sandbox({cell.id: answer for cell in cells})
        sandbox.made_of = "image"
        ran = executed(sandbox=sandbox, **options)
        return ran, [work.cell for work in sandbox.works]

    return run


def test_nothing_new(once_more: Callable[..., tuple[Ran, list[str]]], an_answer: Any, a_case_line: Any) -> None:
    """A run with nothing new runs nothing, and has the same answers."""
    answer = an_answer(a_case_line())
    first, begun = once_more(lambda _: Ended(answer=answer))
    second, begun_again = once_more(lambda _: Ended(answer=b"is not asked for"))
    assert (len(begun), len(begun_again)) == (3, 0)
    assert second.report.cases == first.report.cases
    assert [cell.reused for cell in second.report.cells] == [True] * 3


def test_fresh(once_more: Callable[..., tuple[Ran, list[str]]], an_answer: Any) -> None:
    """Asked to, it runs them all."""
    once_more(lambda _: Ended(answer=an_answer()))
    _, begun = once_more(lambda _: Ended(answer=an_answer()), fresh=True)
    assert len(begun) == 3


def test_verified(once_more: Callable[..., tuple[Ran, list[str]]], an_answer: Any, a_case_line: Any) -> None:
    """As many of the reused cells as asked for are run again; where they agree, nothing differs."""
    answer = an_answer(a_case_line())
    once_more(lambda _: Ended(answer=answer))
    ran, begun = once_more(lambda _: Ended(answer=answer), verify=2)
    assert len(set(begun)) == 2
    assert ran.verified is not None
    assert ({cell.cell for cell in ran.verified.cells}, ran.verified.differing) == (set(begun), ())
    assert sorted(cell.reused for cell in ran.report.cells) == [False, False, True]


def test_verified_and_different(
    once_more: Callable[..., tuple[Ran, list[str]]], an_answer: Any, a_case_line: Any
) -> None:
    """An answer that differs is reported, shown as flaky with its counts, and remembered."""
    once_more(lambda _: Ended(answer=an_answer(a_case_line())))
    other = an_answer(a_case_line(verdict="held", passed=False))
    ran, _ = once_more(lambda _: Ended(answer=other), verify=9)
    assert ran.verified is not None
    assert [case.answers for case in ran.verified.differing] == [{"clean": 1, "held": 1}] * 3
    later, begun = once_more(lambda _: Ended(answer=b"is not asked for"))
    assert begun == []
    assert [case.status for case in later.report.cases] == [CaseStatus.FLAKY] * 3


def test_verified_without_a_result(
    once_more: Callable[..., tuple[Ran, list[str]]], an_answer: Any, a_case_line: Any
) -> None:
    """A cell that comes to nothing the second time keeps its first result; that it was not checked is told."""
    once_more(lambda _: Ended(answer=an_answer(a_case_line())))
    ran, _ = once_more(lambda _: Ended(answer=None, status=CellStatus.TIMEOUT, reason="too slow"), verify=9)
    assert ran.verified is not None
    assert len(ran.verified.without_result) == 3
    assert statuses(ran.report) == [CellStatus.RAN] * 3
    assert [case.verdict for case in ran.report.cases] == [Verdict.CLEAN] * 3


def test_not_kept_for_later(once_more: Callable[..., tuple[Ran, list[str]]], an_answer: Any, tmp_path: Path) -> None:
    """A cache that takes no results spoils no run, and is told."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "results").touch()
    ran, _ = once_more(lambda _: Ended(answer=an_answer()))
    assert statuses(ran.report) == [CellStatus.RAN] * 3
    assert "cannot write" in ran.not_kept


# What is made of it.


def test_written(executed: Callable[..., Ran], an_answer: Any, tmp_path: Path) -> None:
    """The report and all that is rendered from it are files, told by their names."""
    ran = executed(*[lambda _: Ended(answer=an_answer())] * 3)
    files = write(ran.report, tmp_path / "out")
    assert {name: path.name for name, path in files.items()} == {
        "report": "report.jsonl",
        "markdown": "report.md",
        "html": "index.html",
        "junit": "junit.xml",
        "terminal": "table.txt",
    }
    assert all(path.stat().st_size for path in files.values())
    assert report.read(tmp_path / "out") == ran.report


@pytest.fixture
def small(executed: Callable[..., Ran], an_answer: Any, a_case_line: Any) -> Report:
    """A report with two cases in the first cell and none in the others."""
    answer = an_answer(a_case_line("a", 0), a_case_line("b", 1))
    none = Ended(answer=None, status=CellStatus.CRASHED, reason="it died")
    return executed(lambda _: Ended(answer=answer), lambda _: none, lambda _: none).report


def test_find_case(small: Report) -> None:
    """A cell and a case are found by their names."""
    assert find_case(small, small.cells[0].cell, "b") == (0, 1)


def test_find_case_by_its_function(small: Report) -> None:
    """Whoever types the name of the function is not sent away."""
    assert find_case(small, small.cells[0].cell, "test_b") == (0, 1)


def test_find_no_cell(small: Report) -> None:
    """A wrong cell says which there are."""
    with pytest.raises(UsageError, match="no cell py9 in this report") as caught:
        find_case(small, "py9", "a")
    assert small.cells[2].cell in caught.value.hint


def test_find_no_case(small: Report) -> None:
    """A wrong case says which there are in this cell."""
    with pytest.raises(UsageError, match="no case c in") as caught:
        find_case(small, small.cells[0].cell, "c")
    assert caught.value.hint == "there is: a, b"


def test_no_adapter(config: Config, a_sandbox: Any, tmp_path: Path) -> None:
    """Configured clients whose adapters nobody wrote are told as that, all of them, before anything runs."""
    cells = tuple(Cell(python="3.11", client=client, version="1.0") for client in ("urllib3-future", "httpx", "other"))
    plan = Planned(config=config, cells=cells, interpreters={})
    with pytest.raises(UsageError, match=r"urllib3-future has no adapter: .*/urllib3_future\.py\nother has"):
        execute(plan, a_sandbox({}), "told", options=Options(out=tmp_path), watcher=Silent())


def test_find_in_a_cell_without_cases(small: Report) -> None:
    """A cell without cases says why it has none."""
    with pytest.raises(UsageError) as caught:
        find_case(small, small.cells[1].cell, "a")
    assert caught.value.hint == "there is: none: it died"
