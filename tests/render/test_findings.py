"""What is found in a table."""

from collections.abc import Callable

from matrix.model import CaseRecord, CellRecord, CellStatus, Contract, Report, Verdict
from matrix.render.findings import Finding, Kind, findings_of
from matrix.render.table import table_of

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]


def found(report: Report, *kinds: Kind) -> list[str]:
    """The sentences of these kinds, or of all."""
    return [f.text for f in findings_of(table_of(report)) if not kinds or f.kind in kinds]


def test_a_clean_report_has_no_findings(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Guarantees that hold are not told."""
    cell = a_cell()
    assert found(a_report(cell, a_case(cell))) == []


def test_leaks_come_first_then_known_then_gone(sample: Report) -> None:
    """What somebody must act on stands at the top."""
    kinds = [finding.kind for finding in findings_of(table_of(sample))]
    assert kinds == sorted(kinds)
    assert set(kinds) >= {Kind.UNEXPECTED, Kind.KNOWN, Kind.GONE, Kind.VERSION_EDGE}


def test_an_unexpected_leak_says_how_it_grows(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The verdict, the version, the growth and the interpreter."""
    cell = a_cell()
    report = a_report(cell, a_case(cell, verdict=Verdict.HELD, growth="+1 per call"))
    assert found(report) == ["requests session[closed]: held in 2.34.2, +1 per call (3.12)"]


def test_equal_leaks_are_told_once(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Joined over versions and over interpreters."""
    cells = [a_cell(python, version=v) for python in ("3.9", "3.12") for v in ("2.9", "2.10")]
    report = a_report(*cells, *(a_case(cell, verdict=Verdict.HELD) for cell in cells))
    assert found(report) == ["requests session[closed]: held in 2.9 and 2.10 (all interpreters)"]


def test_a_known_leak_names_its_reference(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The reader can look it up."""
    cell = a_cell()
    report = a_report(cell, a_case(cell, verdict=Verdict.GC, known="requests#1"))
    assert found(report) == ["requests session[closed]: gc in 2.34.2, listed as requests#1 (3.12)"]


def test_a_listed_leak_that_is_gone_is_found(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The list has to be changed."""
    cell = a_cell()
    expected = "requests session[closed]: clean in 2.34.2, but listed as requests#1 (3.12)"
    assert found(a_report(cell, a_case(cell, known="requests#1"))) == [expected]


def test_a_change_between_neighbouring_versions_is_found(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """With the two versions on both sides of the edge, also for a hazard."""
    pairs = [("2.9", Verdict.CLEAN), ("2.10", Verdict.CLEAN), ("2.11", Verdict.REFCOUNT)]
    cells = [a_cell(version=version) for version, _verdict in pairs]
    cases = [
        a_case(cell, verdict=verdict, contract=Contract.HAZARD)
        for cell, (_version, verdict) in zip(cells, pairs, strict=True)
    ]
    expected = "requests session[closed]: clean in 2.10, refcount in 2.11 (3.12)"
    assert found(a_report(*cells, *cases)) == [expected]


def test_clean_or_late_is_no_change(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Which of the two it is, is chance, between versions and between interpreters; something worse is told."""
    pairs = {"1": (Verdict.CLEAN, Verdict.LATE), "2": (Verdict.LATE, Verdict.CLEAN), "3": (Verdict.LATE, Verdict.GC)}
    cells = {(python, version): a_cell(python, version=version) for python in ("3.10", "3.11") for version in pairs}
    cases = [
        a_case(cell, verdict=pairs[version][python == "3.11"], contract=Contract.HAZARD)
        for (python, version), cell in cells.items()
    ]
    report = a_report(*cells.values(), *cases)
    assert found(report, Kind.VERSION_EDGE) == ["requests session[closed]: clean in 2, gc in 3 (3.11)"]
    assert found(report, Kind.INTERPRETER_EDGE) == ["requests session[closed]: late on 3.10, gc on 3.11 in 3"]


def test_a_cell_without_an_answer_is_stepped_over(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The edge is between the versions that did answer."""
    old, new = a_cell(version="1"), a_cell(version="3")
    lost = a_cell(version="2", status=CellStatus.UNINSTALLABLE)
    hazards = [
        a_case(cell, verdict=verdict, contract=Contract.HAZARD)
        for cell, verdict in ((old, Verdict.CLEAN), (new, Verdict.GC))
    ]
    expected = ["requests session[closed]: clean in 1, gc in 3 (3.12)"]
    assert found(a_report(old, lost, new, *hazards)) == expected


def test_clients_are_not_compared_with_each_other(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The last version of one client is no neighbour of the first of the next."""
    cells = [a_cell(client="a", version="1"), a_cell(client="b", version="2")]
    cases = [
        a_case(cell, verdict=verdict, contract=Contract.HAZARD)
        for cell, verdict in zip(cells, (Verdict.CLEAN, Verdict.GC), strict=True)
    ]
    assert found(a_report(*cells, *cases)) == []


def test_a_change_between_interpreters_is_found_within_a_family(
    a_cell: ACell, a_case: ACase, a_report: AReport
) -> None:
    """CPython with CPython; that PyPy counts no references is no finding."""
    verdicts = {"3.10": Verdict.REFCOUNT, "3.11": Verdict.CLEAN, "pypy3.11": Verdict.GC}
    cells = [a_cell(python, version="1") for python in verdicts]
    cases = [a_case(cell, verdict=verdicts[cell.interpreter], contract=Contract.HAZARD) for cell in cells]
    expected = ["requests session[closed]: refcount on 3.10, clean on 3.11 in 1"]
    assert found(a_report(*cells, *cases), Kind.INTERPRETER_EDGE) == expected


def test_a_finding_points_to_where_it_shows(sample: Report) -> None:
    """Its place has the record that a page can link to, the worse side of an edge."""
    edges: list[Finding] = [f for f in findings_of(table_of(sample)) if f.kind is Kind.VERSION_EDGE]
    assert {f.place.face.word for f in edges} == {"refcount", "held"}
