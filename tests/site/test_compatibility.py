"""COMPATIBILITY.md, and that the README shows the table of it."""

from collections.abc import Callable

import pytest

from matrix import builtin
from matrix.model import CaseRecord, CaseStatus, CellRecord, Contract, Report, Verdict
from matrix.site.compatibility import BEGIN, END, MOST_BROKEN, compatibility, excerpt, renewed

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]


def test_table(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """A line for each client: what its current release keeps, and what it costs to forget."""
    old, new = a_cell(version="1.0"), a_cell(version="1.1")
    newer, pypy = a_cell("3.13", version="1.1"), a_cell("pypy3.11", version="1.1")
    leaking = a_case(new, "one_shot[kept]", Verdict.REFCOUNT, known="requests#1", kinds={"socket": Verdict.REFCOUNT})
    forgotten = [
        a_case(cell, "session[left_open]", verdict, contract=Contract.HAZARD)
        for cell, verdict in (
            (old, Verdict.HELD),
            (new, Verdict.REFCOUNT),
            (newer, Verdict.CLEAN),
            (pypy, Verdict.GC),
        )
    ]
    worse = a_case(pypy, "session[closed]", Verdict.GC, kinds={"socket": Verdict.GC})
    text = compatibility(a_report(old, new, newer, pypy, a_case(old), a_case(new), leaking, worse, *forgotten))
    assert excerpt(text) == (
        "| client | release | guarantees | session left open |\n"
        "| --- | --- | --- | --- |\n"
        "| requests | 1.1 | ✗ 1 of 2 broken, 1 known, on 3.12 alone; on PyPy 1 more | ○ refcount\\* |"
    )
    assert "## On PyPy alone\n\n- **requests 1.1** `session[closed]`\n" in text
    keeps = "It keeps a socket until the last reference is dropped (3.12). Listed: requests\\#1."
    assert f"**requests 1.1** `one_shot[kept]`:  {keeps}" in text
    assert "\\*: better on some interpreters" in text
    assert "no such use" not in text


def test_each_way_of_a_broken_guarantee(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """What is left on the newest interpreter first, then on others; a dash for what a client does not have."""
    old, new, other = a_cell("3.12"), a_cell("3.13"), a_cell("3.13", client="httpx")
    kinds = {"socket": Verdict.HELD}
    leaking = [
        a_case(old, verdict=Verdict.HELD, kinds=kinds, growth="+1 per call"),
        a_case(new, verdict=Verdict.GC, kinds={"socket": Verdict.GC}),
        a_case(other, "session[left_open]", Verdict.GC, contract=Contract.HAZARD),
    ]
    text = compatibility(a_report(old, new, other, *leaking))
    assert " It leaves a socket to the garbage collector (3.13); it leaks a socket (3.12, +1 per call).\n" in text
    assert "–: the client has no such use, or gave no answer" in text
    assert "better on" not in text


def test_not_answered_everywhere(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """A guarantee without an answer does not make the others all."""
    cell = a_cell()
    silent = a_case(cell, "stream", None, status=CaseStatus.ERROR, reason="boom")
    broken = a_case(cell, "head", Verdict.HELD)
    table = excerpt(compatibility(a_report(cell, a_case(cell), silent)))
    assert table is not None
    assert "| ! 1 of 2 hold, 1 not answered everywhere |" in table
    table = excerpt(compatibility(a_report(cell, a_case(cell), silent, broken)))
    assert table is not None
    assert "| ✗ 1 of 3 broken, 1 not answered everywhere |" in table


def test_links(sample: Report) -> None:
    """To the pages of the site, where it is known."""
    text = compatibility(sample, url="https://example.invalid/matrix/")
    assert "](https://example.invalid/matrix/clients/requests.html)" in text
    assert "](https://example.invalid/matrix/cells/py3.14t-requests-2.34.2.html#proxy.refused_407)" in text
    assert "](" not in compatibility(sample)


def test_it_stays_short(synthetic: Callable[..., Report]) -> None:
    """It is read in the repository: a line for each client, and not every broken guarantee."""
    report = synthetic(interpreters=2, clients=16, versions=2, cases=100)
    text = compatibility(report)
    assert len(text.splitlines()) < 16 + MOST_BROKEN + 60


def test_hostile_text_is_text(hostile: Report) -> None:
    """No HTML, no link, no further column, nothing invisible; and one table only."""
    text = compatibility(hostile)
    outside = text.replace(BEGIN, "").replace(END, "").replace("<!-- ", "")
    assert "<" not in outside
    assert "\x1b" not in text
    assert "\u202e" not in text
    table = excerpt(text)
    assert table is not None
    columns = {line.replace("\\|", "").count("|") for line in table.splitlines()}
    assert len(columns) == 1


@pytest.mark.parametrize("text", ["", BEGIN, f"{END} {BEGIN}", "a table without marks"])
def test_no_excerpt(text: str) -> None:
    """Without both marks there is none."""
    assert excerpt(text) is None


def test_the_readme_shows_the_same_table() -> None:
    """That of COMPATIBILITY.md: neither may be renewed without the other."""
    found = [
        excerpt(path.read_text(encoding="utf-8")) if path.exists() else None
        for path in (builtin.ROOT / "README.md", builtin.ROOT / "COMPATIBILITY.md")
    ]
    assert found[0] == found[1]


def test_a_table_is_renewed(sample: Report) -> None:
    """What stands around it stays; a text without the marks is left alone."""
    table = excerpt(compatibility(sample))
    assert table is not None
    assert renewed(f"before\n{BEGIN}\nold\n{END}\nafter", table) == f"before\n{BEGIN}\n{table}\n{END}\nafter"
    assert renewed("nothing", table) is None
