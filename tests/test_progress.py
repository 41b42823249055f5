"""`matrix.progress`: a line for each cell, and on a terminal what runs now."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from matrix import collect
from matrix.model import Cell, CellStatus
from matrix.progress import Progress

CELL = Cell(python="3.12", client="httpx", version="1.0")


@pytest.fixture
def printed() -> Callable[..., str]:
    """What is printed when cells end for these reasons."""

    def run(*reasons: str) -> str:
        output = io.StringIO()
        with Progress(Console(file=output), len(reasons)) as progress:
            for reason in reasons:
                progress.started(CELL)
                progress.finished(collect.without_result(CELL, CellStatus.CRASHED, reason, sandbox="fake"))
        return output.getvalue()

    return run


def test_nothing_before_the_first_end(printed: Callable[..., str]) -> None:
    """A cell that only began is no line, and there is no bar."""
    assert printed() == ""


def test_a_line_for_each_cell(printed: Callable[..., str]) -> None:
    """A line says how many of how many, the cell, what came of it and why."""
    assert printed("no answer", "again") == (
        "[1/2] py3.12-httpx-1.0  crashed  0.0 s  no answer\n[2/2] py3.12-httpx-1.0  crashed  0.0 s  again\n"
    )


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        pytest.param("first\nsecond", "first", id="lines"),
        pytest.param("x" * 200, "x" * 200, id="long"),
        pytest.param("[bold]no[/]", "[bold]no[/]", id="markup"),
        pytest.param("\x1b[31mred\x07", "\\x1b[31mred\\x07", id="escapes"),
        pytest.param("\n \n", "", id="blank"),
        pytest.param("\nlater", "later", id="blank first"),
    ],
)
def test_a_reason_is_a_line(printed: Callable[..., str], reason: str, shown: str) -> None:
    """A reason keeps to its line, uncut, and does nothing to the terminal."""
    assert printed(reason) == f"[1/1] py3.12-httpx-1.0  crashed  0.0 s  {shown}".rstrip() + "\n"


def test_no_reason(printed: Callable[..., str]) -> None:
    """A cell without a reason has none, and is no error."""
    assert printed("") == "[1/1] py3.12-httpx-1.0  crashed  0.0 s\n"


@pytest.fixture
def line() -> Callable[..., str]:
    """The line of a cell that ran, with these fields of its record."""

    def run(**fields: Any) -> str:
        output = io.StringIO()
        done = collect.without_result(CELL, CellStatus.RAN, "", sandbox="docker")
        with Progress(Console(file=output), 1) as progress:
            progress.finished(replace(done, cell=replace(done.cell, **fields)))
        return output.getvalue().removeprefix("[1/1] py3.12-httpx-1.0  ran  ").rstrip("\n")

    return run


def test_reused_has_its_age(line: Callable[..., str]) -> None:
    """A result of an earlier run says that it is, and how old."""
    ran = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    assert line(reused=True, ran=ran, retried="of no interest any more") == "reused, 3 days old"


def test_reused_of_no_date(line: Callable[..., str]) -> None:
    """A result without a date is reused all the same."""
    assert line(reused=True) == "reused, nobody knows how old"


def test_run_again(line: Callable[..., str]) -> None:
    """A cell that was run a second time says why."""
    assert line(retried="the engine went away\nfor good") == "0.0 s  run again, for the engine went away"


def test_built_here(line: Callable[..., str]) -> None:
    """A wheel that was built here is told, with the kind of sandbox."""
    assert line(built="a-1-py3-none-any.whl") == "0.0 s  built in the docker sandbox: a-1-py3-none-any.whl"


def test_more_than_planned() -> None:
    """What is run beyond the plan is counted in."""
    output = io.StringIO()
    with Progress(Console(file=output), 1) as progress:
        progress.more(2)
        progress.finished(collect.without_result(CELL, CellStatus.RAN, "", sandbox="fake"))
    assert output.getvalue().startswith("[1/3] ")


def test_narrow_terminal() -> None:
    """Where there is little room, what runs now is cut, and neither the count nor the times are."""
    output = io.StringIO()
    with Progress(Console(file=output, force_terminal=True, width=80, color_system=None), 567) as progress:
        for version in ("2.31.0", "2.32.5", "2.34.2"):
            progress.started(Cell(python="pypy3.11", client="requests", version=version, pins=("urllib3==1.26.15",)))
    last = output.getvalue().rpartition("pypy3.11-requests")[2].partition("\n")[0].rstrip()
    assert "…" in last
    assert re.search(r" +0/567 \d:\d\d:\d\d left: -:--:--$", last), last
