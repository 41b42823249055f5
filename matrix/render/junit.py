"""The report as JUnit XML, for a CI service: a suite for each cell, a test for each case.

A hazard never fails; a known leak is skipped with its reference; what gave no
answer through the harness or the scenario is an error, never a failure.
"""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Contract, Left, Report
from matrix.render import signs
from matrix.render.plain import many_lines, one_line
from matrix.render.table import NO_REASON, answers_of

MESSAGE_LENGTH = 300


def _left_lines(left: Left) -> Iterable[str]:
    state = f" {left.state}" if left.state else ""
    yield f"{left.kind}: {left.what}{state} ({left.verdict})"
    for frame in left.created:
        yield f"  created at {frame.file}:{frame.line} in {frame.function}"
    if left.held_by:
        yield f"  held by {' -> '.join(left.held_by)}"
    if left.advice:
        yield f"  {left.advice}"


def _body(record: CaseRecord) -> str:
    lines = [record.sentence] if record.sentence else []
    lines += [f"{kind}: {old} before, {new} after" for kind, (old, new) in record.counts.items()]
    for left in record.left:
        lines += _left_lines(left)
    return many_lines("\n".join(lines))


def _add(test: ET.Element, tag: str, message: str, *, kind: str, body: str = "") -> None:
    outcome = ET.SubElement(test, tag, message=one_line(message, limit=MESSAGE_LENGTH), type=kind)
    outcome.text = body or None


def _add_answer(test: ET.Element, record: CaseRecord) -> None:
    verdict = str(record.verdict)
    if record.contract is not Contract.HAZARD:
        growth = f", {record.growth}" if record.growth else ""
        mark = signs.of_case(record).mark
        if mark == "gone":
            message = f"{verdict}, but listed as a known leak: {record.known}"
            _add(test, "failure", message, kind="known leak is gone")
        elif mark == "known":
            _add(test, "skipped", f"{verdict}{growth}, known: {record.known}", kind="known leak")
        elif not signs.holds(record):
            _add(test, "failure", f"{verdict}{growth}", kind="leak", body=_body(record))
    ET.SubElement(test, "system-out").text = one_line(f"{record.contract}: {verdict}")


def _add_case(suite: ET.Element, record: CaseRecord) -> None:
    test = ET.SubElement(
        suite,
        "testcase",
        classname=one_line(record.cell),
        name=one_line(record.case),
        time=f"{record.seconds:.3f}",
    )
    reason = record.reason or NO_REASON
    if record.status is CaseStatus.UNSUPPORTED:
        _add(test, "skipped", f"unsupported: {reason}", kind="unsupported")
    elif record.status is CaseStatus.ANSWERED and record.verdict is not None:
        _add_answer(test, record)
    elif record.status is CaseStatus.FLAKY and not record.silent:
        ET.SubElement(test, "system-out").text = many_lines(reason)  # now clean, now late
    else:
        word = signs.of_case(record).word
        _add(test, "error", f"{word}: {reason}", kind=word, body=many_lines(reason))


def _add_cell(suite: ET.Element, cell: CellRecord) -> None:
    """The cell itself as a test, where it gave no answer or was cut short."""
    skipped = {CellStatus.UNINSTALLABLE, CellStatus.IMPORT_ERROR, CellStatus.NOT_RUN}
    tag = "skipped" if cell.status in skipped else "error"
    test = ET.SubElement(suite, "testcase", classname=one_line(cell.cell), name="cell", time=f"{cell.seconds:.3f}")
    reason = cell.reason or NO_REASON
    message = f"{cell.status}: {reason}"
    _add(test, tag, message, kind=str(cell.status), body=many_lines(reason))


def _properties(cell: CellRecord) -> dict[str, str]:
    fixed = {
        "python": cell.python,
        "client": cell.client,
        "version": cell.column,
        "sandbox": cell.sandbox,
        "image": cell.image or "",
        "reused": "yes" if cell.reused else "",
    }
    resolved = {f"resolved {name}": version for name, version in cell.resolved.items()}
    return {name: value for name, value in (fixed | resolved).items() if value}


def _add_suite(root: ET.Element, cell: CellRecord, records: list[CaseRecord], started: str) -> None:
    suite = ET.SubElement(root, "testsuite", name=one_line(cell.cell))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(cell).items():
        ET.SubElement(properties, "property", name=one_line(name), value=one_line(value))
    for record in records:
        _add_case(suite, record)
    if cell.status is not CellStatus.RAN:
        _add_cell(suite, cell)
    _count(suite)
    suite.set("time", f"{cell.seconds:.3f}")
    suite.set("timestamp", one_line(started))


def _count(element: ET.Element) -> None:
    element.set("tests", str(sum(1 for _test in element.iter("testcase"))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(1 for _outcome in element.iter(tag))))


def junit(report: Report) -> str:
    """The whole report as one XML document; controls are left out, as in the table."""
    root = ET.Element("testsuites", name="leakmatrix")
    records: dict[str, list[CaseRecord]] = {cell.cell: [] for cell in report.cells}
    for record in answers_of(report).values():
        records[record.cell].append(record)
    for cell in report.cells:
        _add_suite(root, cell, records[cell.cell], report.header.started)
    _count(root)
    ET.indent(root)
    declaration = '<?xml version="1.0" encoding="utf-8"?>\n'
    return declaration + ET.tostring(root, encoding="unicode") + "\n"
