"""The signs, words and tones of everything a table can show, and what they mean.

The one place where a verdict or a status becomes something to look at. It knows
no format: a tone is `bad`, never red.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, assert_never

from matrix.guest.wire import PASSING
from matrix.model import CaseRecord, CaseStatus, CellStatus, Contract, Verdict

Mark = Literal["", "known", "gone"]

BROKEN = "✗"
STALE = "≠"


class Tone(StrEnum):
    """How a reader should feel about it; a format gives it a colour, never only a colour."""

    OK = "ok"
    INFO = "info"
    WARN = "warn"
    BAD = "bad"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """What stands in one place of the table."""

    sign: str
    word: str
    tone: Tone
    mark: Mark = ""  # a guarantee that is broken as listed, or listed and no longer broken


NOTHING = Face(sign="", word="", tone=Tone.NONE)
LACKS = Face(sign="–", word="unsupported", tone=Tone.NONE)  # noqa: RUF001  # a dash


def verdict_sign(verdict: Verdict) -> str:
    match verdict:
        case Verdict.CLEAN | Verdict.LATE:
            return "✓"
        case Verdict.REFCOUNT:
            return "○"
        case Verdict.GC:
            return "◐"
        case Verdict.LOOP:
            return "◑"
        case Verdict.HELD:
            return "●"
        case _:
            assert_never(verdict)


def verdict_tone(verdict: Verdict) -> Tone:
    match verdict:
        case Verdict.CLEAN | Verdict.LATE:
            return Tone.OK
        case Verdict.REFCOUNT | Verdict.GC:
            return Tone.INFO
        case Verdict.LOOP | Verdict.HELD:
            return Tone.WARN
        case _:
            assert_never(verdict)


def verdict_meaning(verdict: Verdict) -> str:
    match verdict:
        case Verdict.CLEAN:
            return "nothing was left when the call returned: the code closed it"
        case Verdict.LATE:
            return "gone a moment later: the client closed it in the background"
        case Verdict.REFCOUNT:
            return "gone when the last name for it was: only reference counting closed it"
        case Verdict.GC:
            return "gone after gc.collect(): only the cycle collector closed it"
        case Verdict.LOOP:
            return "gone with the event loop: it lived as long as the loop did"
        case Verdict.HELD:
            return "never gone: a leak, and the evidence names who holds it"
        case _:
            assert_never(verdict)


def contract_letter(contract: Contract) -> str:
    match contract:
        case Contract.GUARANTEE:
            return "G"
        case Contract.HAZARD:
            return "H"
        case Contract.CONTROL:
            return "C"
        case _:
            assert_never(contract)


def contract_meaning(contract: Contract) -> str:
    match contract:
        case Contract.GUARANTEE:
            return "the client's documentation calls it clean (of your own cases, you do); what is left breaks it"
        case Contract.HAZARD:
            return "nobody promises that this use is clean; it cannot fail, its verdict says what it costs"
        case Contract.CONTROL:
            return "a case with a known answer, run first to check the measurement itself"
        case _:
            assert_never(contract)


def holds(record: CaseRecord) -> bool:
    """Whether a guarantee with a verdict is kept."""
    if record.passed is not None:
        return record.passed
    return record.verdict in PASSING


def _of_verdict(record: CaseRecord, verdict: Verdict) -> Face:
    word = str(verdict)
    if record.contract is Contract.HAZARD:
        return Face(sign=verdict_sign(verdict), word=word, tone=verdict_tone(verdict))
    match holds(record), record.known is not None:
        case True, False:
            return Face(sign=verdict_sign(verdict), word=word, tone=verdict_tone(verdict))
        case True, True:
            return Face(sign=STALE, word=word, tone=Tone.BAD, mark="gone")
        case False, True if record.mismatch is None:
            return Face(sign=BROKEN, word=word, tone=Tone.WARN, mark="known")
        case _:
            return Face(sign=BROKEN, word=word, tone=Tone.BAD)


def of_case(record: CaseRecord) -> Face:
    """The face of one answer, or of the lack of one."""
    match record.status:
        case CaseStatus.ANSWERED:
            if record.verdict is None:
                return Face(sign="!", word="no verdict", tone=Tone.WARN)
            return _of_verdict(record, record.verdict)
        case CaseStatus.UNSUPPORTED:
            return LACKS
        case CaseStatus.ERROR | CaseStatus.TIMEOUT | CaseStatus.OOM | CaseStatus.CRASHED | CaseStatus.FLAKY:
            return Face(sign="!", word=str(record.status), tone=Tone.WARN)
        case _:
            assert_never(record.status)


def of_cell(status: CellStatus) -> Face:
    """The face of every row in a column that gave no answer there."""
    match status:
        case CellStatus.RAN:
            return NOTHING  # a case that does not fit this client
        case CellStatus.UNINSTALLABLE | CellStatus.IMPORT_ERROR:
            return Face(sign="∅", word=str(status), tone=Tone.NONE)
        case CellStatus.INVALID | CellStatus.TIMEOUT | CellStatus.OOM | CellStatus.CRASHED:
            return Face(sign="!", word=str(status), tone=Tone.WARN)
        case CellStatus.NOT_RUN:
            return Face(sign="·", word=str(status), tone=Tone.NONE)
        case _:
            assert_never(status)


def believed(status: CellStatus) -> bool:
    """Whether case records of such a cell count: not where a control gave the wrong answer."""
    match status:
        case CellStatus.RAN | CellStatus.TIMEOUT | CellStatus.OOM | CellStatus.CRASHED:
            return True
        case CellStatus.UNINSTALLABLE | CellStatus.IMPORT_ERROR | CellStatus.INVALID | CellStatus.NOT_RUN:
            return False
        case _:
            assert_never(status)


# Beside the ladder: the signs whose meaning is not a verdict's.
OTHER_SIGNS: tuple[tuple[str, str], ...] = (
    (f"{BROKEN} …", "a guarantee that is broken; the word is still the verdict"),
    (f"{BROKEN} … (known)", "broken, and listed as a known leak of this version"),
    (f"{STALE} …", "listed as a known leak, but it is gone: the list is out of date"),
    ("– unsupported", "this version has no such feature"),  # noqa: RUF001  # a dash
    ("! …", "no answer: the scenario, the process or the measurement failed"),
    ("∅ …", "no such cell: it cannot be installed or imported here"),
    ("· not run", "planned, and not run"),
    ("+… @era", "that package pinned; dependencies as they were on the day of the release"),
)
