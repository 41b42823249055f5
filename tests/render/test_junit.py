"""The report as JUnit XML."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Contract, Report, Verdict
from matrix.render.junit import junit

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]
OUTCOMES = {"failure", "error", "skipped"}


def outcomes(report: Report) -> list[tuple[str, str]]:
    """(test, its outcome) in the order of the document."""
    tests = ET.fromstring(junit(report)).iter("testcase")
    return [(test.attrib["name"], next((e.tag for e in test if e.tag in OUTCOMES), "passed")) for test in tests]


def test_the_sample_looks_as_before(sample: Report, same_as_golden: Callable[[str, str], None]) -> None:
    """The whole document."""
    same_as_golden("junit.xml", junit(sample))


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({}, "passed"),
        ({"verdict": Verdict.LATE}, "passed"),
        ({"verdict": Verdict.HELD, "contract": Contract.HAZARD}, "passed"),
        ({"verdict": Verdict.HELD}, "failure"),
        ({"verdict": Verdict.HELD, "known": "r#1"}, "skipped"),
        ({"known": "r#1"}, "failure"),
        ({"verdict": None, "status": CaseStatus.UNSUPPORTED}, "skipped"),
        ({"verdict": None, "status": CaseStatus.ERROR}, "error"),
        ({"verdict": None, "status": CaseStatus.TIMEOUT}, "error"),
        ({"verdict": None, "status": CaseStatus.OOM}, "error"),
        ({"verdict": None, "status": CaseStatus.CRASHED}, "error"),
        ({"verdict": None}, "error"),
        ({"verdict": None, "status": CaseStatus.FLAKY, "answers": {"clean": 1, "held": 2}}, "error"),
        ({"verdict": None, "status": CaseStatus.FLAKY, "answers": {"clean": 2, "late": 1}}, "passed"),
    ],
)
def test_a_case_is_a_test(
    a_cell: ACell, a_case: ACase, a_report: AReport, fields: dict[str, object], outcome: str
) -> None:
    """Only a broken guarantee and a list that is out of date fail; no answer never passes."""
    cell = a_cell()
    assert outcomes(a_report(cell, a_case(cell, **fields))) == [("session[closed]", outcome)]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (CellStatus.UNINSTALLABLE, "skipped"),
        (CellStatus.IMPORT_ERROR, "skipped"),
        (CellStatus.NOT_RUN, "skipped"),
        (CellStatus.INVALID, "error"),
        (CellStatus.TIMEOUT, "error"),
        (CellStatus.OOM, "error"),
        (CellStatus.CRASHED, "error"),
    ],
)
def test_a_cell_without_answers_is_a_test_named_cell(
    a_cell: ACell, a_report: AReport, status: CellStatus, outcome: str
) -> None:
    """What cannot exist is skipped; what went wrong is an error."""
    assert outcomes(a_report(a_cell(status=status, reason="why"))) == [("cell", outcome)]


def test_a_failure_tells_what_was_left(sample: Report) -> None:
    """Counts, stack and holders stand in the failure."""
    bodies = [failure.text or "" for failure in ET.fromstring(junit(sample)).iter("failure")]
    assert any("requests/adapters.py:486 in send" in body for body in bodies)
    assert any("held by module cases.test_session -> Session.adapters" in body for body in bodies)


def test_the_counts_are_those_of_the_tests(sample: Report) -> None:
    """A CI service shows the attributes, so they must be right."""
    root = ET.fromstring(junit(sample))
    found = outcomes(sample)
    assert int(root.attrib["tests"]) == len(found)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(root.attrib[attribute]) == [outcome for _name, outcome in found].count(tag)
        assert int(root.attrib[attribute]) == sum(int(suite.attrib[attribute]) for suite in root)


def test_hostile_text_is_well_formed_text(hostile: Report) -> None:
    """What XML 1.0 forbids is written out, and a parser reads back the text."""
    root = ET.fromstring(junit(hostile).encode("utf-8"))
    assert any("<script>alert(1)</script>" in test.attrib["name"] for test in root.iter("testcase"))
