"""One answer in full, as its page shows it: picture, counts, things left, plot, and how to see it again.

Things that are alike are told once with their number, so that no page grows without bound; all of them
stand in the records beside it. It measures nothing and judges nothing.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from matrix.model import CaseRecord, CellRecord, Contract, Left, Verdict
from matrix.render import signs
from matrix.render.evidence import likeness_of_left, reproduce
from matrix.render.signs import Face
from matrix.site import addresses
from matrix.site.growth_plot import Plot, plots_of
from matrix.site.ladder import Picture, picture_of

MOST_GROUPS = 6
_BEFORE_CASES = 2  # lines of a cell's own report: its header and the cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """Things that a reader would call the same."""

    left: Left
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """A kind before and after the call, and when what came more was gone."""

    kind: str
    before: int
    after: int
    verdict: Verdict | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """The case beside it that shows the same use put right."""

    case: str
    sentence: str
    address: str
    face: Face


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    record: CaseRecord
    face: Face
    id: str
    line: int  # in the cell's own report
    picture: Picture | None
    plots: tuple[Plot, ...]
    counts: tuple[Count, ...]
    alike: tuple[Alike, ...]
    more: int  # groups that are not shown
    fix: Fix | None
    command: str  # that measures it again

    @property
    def clean(self) -> bool:
        return self.record.verdict is Verdict.CLEAN and not self.face.mark


def answers_of(cell: CellRecord, records: tuple[CaseRecord, ...]) -> tuple[Answer, ...]:
    """The answers of a cell in the order of its report, without the controls."""
    beside = {record.case: record for record in records}
    return tuple(
        _answer(cell, record, beside, line)
        for line, record in enumerate(records, start=_BEFORE_CASES + 1)
        if record.contract is not Contract.CONTROL
    )


def _answer(cell: CellRecord, record: CaseRecord, beside: Mapping[str, CaseRecord], line: int) -> Answer:
    alike = _alike(record)
    return Answer(
        record=record,
        face=signs.of_case(record),
        id=addresses.fragment(record.case),
        line=line,
        picture=picture_of(record),
        plots=plots_of(record.series),
        counts=tuple(_counts(record)),
        alike=alike[:MOST_GROUPS],
        more=len(alike[MOST_GROUPS:]),
        fix=_fix(cell, record, beside),
        command=reproduce(cell, record.case),
    )


def _alike(record: CaseRecord) -> tuple[Alike, ...]:
    groups: dict[Hashable, list[Left]] = {}
    for left in record.left:
        groups.setdefault(likeness_of_left(left), []).append(left)
    return tuple(Alike(left=same[0], number=len(same)) for same in groups.values())


def _counts(record: CaseRecord) -> list[Count]:
    """Those that changed, and those that the verdict is about."""
    return [
        Count(kind=kind, before=before, after=after, verdict=record.kinds.get(kind))
        for kind, (before, after) in record.counts.items()
        if before != after or kind in record.kinds
    ]


def _fix(cell: CellRecord, record: CaseRecord, beside: Mapping[str, CaseRecord]) -> Fix | None:
    if not record.fix or record.fix not in beside:
        return None
    found = beside[record.fix]
    return Fix(
        case=found.case,
        sentence=found.sentence,
        address=addresses.answer(cell.cell, found.case),
        face=signs.of_case(found),
    )
