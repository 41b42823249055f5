"""Reports from literals for the tests of the comparison, one pair for each kind of change, and golden files.

`REGENERATE_GOLDEN=1 pytest tests/diff` writes the golden files anew; read the difference before it is committed.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Left, Report, Verdict
from tests import records

GOLDEN = Path(__file__).parent / "golden"
LEAK = "1f0c5cde4bc7"
HELD_BY = ("module cases.test_session", "SESSION", "Client._transport", "HTTPTransport._pool", "socket")

Pair = tuple[Report, Report]


def make_cell(interpreter: str = "3.12", client: str = "httpx", version: str = "0.28.1", **fields: Any) -> CellRecord:
    """The record of a cell that ran, with its packages."""
    plain = {"python": f"{interpreter}.1", "image": "sha256:9f1c", "resolved": {client: version, "idna": "3.10"}}
    return records.make_cell(interpreter, client, version, **plain | fields)


def make_case(
    cell: CellRecord, verdict: str | None = "clean", case: str = "session[closed]", **fields: Any
) -> CaseRecord:
    """The record of a guarantee that is answered, unless it says otherwise."""
    return records.make_case(cell, case, Verdict(verdict) if verdict else None, **fields)


def make_left(verdict: str = "held", kind: str = "socket", fingerprint: str = LEAK) -> Left:
    """A thing that was left, with a fingerprint and a holder."""
    return records.make_left(kind=kind, verdict=Verdict(verdict), held_by=HELD_BY, fingerprint=fingerprint)


def make_report(*told: CellRecord | CaseRecord, day: int = 14, **header: str) -> Report:
    """A report of these records, of one day in August."""
    return records.make_report(*told, **{"started": f"2026-08-{day:02}T09:12:44+00:00"} | header)


def make_pair(*before: CellRecord | CaseRecord, after: tuple[CellRecord | CaseRecord, ...]) -> Pair:
    """Two reports of two days that follow each other."""
    return make_report(*before, day=13), make_report(*after)


def _answer(before: Mapping[str, Any], after: Mapping[str, Any]) -> Pair:
    """One answer in two cells, with what each report says of it."""
    cells = [make_cell("3.12"), make_cell("3.13")]
    return make_pair(
        *cells,
        *(make_case(cell, **before) for cell in cells),
        after=(*cells, *(make_case(cell, **after) for cell in cells)),
    )


def _leaking(verdict: str, **fields: Any) -> dict[str, Any]:
    return {"verdict": verdict, "left": (make_left(verdict),), "growth": "constant 1"} | fields


def _whole_cell(before: Mapping[str, Any], after: Mapping[str, Any]) -> Pair:
    """A cell with one answer whenever it ran."""

    def whole(fields: Mapping[str, Any]) -> tuple[CellRecord | CaseRecord, ...]:
        cell = make_cell(**fields)
        return (cell, make_case(cell)) if cell.status is CellStatus.RAN else (cell,)

    return make_pair(*whole(before), after=whole(after))


def _release() -> Pair:
    """A new release on two interpreters; on one of them it leaks, on another it cannot be installed."""
    old = [make_cell(python, version="0.28.1") for python in ("3.8", "3.12", "3.13")]
    packages = {"httpx": "0.29.0", "idna": "3.11"}
    new = [make_cell(python, version="0.29.0", resolved=packages) for python in ("3.12", "3.13")]
    gone = make_cell("3.8", version="0.29.0", status=CellStatus.UNINSTALLABLE, reason="needs Python 3.9", resolved={})
    return make_pair(
        *old,
        *map(make_case, old),
        after=(
            *old[1:],
            gone,
            *new,
            *map(make_case, old[1:]),
            make_case(new[0], **_leaking("held")),
            make_case(new[1]),
        ),
    )


def _interpreter() -> Pair:
    """A new interpreter, and a version that was added in the middle of known ones."""
    old = [make_cell("3.13", version=version) for version in ("0.27.0", "0.28.1")]
    new = [make_cell("3.14", version="0.28.1"), make_cell("3.13", version="0.27.2")]
    return make_pair(
        *old,
        *map(make_case, old),
        after=(*old, *new, *map(make_case, old), *(make_case(cell, **_leaking("held")) for cell in new)),
    )


def _environment() -> Pair:
    """Packages, a patch of the interpreter and the image changed; in one cell an answer did, too."""
    packages = {"httpx": "0.28.1", "idna": "3.11", "sniffio": "1.3.1"}
    new = [
        make_cell("3.12", python="3.12.2", resolved=packages, image="sha256:77ab"),
        make_cell("3.13", resolved=packages),
    ]
    old = [make_cell("3.12"), make_cell("3.13")]
    return make_pair(*old, *map(make_case, old), after=(*new, make_case(new[0], **_leaking("held")), make_case(new[1])))


def _cases() -> Pair:
    cell = make_cell()
    return make_pair(
        cell,
        make_case(cell),
        make_case(cell, case="old[one]"),
        after=(cell, make_case(cell), make_case(cell, case="new[one]")),
    )


def _sandbox() -> Pair:
    old, new = make_cell(), make_cell(sandbox="process", image=None)
    return (
        make_report(old, make_case(old), day=13),
        make_report(new, make_case(new, **_leaking("refcount")), sandbox="process", version="0.2.0"),
    )


def _kinds() -> Pair:
    slot = make_left("held", "pool slot", "aa11bb22cc33")
    return _answer(
        _leaking("held", kinds={"socket": Verdict.HELD}),
        _leaking("held", kinds={"socket": Verdict.HELD, "pool slot": Verdict.HELD}, left=(make_left("held"), slot)),
    )


_NOTHING = {"verdict": None, "status": CaseStatus.ERROR, "reason": "Traceback\n  boom"}

PAIRS: Mapping[str, Callable[[], Pair]] = {
    "new_leak": lambda: _answer({}, _leaking("held")),
    "new_leak_listed": lambda: _answer({}, _leaking("held", known="httpx#1461")),
    "gone": lambda: _answer(_leaking("held"), {}),
    "later": lambda: _answer(_leaking("refcount"), _leaking("gc")),
    "earlier": lambda: _answer(_leaking("gc"), _leaking("refcount")),
    "late": lambda: _answer({}, {"verdict": "late"}),
    "grows": lambda: _answer(_leaking("held"), _leaking("held", growth="+1 per call")),
    "steady": lambda: _answer(_leaking("held", growth="+1 per call"), _leaking("held")),
    "another_kind": _kinds,
    "lost": lambda: _answer({}, _NOTHING),
    "back": lambda: _answer(_NOTHING, _leaking("gc", known="httpx#1")),
    "flaky": lambda: _answer({}, {"verdict": None, "status": CaseStatus.FLAKY, "answers": {"clean": 2, "held": 1}}),
    "cell_lost": lambda: _whole_cell({}, {"status": CellStatus.CRASHED, "reason": "exit code -6", "resolved": {}}),
    "cell_back": lambda: _whole_cell({"status": CellStatus.TIMEOUT, "reason": "stopped", "resolved": {}}, {}),
    "new_release": _release,
    "new_interpreter": _interpreter,
    "dropped_cell": lambda: make_pair(make_cell("3.8"), make_cell("3.9"), after=(make_cell("3.9"),)),
    "cases": _cases,
    "environment": _environment,
    "sandbox": _sandbox,
    "nothing": lambda: _answer(_leaking("held"), _leaking("held")),
}


@pytest.fixture(params=list(PAIRS))
def named_pair(request: pytest.FixtureRequest) -> tuple[str, Pair]:
    """Each kind of change by its name: two reports."""
    return request.param, PAIRS[request.param]()


@pytest.fixture
def a_pair() -> Callable[[str], Pair]:
    """Two reports with one kind of change, by its name."""
    return lambda name: PAIRS[name]()


@pytest.fixture
def a_cell() -> Callable[..., CellRecord]:
    """Builds the record of a cell."""
    return make_cell


@pytest.fixture
def a_case() -> Callable[..., CaseRecord]:
    """Builds the record of a case."""
    return make_case


@pytest.fixture
def a_left() -> Callable[..., Left]:
    """Builds a thing that was left."""
    return make_left


@pytest.fixture
def a_report() -> Callable[..., Report]:
    """Builds a report."""
    return make_report


@pytest.fixture
def same_as_golden() -> Callable[[str, str], None]:
    """Compares a text with a golden file, or writes that file anew when asked to."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("REGENERATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
