"""`matrix.merge`: what belongs together becomes one report; what does not is named."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matrix import merge, plan_file, report
from matrix.collect import without_result
from matrix.errors import ReportError
from matrix.model import Cell, CellStatus, Contract, Report, Verdict
from matrix.shard import Part, cut
from tests.records import make_case, make_report

PLAN = tuple(
    Cell(python=python, client=client, version=version)
    for python in ("3.9", "3.12")
    for client, version in (("httpx", "0.9.0"), ("httpx", "0.28.1"), ("requests", "2.34.2"))
)
PARTS = cut(PLAN, (1.0,) * len(PLAN), 3)


def a_report(cells: tuple[Cell, ...], **header: str) -> Report:
    """A report of these cells, each with one case."""
    records = [without_result(cell, CellStatus.RAN, "", sandbox="docker").cell for cell in cells]
    cases = [make_case(cell.id, f"a[{cell.version}]", Verdict.GC, contract=Contract.HAZARD) for cell in cells]
    return make_report(*records, *cases, **{"plan": "abc"} | header)


WHOLE = a_report(PLAN)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a shard's report into a folder named after it, with what is different in its header."""

    def written(part: Part, name: str = "", **different: str) -> Path:
        folder = tmp_path / (name or f"shard-{part.shard.index}")
        report.write(a_report(part.cells, shard=str(part.shard), **different), folder / report.NAME)
        plan_file.write(part, folder)
        return folder

    return written


def merged(*folders: Path) -> merge.Merged:
    return merge.merge([merge.read(folder) for folder in folders])


def test_shards_are_the_whole(write: Callable[..., Path]) -> None:
    """All shards together are the report of the whole run, in the plan's order, whichever way they are named."""
    folders = [write(part) for part in PARTS]
    assert merged(*folders[::-1]) == merge.Merged(report=WHOLE)


def test_order_is_the_plans(write: Callable[..., Path]) -> None:
    """Cells come in the order that the whole run has them in, be that the order of a table or not."""
    plan = tuple(replace(PLAN[2], pins=(f"urllib3=={version}",)) for version in ("1.26.15", "1.26.9", "1.26.16"))
    folders = [write(part) for part in cut(plan, (1.0, 1.0, 1.0), 2)]
    assert [cell.cell for cell in merged(*folders).report.cells] == [cell.id for cell in plan]


def test_shards_without_the_plan(write: Callable[..., Path]) -> None:
    """The reports alone are enough: they are put in the order that a plan has."""
    folders = [write(part) for part in PARTS]
    for folder in folders:
        (folder / plan_file.NAME).unlink()
    assert merged(*folders) == merge.Merged(report=WHOLE)


def test_merged_can_be_written_and_read(write: Callable[..., Path], tmp_path: Path) -> None:
    """What comes out is a report like any other."""
    report.write(merged(*map(write, PARTS)).report, tmp_path / "all" / report.NAME)
    assert report.read(tmp_path / "all") == WHOLE


def test_missing_shard(write: Callable[..., Path]) -> None:
    """A shard that is missing is named, and so is each of its cells: planned, and not run."""
    found = merged(write(PARTS[0]), write(PARTS[2]))
    assert (found.missing, found.report.header.shard) == (("2/3",), "1,3/3")
    reasons = {cell.cell: cell.reason for cell in found.report.cells if cell.status is CellStatus.NOT_RUN}
    assert reasons == {cell.id: "shard 2/3 is missing" for cell in PARTS[1].cells}
    assert [cell.cell for cell in found.report.cells] == [cell.id for cell in PLAN]


def test_missing_shard_without_the_plan(write: Callable[..., Path]) -> None:
    """Where the plan is not there, the shard is named all the same."""
    folder = write(PARTS[0])
    (folder / plan_file.NAME).unlink()
    assert merged(folder).missing == ("2/3", "3/3")


def test_shard_that_was_killed(write: Callable[..., Path]) -> None:
    """Of a shard that did not get as far as its report, the cells it had kept are there; the others say why not."""
    folder = write(PARTS[1])
    (folder / report.NAME).unlink()
    kept = a_report(PARTS[1].cells[:1], shard="2/3")
    report.write(kept, folder / report.CELLS / "one.jsonl")
    found = merged(write(PARTS[0]), folder, write(PARTS[2]))
    assert (found.missing, found.cut_short) == ((), ("2/3",))
    reasons = {cell.cell: cell.reason for cell in found.report.cells if cell.status is CellStatus.NOT_RUN}
    assert reasons == {PARTS[1].cells[1].id: "shard 2/3 was cut short"}
    assert list(found.report.cases) == [case for case in WHOLE.cases if case.cell != PARTS[1].cells[1].id]


def test_shard_that_was_killed_when_it_was_run_again(write: Callable[..., Path]) -> None:
    """The report that is there is then of an earlier run: what counts is what this one had kept."""
    folder = write(PARTS[1], started="2026-08-13T00:00:00+00:00")
    kept = a_report(PARTS[1].cells[:1], shard="2/3")
    report.write(kept, folder / report.CELLS / "one.jsonl")
    found = merged(write(PARTS[0]), folder, write(PARTS[2]))
    assert (found.missing, found.cut_short) == ((), ("2/3",))


def test_shard_that_was_killed_at_once(write: Callable[..., Path]) -> None:
    """Before its first cell had ended it leaves nothing but an earlier run's report, which is none of this one's."""
    folder = write(PARTS[1])
    (folder / report.CELLS).mkdir()
    with pytest.raises(ReportError, match="of an earlier run"):
        merge.read(folder)


def test_shard_that_was_interrupted_at_once(write: Callable[..., Path]) -> None:
    """It has written its report: none of its cells was reached."""
    folder = write(PARTS[1])
    there = report.read(folder)
    cells = tuple(replace(cell, status=CellStatus.NOT_RUN, reason="interrupted") for cell in there.cells)
    report.write(replace(there, cells=cells, cases=()), folder / report.NAME)
    (folder / report.CELLS).mkdir()
    assert not merge.read(folder).cut_short


def test_shard_that_was_not_killed(write: Callable[..., Path]) -> None:
    """Beside its report are the cells that it was made from."""
    folder = write(PARTS[1])
    report.write(a_report(PARTS[1].cells[:1], shard="2/3"), folder / report.CELLS / "one.jsonl")
    assert merged(write(PARTS[0]), folder, write(PARTS[2])) == merge.Merged(report=WHOLE)


def test_runs_without_a_cell_in_common(tmp_path: Path) -> None:
    """Runs that are no shards are joined, too, if they have no cell in common: in the order of a plan."""
    for name, cells in (("new", PLAN[3:]), ("old", PLAN[:3])):
        report.write(a_report(cells, plan=name), tmp_path / name / report.NAME)
    found = merged(tmp_path / "new", tmp_path / "old")
    assert found == merge.Merged(report=a_report(PLAN, plan=""))


def test_header(write: Callable[..., Path]) -> None:
    """The earliest beginning counts, and each reason for the sandbox is told once."""
    folders = (
        write(PARTS[0], sandbox_reason="an engine answers"),
        write(PARTS[1], sandbox_reason="asked for", started="2026-01-01T00:00:00+00:00"),
        write(PARTS[2], sandbox_reason="asked for"),
    )
    header = merged(*folders).report.header
    assert header.started == "2026-01-01T00:00:00+00:00"
    assert header.sandbox_reason == "an engine answers; asked for"


# What does not belong together.


@pytest.mark.parametrize(
    ("different", "says"),
    [
        ({"plan": "def"}, "of the plan abc, and of the plan def"),
        ({"sandbox": "process"}, "run in the sandbox docker, and run in the sandbox process"),
        ({"version": "0.2.0"}, "of version 0.1.0, and of version 0.2.0"),
    ],
    ids=["plan", "sandbox", "version"],
)
def test_mismatch(write: Callable[..., Path], different: dict[str, str], says: str) -> None:
    """What differs is named, with both places."""
    folders = write(PARTS[0]), write(PARTS[1], **different)
    with pytest.raises(ReportError) as caught:
        merged(*folders)
    assert caught.value.message == f"{folders[0]} and {folders[1]} do not belong together: {says}"


def test_other_protocol(write: Callable[..., Path], tmp_path: Path) -> None:
    """A report of another protocol is refused by name."""
    folders = write(PARTS[0]), write(PARTS[1])
    path = folders[1] / report.NAME
    path.write_text(path.read_text().replace('"protocol":1', '"protocol":2', 1))
    with pytest.raises(ReportError, match=f"{tmp_path}/shard-2/report.jsonl speaks protocol 2"):
        merged(*folders)


def test_same_shard_twice(write: Callable[..., Path]) -> None:
    """A shard that is there twice is named."""
    folders = write(PARTS[0]), write(PARTS[1]), write(PARTS[1], "again")
    with pytest.raises(ReportError) as caught:
        merged(*folders)
    assert caught.value.message == f"{folders[1]} and {folders[2]} are both shard 2/3"


def test_same_cell_twice(tmp_path: Path) -> None:
    """A cell that is in two runs is named."""
    for name, cells in (("one", PLAN[:3]), ("two", PLAN[2:])):
        report.write(a_report(cells), tmp_path / name / report.NAME)
    with pytest.raises(ReportError) as caught:
        merged(tmp_path / "one", tmp_path / "two")
    assert caught.value.message == f"{PLAN[2].id} is in {tmp_path / 'one'} and in {tmp_path / 'two'}"


def test_same_folder_twice(write: Callable[..., Path], tmp_path: Path) -> None:
    """A folder that is named twice is there twice, be it a shard's or a whole run's."""
    folder = write(PARTS[0])
    with pytest.raises(ReportError, match="are both shard 1/3"):
        merged(folder, folder)
    report.write(WHOLE, tmp_path / "whole" / report.NAME)
    with pytest.raises(ReportError, match=f"{PLAN[0].id} is in .*whole and in .*whole"):
        merged(tmp_path / "whole", tmp_path / "whole")


def test_shards_of_different_numbers(write: Callable[..., Path]) -> None:
    """A third and a half are of different runs."""
    half = cut(PLAN, (1.0,) * len(PLAN), 2)[1]
    with pytest.raises(ReportError, match=r"is shard 1/3, and .* is shard 2/2: they are of different runs"):
        merged(write(PARTS[0]), write(half))


def test_shard_and_whole_run(write: Callable[..., Path], tmp_path: Path) -> None:
    """A shard is not joined to a whole run."""
    report.write(WHOLE, tmp_path / "whole" / report.NAME)
    with pytest.raises(ReportError, match=r"is shard 1/3, and .*whole is a whole run"):
        merged(write(PARTS[0]), tmp_path / "whole")


def test_merge_that_lacks_shards(write: Callable[..., Path], tmp_path: Path) -> None:
    """A merge that lacks some shards is not completed: it has reasons in the place of their cells."""
    report.write(merged(write(PARTS[0]), write(PARTS[2])).report, tmp_path / "most" / report.NAME)
    with pytest.raises(ReportError, match="most is a merge that lacks some shards"):
        merged(tmp_path / "most", write(PARTS[1]))


def test_plan_that_is_none(write: Callable[..., Path]) -> None:
    """A plan that cannot be read is refused by its place."""
    folder = write(PARTS[0])
    (folder / plan_file.NAME).write_text("[1]")
    with pytest.raises(ReportError, match=r"shard-1/plan\.json is no plan"):
        merged(folder)


def test_nothing_there(tmp_path: Path) -> None:
    """A folder without a report says so."""
    (tmp_path / "cells").mkdir()
    with pytest.raises(ReportError, match="no report at"):
        merged(tmp_path)
