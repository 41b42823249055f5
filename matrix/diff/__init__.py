"""Two reports -> what is different in the new one: `compare`. Pure; the forms it is told in are beside it.

It compares answers and judges only that one got worse. Which of them a release or a dependency is to
blame for is not here: see `matrix.bisect`.
"""

from collections.abc import Iterable, Mapping

from matrix.diff.changes import Compared, compared
from matrix.diff.groups import cases_of, cells_of, groups_of, shifts_of
from matrix.diff.model import Diff, Kind
from matrix.diff.pairs import pairs
from matrix.diff.spans import axes_of
from matrix.errors import ExitCode
from matrix.model import CaseRecord, CellRecord, Contract, Report
from matrix.render import signs

__all__ = ["Diff", "Kind", "compare", "exit_code"]


def compare(old: Report, new: Report) -> Diff:
    """What is different in `new`."""
    axes = axes_of(old, new)
    found, fresh = pairs(old.cells, new.cells)
    before, after = _answers(old), _answers(new)
    none: Mapping[str, CaseRecord] = {}
    done = [compared(pair, before.get(pair.old.cell, none), after.get(pair.new.cell, none)) for pair in found]
    there = {cell.cell for cell in new.cells}
    same = [each for each in done if not each.pair.step]
    return Diff(
        old=old.header,
        new=new.header,
        compared=sum(each.answers for each in done),
        flaky=sum(each.flaky for each in done),
        groups=groups_of((change for each in done for change in each.changes), axes),
        new_cells=cells_of(fresh, axes),
        dropped_cells=cells_of((cell for cell in old.cells if cell.cell not in there), axes),
        new_cases=cases_of(_named(same, new=True), axes),
        dropped_cases=cases_of(_named(same, new=False), axes),
        environment=shifts_of(same, axes),
    )


def exit_code(diff: Diff) -> ExitCode:
    """By the table in `errors.py`. Something that got worse outweighs a result that is missing now."""
    if diff.worse:
        return ExitCode.LEAK
    return ExitCode.INCOMPLETE if diff.of(Kind.LOST) else ExitCode.OK


def _answers(report: Report) -> dict[str, dict[str, CaseRecord]]:
    """Cell -> case -> its record: no controls, nothing from a cell that is not believed."""
    believed = {cell.cell for cell in report.cells if signs.believed(cell.status)}
    answers: dict[str, dict[str, CaseRecord]] = {}
    for record in report.cases:
        if record.contract is not Contract.CONTROL and record.cell in believed:
            answers.setdefault(record.cell, {})[record.case] = record
    return answers


def _named(done: Iterable[Compared], *, new: bool) -> Iterable[tuple[str, CellRecord]]:
    for each in done:
        for case in each.new_cases if new else each.dropped_cases:
            yield case, each.pair.new
