"""The table as one static page: no other file, no script, readable from a file URL.

What it says comes from the other modules; how it looks stands in the template
and the style sheet beside this file. Everything is escaped by jinja2.
"""

from matrix.model import Contract, Report, Verdict
from matrix.render import signs
from matrix.render.evidence import Evidence, evidence_of
from matrix.render.findings import HEADINGS, Finding, findings_of
from matrix.render.plain import one_line
from matrix.render.summary import summary_lines, summary_of
from matrix.render.table import WHY_NOT, Row, Table, table_of
from matrix.render.templates import environment
from matrix.render.unanswered import silence_of

FINDINGS_SHOWN = 8  # of one kind; the others are folded

Anchors = dict[tuple[str, str], str]


def _cases(table: Table) -> list[Row]:
    """Every row once, in the order of the sections."""
    rows: dict[str, Row] = {}
    for section in table.sections:
        for row in section.rows:
            rows.setdefault(row.case, row)
    return list(rows.values())


def _by_kind(findings: tuple[Finding, ...]) -> list[tuple[str, list[Finding]]]:
    chosen = [
        (heading, [finding for finding in findings if finding.kind is kind]) for kind, heading in HEADINGS.items()
    ]
    return [(heading, found) for heading, found in chosen if found]


def _by_client(evidence: tuple[Evidence, ...]) -> dict[str, list[Evidence]]:
    clients: dict[str, list[Evidence]] = {}
    for one in evidence:
        clients.setdefault(one.client, []).append(one)
    return clients


def _anchors(evidence: tuple[Evidence, ...]) -> Anchors:
    return {(place.column.cell.cell, one.record.case): one.id for one in evidence for place in one.places}


def _ladder() -> list[tuple[str, str, str, str]]:
    return [(signs.verdict_sign(v), str(v), signs.verdict_meaning(v), signs.verdict_tone(v)) for v in Verdict]


def html(report: Report) -> str:
    """The whole report, with its evidence and environments, as one HTML document."""
    table = table_of(report)
    evidence = evidence_of(table)
    template = environment().get_template("page.html.jinja")
    return template.render(
        report=report,
        sections=table.sections,
        silences={section.interpreter: silence_of(section) for section in table.sections},
        why_not=WHY_NOT,
        one_line=one_line,
        cases=_cases(table),
        summary=summary_of(report),
        summary_lines=summary_lines(summary_of(report)),
        findings=_by_kind(findings_of(table)),
        findings_shown=FINDINGS_SHOWN,
        evidence=_by_client(evidence),
        anchors=_anchors(evidence),
        cells=[column.cell for section in table.sections for column in section.columns],
        ladder=_ladder(),
        other_signs=signs.OTHER_SIGNS,
        contracts=[(c, signs.contract_meaning(c)) for c in (Contract.GUARANTEE, Contract.HAZARD)],
    )
