"""Which sections, columns and rows a table has, and what stands where."""

from collections.abc import Callable

import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Contract, Report, Verdict
from matrix.render.table import Section, lacking, only_client, table_of

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]


def shown(section: Section) -> dict[str, list[str]]:
    """Case -> the words of its row."""
    return {row.case: [place.face.word for place in row.places] for row in section.rows}


def test_sections_are_interpreters_in_order(a_cell: ACell, a_report: AReport) -> None:
    """Each interpreter is a section, 3.8 before 3.10."""
    report = a_report(a_cell("3.10"), a_cell("pypy3.11"), a_cell("3.8"))
    assert [s.interpreter for s in table_of(report).sections] == ["3.8", "3.10", "pypy3.11"]


def test_columns_are_grouped_by_client(a_cell: ACell, a_report: AReport) -> None:
    """Clients stand alphabetically, their versions ascending."""
    cells = [a_cell(client="requests", version=version) for version in ("2.10.0", "2.9.1")]
    section = table_of(a_report(*cells, a_cell(client="httpx", version="0.28.1"))).sections[0]
    groups = [(client, [c.cell.version for c in columns]) for client, columns in section.clients]
    assert groups == [("httpx", ["0.28.1"]), ("requests", ["2.9.1", "2.10.0"])]


def test_a_column_has_its_pins_apart(a_cell: ACell, a_report: AReport) -> None:
    """Pins and the way of resolving can be shown under the version."""
    cell = a_cell(version="2.31.0", pins=("charset-normalizer==3.4", "idna==3"), resolve="era")
    column = table_of(a_report(cell)).sections[0].columns[0]
    assert column.extras == (("+charset-normalizer", "3.4"), ("+idna", "3"), ("@era", ""))


def test_rows_are_grouped_by_subject(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Cases of one subject stand together, in the order of their first appearance."""
    cell = a_cell()
    names = ["stream[read]", "session[closed]", "stream[unread]", "plain"]
    section = table_of(a_report(cell, *(a_case(cell, name) for name in names))).sections[0]
    rows = [(subject.name, [row.label for row in subject.rows]) for subject in section.subjects]
    expected = [("stream", ["read", "unread"]), ("session", ["closed"]), ("plain", ["plain"])]
    assert rows == expected


def test_controls_are_not_rows(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """A control vouches for the measurement; it is no information about a client."""
    cell = a_cell()
    report = a_report(cell, a_case(cell), a_case(cell, "control", contract=Contract.CONTROL))
    assert list(shown(table_of(report).sections[0])) == ["session[closed]"]


@pytest.mark.parametrize("status", [s for s in CellStatus if s is not CellStatus.RAN])
def test_a_cell_that_did_not_run_shows_it_in_each_row(
    a_cell: ACell, a_case: ACase, a_report: AReport, status: CellStatus
) -> None:
    """Its column says the status, and its reason is listed under the table."""
    good, lost = a_cell(version="1"), a_cell(version="2", status=status, reason="why")
    section = table_of(a_report(good, lost, a_case(good))).sections[0]
    assert shown(section) == {"session[closed]": ["clean", str(status)]}
    assert [(m.face.word, m.reason) for m in section.missing] == [(str(status), "why")]


@pytest.mark.parametrize("status", [CellStatus.TIMEOUT, CellStatus.OOM, CellStatus.CRASHED])
def test_a_cell_that_was_cut_short_shows_what_it_answered(
    a_cell: ACell, a_case: ACase, a_report: AReport, status: CellStatus
) -> None:
    """Answers given before the end count, the other rows show the cell's status."""
    good, cut = a_cell(version="1"), a_cell(version="2", status=status)
    answered = [a_case(good, "a"), a_case(good, "b"), a_case(cut, "a", Verdict.GC)]
    section = table_of(a_report(good, cut, *answered)).sections[0]
    assert shown(section) == {"a": ["clean", "gc"], "b": ["clean", str(status)]}


def test_nothing_is_believed_of_an_invalid_cell(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Where a control was wrong, no answer is shown."""
    good, bad = a_cell(version="1"), a_cell(version="2", status=CellStatus.INVALID)
    section = table_of(a_report(good, bad, a_case(good), a_case(bad))).sections[0]
    assert shown(section) == {"session[closed]": ["clean", "invalid"]}


def test_a_case_that_does_not_fit_a_client_stays_empty(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Not even a column-wide status is shown where the client never had such a case."""
    requests, httpx = a_cell(), a_cell(client="httpx", version="1")
    lost = a_cell(client="httpx", version="2", status=CellStatus.NOT_RUN)
    report = a_report(requests, httpx, lost, a_case(requests, "r"), a_case(httpx, "h"))
    assert shown(table_of(report).sections[0]) == {
        "r": ["", "", "clean"],
        "h": ["clean", "not run", ""],
    }


def test_one_client_has_only_its_own_rows(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """A table of one client drops the rows that do not fit it."""
    requests, httpx = a_cell(), a_cell(client="httpx", version="1")
    report = a_report(requests, httpx, a_case(requests, "r"), a_case(httpx, "h"))
    section = table_of(report).sections[0]
    [(_client, columns), _requests] = section.clients
    assert [row.case for s in only_client(section, columns) for row in s.rows] == ["h"]


def test_columns_in_which_nothing_ran_have_no_rows(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Their status stands once under the table; beside a column that ran, it stands in each row."""
    lost = [a_cell(client="httpx", version=v, status=CellStatus.UNINSTALLABLE, reason="why") for v in ("1", "2")]
    ran = a_cell(client="httpx", version="3")
    section = table_of(a_report(*lost, ran, a_case(ran))).sections[0]
    assert only_client(section, section.columns[:2]) == ()
    assert len(only_client(section, section.columns)) == 1
    assert [missing.column.cell.version for missing in section.missing] == ["1", "2"]


def test_what_a_client_does_not_have_is_counted(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """A row that is about what no version of the client has says nothing of it; one has it, and it stays."""
    old, new = a_cell(client="httpx", version="1"), a_cell(client="httpx", version="2")
    none, some = {"status": CaseStatus.UNSUPPORTED, "verdict": None}, {"verdict": Verdict.HELD}
    report = a_report(
        old,
        new,
        *(a_case(cell, "websocket", **none) for cell in (old, new)),
        a_case(old, "http2", **none),
        a_case(new, "http2", **some),
    )
    section = table_of(report).sections[0]
    assert [row.case for s in only_client(section, section.columns) for row in s.rows] == ["http2"]
    assert lacking(section, "httpx") == 1
    assert lacking(section, "requests") == 0


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"verdict": Verdict.HELD, "growth": "+1 per call"}, "+1 per call"),
        ({"verdict": Verdict.HELD, "known": "r#1", "growth": "g"}, "known: r#1; g"),
        ({"known": "r#1"}, "listed as known (r#1), but it is gone"),
        ({"verdict": None, "status": CaseStatus.ERROR, "reason": "a\nb"}, "a b"),
    ],
)
def test_a_place_has_a_note(
    a_cell: ACell, a_case: ACase, a_report: AReport, fields: dict[str, object], note: str
) -> None:
    """Growth, the reference of a known leak or the reason, on one line."""
    cell = a_cell()
    place = table_of(a_report(cell, a_case(cell, **fields))).sections[0].rows[0].places[0]
    assert place.note == note


def test_an_empty_report_is_an_empty_table(a_report: AReport) -> None:
    """No cells, no sections."""
    assert table_of(a_report()).sections == ()


def test_what_one_client_promises_another_need_not(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """In the table of one client its own contract counts, in that of all a guarantee if anybody's."""
    requests, httpx = a_cell(), a_cell(client="httpx", version="1")
    twice = a_case(requests, "twice", contract=Contract.GUARANTEE), a_case(httpx, "twice", contract=Contract.HAZARD)
    section = table_of(a_report(requests, httpx, *twice)).sections[0]
    own = {client: only_client(section, columns)[0].rows[0].contract for client, columns in section.clients}
    assert section.rows[0].contract is Contract.GUARANTEE
    assert own == {"httpx": Contract.HAZARD, "requests": Contract.GUARANTEE}


def test_whose_guarantee_a_row_is(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Named where it is not everybody's."""
    promised, other = a_cell(client="a", version="1"), a_cell(client="b", version="1")
    alone = a_case(promised, "one"), a_case(other, "one", contract=Contract.HAZARD)
    all_of_them = a_case(promised, "two"), a_case(other, "two")
    (section,) = table_of(a_report(promised, other, *alone, *all_of_them)).sections
    assert [row.promisers for row in section.rows] == [("a",), ()]
