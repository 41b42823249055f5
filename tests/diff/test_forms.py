"""`matrix.diff.forms`: what a comparison says in each form. Read the golden files."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from matrix.diff import compare
from matrix.diff.forms import FORMS, as_json, markdown, terminal
from matrix.model import CaseStatus, CellStatus, Report

Pair = tuple[Report, Report]
HOSTILE = "<script>alert(1)</script>|`x``y`&\n\x1b[31m\x00\u202e[bold]$a$ *b* @everyone #1 ]]>\n## x"


def test_markdown(named_pair: tuple[str, Pair], same_as_golden: Callable[[str, str], None]) -> None:
    """For an issue, each kind of change reads as its golden file."""
    name, pair = named_pair
    same_as_golden(f"{name}.md", markdown(compare(*pair)))


def test_terminal(named_pair: tuple[str, Pair], same_as_golden: Callable[[str, str], None]) -> None:
    """For a terminal, each kind of change reads as its golden file."""
    name, pair = named_pair
    same_as_golden(f"{name}.txt", terminal(compare(*pair)))


def test_json(a_pair: Callable[[str], Pair], same_as_golden: Callable[[str, str], None]) -> None:
    """For programs there is all of it, and what it comes to."""
    text = as_json(compare(*a_pair("environment")))
    same_as_golden("environment.json", text)
    assert json.loads(text)["exit_code"] == 1


@pytest.fixture
def hostile(a_cell: Any, a_case: Any, a_left: Any, a_report: Any) -> Pair:
    """Two reports in which all foreign text tries to be something else than text."""
    old = a_cell(HOSTILE, HOSTILE, HOSTILE, pins=(HOSTILE,), resolved={HOSTILE: "1"}, image=HOSTILE)
    new = a_cell(HOSTILE, HOSTILE, HOSTILE, pins=(HOSTILE,), resolved={HOSTILE: HOSTILE}, image=f"{HOSTILE}2")
    fresh = a_cell("3.14", HOSTILE, "1", status=CellStatus.CRASHED, reason=HOSTILE)
    left = a_left(kind=HOSTILE, fingerprint=HOSTILE)
    lost = a_case(new, None, f"{HOSTILE}[lost]", status=CaseStatus.ERROR, reason=HOSTILE)
    return (
        a_report(old, a_case(old, case=HOSTILE), a_case(old, case=f"{HOSTILE}[lost]"), a_case(old, case=f"x{HOSTILE}")),
        a_report(
            *[new, fresh],
            a_case(new, "held", HOSTILE, left=(left,), growth=HOSTILE, known=HOSTILE),
            lost,
            version=HOSTILE,
            sandbox=HOSTILE,
            started=HOSTILE,
        ),
    )


@pytest.mark.parametrize("form", list(FORMS))
def test_hostile_text_does_nothing_in_a_terminal(hostile: Pair, form: str) -> None:
    """No control character of somebody else's reaches a terminal or a log."""
    text = FORMS[form](compare(*hostile))
    assert [character for character in text if not character.isprintable() and character != "\n"] == []


def test_hostile_text_is_code(hostile: Pair) -> None:
    """In an issue foreign text stands in code, where nothing is markup, a mention or a reference."""
    text = markdown(compare(*hostile))
    outside = _outside_code(text)
    assert "@everyone" in text
    assert [word for word in ("<script", "@everyone", "#1", "[bold]", "*b*") if word in outside] == []
    assert [line for line in outside.splitlines() if line.startswith("## x")] == []


def _outside_code(text: str) -> str:
    """What CommonMark would not take for code: a span ends at as many backticks as it began with."""
    kept, place = [], 0
    while (start := text.find("`", place)) >= 0:
        kept.append(text[place:start])
        fence = text[start : start + len(text[start:]) - len(text[start:].lstrip("`"))]
        end = start + len(fence)
        while True:
            end = text.index("`", end)
            run = text[end : end + len(text[end:]) - len(text[end:].lstrip("`"))]
            end += len(run)
            if run == fence:
                break
        place = end
    return "".join((*kept, text[place:]))


def test_issue_is_short_enough(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """GitHub refuses a long text: what does not fit is counted, and the beginning is whole."""
    cell = a_cell()
    cases = [f"case[{number}]" for number in range(2000)]
    old = a_report(cell, *(a_case(cell, case=case) for case in cases))
    new = a_report(cell, *(a_case(cell, "held", case) for case in cases))
    diff = compare(old, new)
    text = markdown(diff)
    shown = text.count("clean → held")
    assert len(text) < 65_536
    assert f"… and {2000 - shown} more." in text
    assert len(markdown(diff, limit=10**9)) > 65_536
