"""The table as GitHub-flavoured Markdown: one for each interpreter and client.

Foreign text is escaped so that it can be neither HTML nor a link nor the end of
a table's column. Stacks and holders are left to the page (`html.py`).
"""

import re
from collections.abc import Iterator

from matrix.model import Contract, Report, Verdict
from matrix.order import interpreter_title
from matrix.render import signs
from matrix.render.findings import HEADINGS, Finding, findings_of
from matrix.render.plain import in_short, one_line
from matrix.render.signs import Face
from matrix.render.summary import run_line, sandbox_line, summary_lines, summary_of
from matrix.render.table import WHY_NOT, Column, Section, Subject, lacking, lacking_line, only_client, table_of
from matrix.render.unanswered import Silence, silence_of

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_PUNCTUATION = re.compile(r"[\\`*_\[\]|~#$!]")
_PLAIN_CODE = re.compile(r"[A-Za-z0-9_.\[\]+@=, -]+")
# GitHub makes a link of these, wherever they stand.
_ADDRESSES = re.compile(r"(?i)(?<=www)\.|:(?=//)")
REASON_LENGTH = 600


def escape(text: str) -> str:
    """Foreign text on one line, as the text that it is."""
    line = _PUNCTUATION.sub(r"\\\g<0>", one_line(text))
    line = "".join(_ENTITIES.get(character, character) for character in line)
    return _ADDRESSES.sub(lambda found: f"&#{ord(found[0])};", line)


def code(text: str) -> str:
    """A name as code, where nothing in it could end the code or the column."""
    return f"`{text}`" if _PLAIN_CODE.fullmatch(text) and text == text.strip() else escape(text)


def _face(face: Face) -> str:
    mark = f" ({face.mark})" if face.mark else ""
    return f"{face.sign} {face.word}{mark}".strip()


def _line(*columns: str) -> str:
    return f"| {' | '.join(columns)} |"


def _head(column: Column) -> str:
    extras = (escape(f"{name} {version}") for name, version in column.extras)
    return " ".join([escape(column.cell.version), *extras])


def _table(columns: tuple[Column, ...], subjects: tuple[Subject, ...]) -> Iterator[str]:
    yield _line("case", "", *map(_head, columns), "what it means")
    yield _line("---", "---", *("---" for _column in columns), "---")
    for subject in subjects:
        for row in subject.rows:
            letter = signs.contract_letter(row.contract)
            faces = (_face(place.face) for place in row.places)
            yield _line(code(row.case), letter, *faces, escape(row.sentence))


def _missing_lines(section: Section, silence: Silence) -> Iterator[str]:
    for missing in section.missing:
        reason = escape(in_short(missing.reason, REASON_LENGTH))
        yield f"- {_face(missing.face)}: {escape(missing.column.label)}: {reason}"
    for one in silence.lines:
        yield f"- {_face(one.face)}: {code(one.column.cell.cell)} {one.names(code)}: {escape(one.reason)}"
    if silence.more:
        yield f"- {silence.more}"


def _missing(section: Section) -> Iterator[str]:
    if lines := list(_missing_lines(section, silence_of(section))):
        yield f"**{WHY_NOT}**"
        yield ""
        yield from lines
        yield ""


def _section(section: Section) -> Iterator[str]:
    yield f"## {escape(interpreter_title(section.interpreter))}"
    yield ""
    for client, columns in section.clients:
        subjects = only_client(section, columns)
        if subjects:
            yield f"### {escape(client)} on {escape(interpreter_title(section.interpreter))}"
            yield ""
            yield from _table(columns, subjects)
            yield ""
        if lacks := lacking(section, client):
            yield escape(lacking_line(client, lacks))
            yield ""
    yield from _missing(section)


def _findings(findings: tuple[Finding, ...]) -> Iterator[str]:
    if findings:
        yield "## Findings"
        yield ""
    for kind, heading in HEADINGS.items():
        chosen = [finding for finding in findings if finding.kind is kind]
        if chosen:
            yield f"**{heading}**"
            yield ""
            for one in chosen:
                where = f" ({escape(one.where)})" if one.where else ""
                name = f"{escape(one.client)} {code(one.case)}"
                yield f"- {name}: {escape(one.statement)}{where}"
            yield ""


def _legend() -> Iterator[str]:
    yield "## How to read it"
    yield ""
    yield _line("verdict", "meaning")
    yield _line("---", "---")
    for verdict in Verdict:
        yield _line(f"{signs.verdict_sign(verdict)} {verdict}", signs.verdict_meaning(verdict))
    for sign, meaning in signs.OTHER_SIGNS:
        yield _line(sign, meaning)
    for contract in (Contract.GUARANTEE, Contract.HAZARD):
        yield _line(f"{signs.contract_letter(contract)} {contract}", signs.contract_meaning(contract))
    yield ""


def _lines(report: Report) -> Iterator[str]:
    table = table_of(report)
    yield "# What is left when the call is over"
    yield ""
    yield f"{escape(run_line(report))}; {escape(sandbox_line(report))}."
    yield ""
    for name, counts in summary_lines(summary_of(report)):
        yield f"- {name}: {counts}"
    yield ""
    yield from _findings(findings_of(table))
    for section in table.sections:
        yield from _section(section)
    yield from _legend()


def markdown(report: Report) -> str:
    """The whole report as one Markdown document."""
    return "\n".join(_lines(report)).rstrip() + "\n"
