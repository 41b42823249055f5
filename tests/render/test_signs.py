"""Which sign, word and tone an answer has."""

from collections.abc import Callable

import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Contract, Verdict
from matrix.render import signs
from matrix.render.signs import Tone

CLOSED = [verdict for verdict in Verdict if verdict not in {Verdict.CLEAN, Verdict.LATE}]


@pytest.mark.parametrize(
    ("verdict", "sign", "tone"),
    [
        (Verdict.CLEAN, "✓", Tone.OK),
        (Verdict.LATE, "✓", Tone.OK),
        (Verdict.REFCOUNT, "○", Tone.INFO),
        (Verdict.GC, "◐", Tone.INFO),
        (Verdict.LOOP, "◑", Tone.WARN),
        (Verdict.HELD, "●", Tone.WARN),
    ],
)
def test_a_hazard_shows_its_verdict_and_never_fails(
    a_cell: Callable[..., CellRecord],
    a_case: Callable[..., CaseRecord],
    verdict: Verdict,
    sign: str,
    tone: Tone,
) -> None:
    """Each verdict has a sign of its own (clean and late share theirs), none is bad."""
    face = signs.of_case(a_case(a_cell(), verdict=verdict, contract=Contract.HAZARD))
    assert (face.sign, face.word, face.tone) == (sign, str(verdict), tone)


@pytest.mark.parametrize("verdict", CLOSED)
def test_a_broken_guarantee_is_bad(
    a_cell: Callable[..., CellRecord], a_case: Callable[..., CaseRecord], verdict: Verdict
) -> None:
    """The sign changes, the word is still the verdict."""
    face = signs.of_case(a_case(a_cell(), verdict=verdict))
    assert (face.sign, face.word, face.tone, face.mark) == ("✗", str(verdict), Tone.BAD, "")


def test_a_guarantee_broken_as_listed_is_a_warning(
    a_cell: Callable[..., CellRecord], a_case: Callable[..., CaseRecord]
) -> None:
    """A known leak is marked, and does not alarm."""
    face = signs.of_case(a_case(a_cell(), verdict=Verdict.GC, known="requests#1"))
    assert (face.sign, face.tone, face.mark) == ("✗", Tone.WARN, "known")


def test_a_listed_leak_that_is_gone_is_bad(
    a_cell: Callable[..., CellRecord], a_case: Callable[..., CaseRecord]
) -> None:
    """The list is out of date, and somebody has to change it."""
    face = signs.of_case(a_case(a_cell(), known="requests#1"))
    assert (face.sign, face.word, face.tone, face.mark) == ("≠", "clean", Tone.BAD, "gone")


@pytest.mark.parametrize(("passed", "sign"), [(True, "◐"), (False, "✗"), (None, "✗")])
def test_the_record_says_whether_a_guarantee_holds(
    a_cell: Callable[..., CellRecord],
    a_case: Callable[..., CaseRecord],
    passed: bool | None,  # a value of the table
    sign: str,
) -> None:
    """`passed` decides; only where it is missing does the verdict."""
    assert signs.of_case(a_case(a_cell(), verdict=Verdict.GC, passed=passed)).sign == sign


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (CaseStatus.UNSUPPORTED, "– unsupported"),  # noqa: RUF001  # a dash
        (CaseStatus.ERROR, "! error"),
        (CaseStatus.TIMEOUT, "! timeout"),
        (CaseStatus.OOM, "! oom"),
        (CaseStatus.CRASHED, "! crashed"),
        (CaseStatus.ANSWERED, "! no verdict"),
    ],
)
def test_no_verdict_is_visible_too(
    a_cell: Callable[..., CellRecord],
    a_case: Callable[..., CaseRecord],
    status: CaseStatus,
    shown: str,
) -> None:
    """A case without an answer shows why, and never looks clean."""
    face = signs.of_case(a_case(a_cell(), verdict=None, status=status))
    assert f"{face.sign} {face.word}" == shown


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (CellStatus.RAN, ""),
        (CellStatus.UNINSTALLABLE, "∅ uninstallable"),
        (CellStatus.IMPORT_ERROR, "∅ import error"),
        (CellStatus.INVALID, "! invalid"),
        (CellStatus.TIMEOUT, "! timeout"),
        (CellStatus.OOM, "! oom"),
        (CellStatus.CRASHED, "! crashed"),
        (CellStatus.NOT_RUN, "· not run"),
    ],
)
def test_a_cell_without_answers_shows_its_status(status: CellStatus, shown: str) -> None:
    """Every status of a cell has a sign and a word."""
    face = signs.of_cell(status)
    assert f"{face.sign} {face.word}".strip() == shown


@pytest.mark.parametrize("contract", list(Contract))
def test_every_contract_has_a_letter_and_a_meaning(contract: Contract) -> None:
    """The letter is the first of the word."""
    assert signs.contract_letter(contract) == contract[0].upper()
    assert signs.contract_meaning(contract)


@pytest.mark.parametrize("status", list(CellStatus))
def test_a_status_is_believed_or_not(status: CellStatus) -> None:
    """Answers count where cases ran and no control was wrong."""
    ran = {CellStatus.RAN, CellStatus.TIMEOUT, CellStatus.OOM, CellStatus.CRASHED}
    assert signs.believed(status) == (status in ran)
