"""Reports from literals, and golden files, for the tests of the renderers.

`REGENERATE_GOLDEN=1 pytest tests/render` writes the golden files anew; read
the difference before it is committed.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Contract, Frame, Left, Report, Resolve, Verdict
from tests.records import make_case, make_cell, make_left, make_report

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "<script>alert(1)</script>|`x`&\n\x1b[31m\x00\x07\ud800\u202e[bold]$a$ *b* ]]>"


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


def _hazard(cell: CellRecord, verdict: Verdict) -> CaseRecord:
    return make_case(
        cell,
        "session[left_open]",
        verdict,
        contract=Contract.HAZARD,
        sentence="A session that nobody closes.",
        growth="constant 1",
        counts={"descriptor": (7, 8)},
        rungs={"returned": 1, "late": 1, "refcount": 0},
        left=(make_left(verdict=verdict),),
    )


def _answers(cell: CellRecord, *, proxy: Verdict, known: str | None = None) -> list[CaseRecord]:
    return [
        make_case(cell, "control[leaks]", Verdict.HELD, contract=Contract.CONTROL, passed=True),
        make_case(cell, sentence="A session, one request, close()."),
        _hazard(cell, Verdict.REFCOUNT),
        make_case(
            cell,
            "proxy[refused_407]",
            proxy,
            sentence="The proxy answers CONNECT with 407.",
            known=known,
            growth=None if proxy is Verdict.CLEAN else "+1 per call",
            left=() if proxy is Verdict.CLEAN else (make_left(verdict=proxy),),
        ),
    ]


@pytest.fixture
def sample() -> Report:
    """A report with one of everything, small enough to be read."""
    pinned = ("urllib3==1.26.15",)
    old = make_cell("3.9", version="2.31.0", pins=pinned, seconds=4.5, resolved={"idna": "3.15"})
    new = make_cell("3.9", image="sha256:9f1c0b7e", reused=True)
    gone = make_cell("3.14t", version="2.31.0", pins=pinned)
    bad = make_cell("3.14t")
    httpx = make_cell("3.14t", "httpx", "0.28.1", resolve=Resolve.ERA)
    short = make_cell("3.9", "httpx", "0.28.1", status=CellStatus.TIMEOUT, reason="stopped after 300 s")
    lost = {
        "0.18.2": (CellStatus.UNINSTALLABLE, "no wheel of httpx 0.18.2\nfor Python 3.14"),
        "0.19.0": (CellStatus.IMPORT_ERROR, "No module named 'cgi'"),
        "0.20.0": (CellStatus.INVALID, "control[leaks] answered clean"),
        "0.21.3": (CellStatus.NOT_RUN, None),
    }
    return make_report(
        *[old, new, gone, bad, httpx, short],
        *(
            make_cell("3.14t", "httpx", version, status=status, reason=reason)
            for version, (status, reason) in lost.items()
        ),
        *_answers(old, proxy=Verdict.REFCOUNT, known="urllib3#3374"),
        *_answers(new, proxy=Verdict.CLEAN),
        *_answers(gone, proxy=Verdict.CLEAN, known="urllib3#3374"),
        *_answers(bad, proxy=Verdict.HELD),
        make_case(httpx, sentence="A session, one request, close()."),
        _hazard(httpx, Verdict.GC),
        make_case(httpx, "proxy[refused_407]", None, status=CaseStatus.UNSUPPORTED, reason="not before 1"),
        make_case(short, "session[closed]", None, status=CaseStatus.ERROR, reason="Traceback\nOops"),
        sandbox_reason="Docker 28.3 answers",
    )


@pytest.fixture
def hostile() -> Report:
    """A report in which all foreign text tries to be something else than text."""
    fields = {"version": HOSTILE, "started": HOSTILE, "sandbox": HOSTILE}
    cell = make_cell(HOSTILE, HOSTILE, HOSTILE, pins=(HOSTILE,), resolved={HOSTILE: HOSTILE}, image=HOSTILE)
    lost = make_cell(HOSTILE, HOSTILE, "2", status=CellStatus.UNINSTALLABLE, reason=HOSTILE, image=HOSTILE)
    frame = Frame(file=HOSTILE, line=1, function=HOSTILE)
    left = make_left(
        kind=HOSTILE,
        what=HOSTILE,
        state=HOSTILE,
        created=(frame,),
        held_by=(HOSTILE,),
        advice=HOSTILE,
    )
    told: dict[str, Any] = {"sentence": HOSTILE, "growth": HOSTILE, "left": (left,)}
    told |= {"rungs": {HOSTILE: 1}, "counts": {HOSTILE: (0, 1)}}
    return make_report(
        *[cell, lost],
        make_case(cell, HOSTILE, Verdict.HELD, **told),
        make_case(cell, f"{HOSTILE}[{HOSTILE}]", Verdict.HELD, known=HOSTILE, **told),
        make_case(cell, f"gone[{HOSTILE}]", Verdict.CLEAN, known=HOSTILE, sentence=HOSTILE),
        make_case(cell, "error", None, status=CaseStatus.ERROR, reason=HOSTILE),
        sandbox_reason=HOSTILE,
        **fields,
    )


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
