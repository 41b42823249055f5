"""The table for a terminal: as wide as it is told, in plain text or with ANSI colours.

A string, through a rich console that records; nothing is printed here. Foreign
text reaches rich as `Text`, never as markup. Sentences and evidence are left to
the other formats.
"""

from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import zip_longest

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from matrix.model import Contract, Report, Verdict
from matrix.order import interpreter_title
from matrix.render import signs
from matrix.render.findings import HEADINGS, Finding, findings_of
from matrix.render.plain import in_short, one_line
from matrix.render.signs import Face, Mark, Tone
from matrix.render.summary import run_line, sandbox_line, summary_lines, summary_of
from matrix.render.table import (
    WHY_NOT,
    Column,
    Row,
    Section,
    Subject,
    Table,
    lacking,
    lacking_line,
    only_client,
    table_of,
)
from matrix.render.unanswered import Silence, silence_of

STYLES: dict[Tone, str] = {
    Tone.OK: "green",
    Tone.INFO: "cyan",
    Tone.WARN: "yellow",
    Tone.BAD: "bold red",
    Tone.NONE: "dim",
}
WIDEST = 10_000
REASON_LENGTH = 400
MARKS: dict[Mark, str] = {"": "", "known": " *", "gone": ""}


def _face(face: Face) -> Text:
    return Text(f"{face.sign} {face.word}{MARKS[face.mark]}".strip(), STYLES[face.tone])


def _head(column: Column) -> Text:
    """The version, then each pin, its name and its version on lines of their own."""
    lines = [one_line(column.cell.version)]
    for name, version in column.extras:
        lines += [one_line(name), f" {one_line(version)}"] if version else [one_line(name)]
    return Text("\n".join(lines), "bold")


def _row_name(row: Row) -> Text:
    letter = signs.contract_letter(row.contract)
    style = "bold" if row.contract is Contract.GUARANTEE else "dim"
    return Text.assemble((letter, style), " ", one_line(row.case))


def _rich_table(client: str, columns: tuple[Column, ...], subjects: tuple[Subject, ...]) -> RichTable:
    table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(Text(one_line(client), "bold"), overflow="fold")
    for column in columns:
        table.add_column(_head(column), overflow="fold")
    for subject, following in zip_longest(subjects, subjects[1:]):
        alone = following is None or len(subject.rows) == len(following.rows) == 1
        for row in subject.rows:
            last = row is subject.rows[-1] and not alone
            table.add_row(_row_name(row), *(_face(p.face) for p in row.places), end_section=last)
    return table


def _fits(console: Console, table: RichTable) -> bool:
    """Whether no cell of it must be folded; then its columns are told their widths, which rich measures slowly."""
    for column in table.columns:
        texts = (column.header, *column.cells)
        column.width = max(cell_len(line) for text in texts for line in str(text).split("\n"))
    fits = Measurement.get(console, console.options.update(width=WIDEST), table).maximum <= console.width
    if not fits:
        for column in table.columns:
            column.width = None
    return fits


def _split(console: Console, section: Section, client: str, columns: tuple[Column, ...]) -> list[RichTable]:
    """As few tables as fit the width, with about as many columns in each."""
    tables: list[RichTable] = []
    for parts in range(1, len(columns) + 1):
        size = -(-len(columns) // parts)
        chunks = [columns[start : start + size] for start in range(0, len(columns), size)]
        tables = [_rich_table(client, chunk, only_client(section, chunk)) for chunk in chunks]
        if all(_fits(console, table) for table in tables):
            break
    return tables


def _list(items: Iterable[tuple[Text, Text]]) -> Padding:
    """Two columns without lines, the second one folded under itself."""
    grid = RichTable.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for left, right in items:
        grid.add_row(left, right)
    return Padding(grid, (0, 0, 0, 2))


def _print_heading(console: Console, heading: str) -> None:
    console.print()
    console.rule(Text(one_line(heading), "bold"), align="left", style="dim")


def _missing_lines(section: Section, silence: Silence) -> Iterator[tuple[Text, Text]]:
    for missing in section.missing:
        reason = in_short(missing.reason, REASON_LENGTH)
        yield _face(missing.face), Text(f"{one_line(missing.column.label)}: {reason}")
    for one in silence.lines:
        yield _face(one.face), Text(f"{one_line(one.column.cell.cell)} {one.names(one_line)}: {one.reason}")
    if silence.more:
        yield Text(), Text(silence.more)


def _print_section(console: Console, section: Section) -> None:
    _print_heading(console, interpreter_title(section.interpreter))
    for client, columns in section.clients:
        for table in _split(console, section, client, columns):
            if table.row_count:
                console.print()
                console.print(table)
        if lacks := lacking(section, client):
            console.print(Text(lacking_line(client, lacks), "dim"))
    if missing := list(_missing_lines(section, silence_of(section))):
        console.print()
        console.print(Text(WHY_NOT, "bold"))
        console.print(_list(missing))


def _print_findings(console: Console, findings: tuple[Finding, ...]) -> None:
    for kind, heading in HEADINGS.items():
        chosen = [finding for finding in findings if finding.kind is kind]
        if chosen:
            console.print()
            console.print(Text(f"{heading} ({len(chosen)})", "bold"))
            console.print(_list((_face(one.place.face), Text(one_line(one.text))) for one in chosen))


def _legend() -> Iterator[tuple[Text, Text]]:
    for verdict in Verdict:
        name = Text(f"{signs.verdict_sign(verdict)} {verdict}", STYLES[signs.verdict_tone(verdict)])
        yield name, Text(signs.verdict_meaning(verdict))
    for sign, meaning in signs.OTHER_SIGNS:
        yield Text(sign.replace("(known)", "*")), Text(meaning)
    for contract in (Contract.GUARANTEE, Contract.HAZARD):
        name = Text(f"{signs.contract_letter(contract)} {contract}")
        yield name, Text(signs.contract_meaning(contract))


def _print_end(console: Console, table: Table) -> None:
    _print_heading(console, "How to read it")
    console.print(_list(_legend()))
    _print_heading(console, "Summary")
    lines = summary_lines(summary_of(table.report))
    console.print(_list((Text(name), Text(counts)) for name, counts in lines))


def terminal(report: Report, *, width: int = 100, color: bool = False) -> str:
    """The whole report as text that is at most `width` columns wide."""
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        record=True,
        _environ={},  # the terminal that runs this has no say: same report, same text
    )
    table = table_of(report)
    console.print(Text(one_line(sandbox_line(report))))
    console.print(Text(one_line(run_line(report))))
    for section in table.sections:
        _print_section(console, section)
    findings = findings_of(table)
    if findings:
        _print_heading(console, "Findings")
        _print_findings(console, findings)
    _print_end(console, table)
    text = console.export_text(styles=color)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
