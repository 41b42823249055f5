"""How many of what: the totals at the end of a table.

Counts, and the sentences that say them. It judges nothing: what a guarantee's
answer is worth is decided in `signs.py`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from matrix.age import age
from matrix.guest.wire import DISTURBED
from matrix.model import CaseStatus, CellStatus, Contract, Report, Verdict
from matrix.render import signs
from matrix.render.plain import counted
from matrix.render.table import answers_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    cells: Mapping[CellStatus, int]
    reused: int
    oldest: str  # of those: how old it was when the run began, in words; empty: nobody knows
    hold: int
    broken: int  # guarantees, unexpectedly
    known: int  # guarantees, as listed
    gone: int  # listed as known, and hold
    hazards: Mapping[Verdict, int]
    unanswered: Mapping[CaseStatus, int]
    cost: float | None  # seconds that the detector took for a case, the median
    bare: tuple[int, int]  # answers that the run without instruments agrees with, of how many
    ignored: Mapping[str, int]  # rule of the detector's -> how many things it left out


def summary_of(report: Report) -> Summary:
    cells = Counter(cell.status for cell in report.cells)
    guarantees: Counter[str] = Counter()
    hazards: Counter[Verdict] = Counter()
    unanswered: Counter[CaseStatus] = Counter()
    for record in answers_of(report).values():
        if record.status is not CaseStatus.ANSWERED or record.verdict is None:
            answered = record.status is CaseStatus.ANSWERED
            unanswered[CaseStatus.ERROR if answered else record.status] += 1
        elif record.contract is Contract.HAZARD:
            hazards[record.verdict] += 1
        else:
            mark = signs.of_case(record).mark
            guarantees[mark or ("hold" if signs.holds(record) else "broken")] += 1
    return Summary(
        cells={status: cells[status] for status in CellStatus if cells[status]},
        reused=sum(cell.reused for cell in report.cells),
        oldest=_oldest(report),
        hold=guarantees["hold"],
        broken=guarantees["broken"],
        known=guarantees["known"],
        gone=guarantees["gone"],
        hazards={verdict: hazards[verdict] for verdict in Verdict if hazards[verdict]},
        unanswered={status: unanswered[status] for status in CaseStatus if unanswered[status]},
        **_honesty(report),
    )


def _oldest(report: Report) -> str:
    dates = sorted(cell.ran for cell in report.cells if cell.reused and cell.ran)  # ISO 8601, UTC
    try:
        return age(dates[0], datetime.fromisoformat(report.header.started)) if dates else ""
    except ValueError:
        return ""


def _honesty(report: Report) -> dict[str, Any]:
    """What the detector says about itself; controls count too."""
    answered = [record for record in report.cases if record.verdict is not None]
    costs = [record.cost for record in answered if record.cost is not None]
    checked = [record for record in answered if record.bare is not None]
    agreeing = [record for record in checked if not any(text.startswith(DISTURBED) for text in record.sensors)]
    ignored = Counter[str]()
    for record in answered:
        ignored.update(record.ignored)
    return {
        "cost": median(costs) if costs else None,
        "bare": (len(agreeing), len(checked)),
        "ignored": dict(sorted(ignored.items())),
    }


def summary_lines(summary: Summary) -> tuple[tuple[str, str], ...]:
    """(what is counted, the counts in words), for every format that is text."""
    cells = [f"{number} {status}" for status, number in summary.cells.items()]
    if summary.reused:
        oldest = f", up to {summary.oldest} old" if summary.oldest else ""
        cells.append(f"{summary.reused} of them reused from an earlier run{oldest}")
    guarantees = [f"{summary.hold} hold", f"{summary.broken} broken"]
    if summary.known:
        guarantees.append(f"{summary.known} broken as listed")
    if summary.gone:
        guarantees.append(f"{summary.gone} listed as broken but gone")
    hazards = [f"{number} {signs.verdict_sign(verdict)} {verdict}" for verdict, number in summary.hazards.items()]
    unanswered = [f"{number} {status}" for status, number in summary.unanswered.items()]
    lines = (
        ("cells", ", ".join(cells) or "none"),
        ("guarantees", ", ".join(guarantees)),
        ("hazards", ", ".join(hazards) or "none"),
        ("no answer", ", ".join(unanswered) or "none"),
    )
    honest = [f"{summary.cost * 1000:.1f} ms for a case"] if summary.cost is not None else []
    if summary.bare[1]:
        honest.append("without instruments the same in {} of {}".format(*summary.bare))
    honest += [f"{name.replace('_', ' ')} left out {number} x" for name, number in summary.ignored.items()]
    return (*lines, ("detector", "; ".join(honest))) if honest else lines


def sandbox_line(report: Report) -> str:
    """Which sandbox, and why not the other."""
    reason = report.header.sandbox_reason
    return f"sandbox: {report.header.sandbox}" + (f" ({reason})" if reason else "")


def run_line(report: Report) -> str:
    """What ran, when, how much."""
    header = report.header
    size = f"{counted(len(report.cells), 'cell')}, {counted(len(answers_of(report)), 'answer')}"
    return f"leakmatrix {header.version}, started {header.started}: {size}"
