"""The table for a terminal."""

from collections.abc import Callable

import pytest
from rich.cells import cell_len

from matrix.model import CaseRecord, CellRecord, Report, Verdict
from matrix.render.terminal import terminal


@pytest.mark.parametrize("width", [80, 160])
def test_the_sample_looks_as_before(sample: Report, same_as_golden: Callable[[str, str], None], width: int) -> None:
    """The whole text, at two widths."""
    same_as_golden(f"terminal-{width}.txt", terminal(sample, width=width))


@pytest.mark.parametrize("width", [40, 80, 100, 160])
@pytest.mark.parametrize("which", ["sample", "hostile"])
def test_no_line_is_wider_than_asked(request: pytest.FixtureRequest, which: str, width: int) -> None:
    """Columns are split over several tables, and long words are folded."""
    text = terminal(request.getfixturevalue(which), width=width)
    assert max(map(cell_len, text.splitlines())) <= width


def test_the_first_line_says_which_sandbox_and_why(sample: Report) -> None:
    """Nobody takes a run without Docker for the real one."""
    assert terminal(sample).splitlines()[0] == "sandbox: docker (Docker 28.3 answers)"


def test_many_columns_are_split_evenly(
    a_cell: Callable[..., CellRecord],
    a_case: Callable[..., CaseRecord],
    a_report: Callable[..., Report],
) -> None:
    """Twelve versions at 80 columns are two tables of six, with the case in both."""
    cells = [a_cell(version=f"2.{minor}.0") for minor in range(12)]
    text = terminal(a_report(*cells, *map(a_case, cells)), width=80)
    rows = [line for line in text.splitlines() if line.startswith("G session[closed]")]
    assert [row.count("✓ clean") for row in rows] == [6, 6]


def test_colour_only_when_asked(sample: Report) -> None:
    """Plain text has no escapes; coloured text has, and says the same."""
    assert "\x1b" not in terminal(sample)
    assert "\x1b[" in terminal(sample, color=True)


def test_the_environment_has_no_say(sample: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same report is the same text in every terminal."""
    before = terminal(sample)
    monkeypatch.setenv("COLUMNS", "33")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert terminal(sample) == before


@pytest.mark.parametrize("color", [False, True])
def test_foreign_text_is_only_text(hostile: Report, color: bool) -> None:
    """No raw escape of somebody else, no markup, no line of its own."""
    text = terminal(hostile, width=2000, color=color)
    assert "\\x1b[31m" in text
    assert "[bold]" in text
    assert ("\x1b" in text) is color
    assert not {"\x00", "\x07", "\u202e", "\ud800"} & set(text)


def test_no_foreign_escape_among_our_own(
    a_cell: Callable[..., CellRecord],
    a_case: Callable[..., CaseRecord],
    a_report: Callable[..., Report],
) -> None:
    """With colours too, an escape that we did not write is written out."""
    cell = a_cell()
    text = terminal(a_report(cell, a_case(cell, "a\x1b]0;title\x07", Verdict.HELD)), color=True)
    assert "\x1b]0" not in text
    assert "a\\x1b]0;title\\x07" in text
