"""`leakmatrix check`."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import click

from matrix import builtin, edges, known, report
from matrix.cli.options import REPORT
from matrix.cli.output import ending
from matrix.edges import Seen, Shown
from matrix.errors import ExitCode
from matrix.known import KnownLeak
from matrix.propose import propose
from matrix.render.plain import counted, one_line, visible

_MEANING = {
    ExitCode.OK: "every edge is shown",
    ExitCode.LEAK: "the list and the report contradict each other; `leakmatrix check --propose` says how to mend it",
    ExitCode.INCOMPLETE: "some edges are not shown, and nothing contradicts the list",
}


@click.command(name="check")
@REPORT
@click.option("--propose", "proposing", is_flag=True, help="Print the entries that would make the list agree.")
def command(folder: Path, *, proposing: bool) -> int:
    """Say which edges of the known leaks a report shows, and for each that it misses, why."""
    entries = known.load(builtin.CASES)
    done = report.read(folder)
    if proposing:
        proposed = "\n".join(each.toml for each in propose(done))
        click.echo(visible(proposed or "# the list agrees with all that this report has\n"), nl=False)
        return ExitCode.OK
    found = edges.check(entries, done)
    for shown in sorted(found, key=lambda each: (not each.shown, each.contradicted)):
        if shown.was_run:
            _tell(shown)
    for entry in known.stale(entries, datetime.now(UTC).date()):
        click.echo(f"look again: {_name(entry)}, which was to be checked by {entry.recheck}")
    return _summary(found)


def _tell(shown: Shown) -> None:
    sign = "✓" if shown.shown else "✗" if shown.contradicted else "·"
    told = [*_sides(shown.seen), *(f"the {side} side of this edge is not in this report" for side in shown.absent)]
    click.echo(one_line(f"{sign} {_name(shown.entry)} on {shown.python}{': ' if told else ''}{'; '.join(told)}"))
    for seen in shown.seen:
        if not seen.right and seen.said != edges.NOT_THERE:
            click.echo(f"    {one_line(f'{seen.side} {seen.cell} {seen.case}: {seen.said}')}")


def _sides(found: Iterable[Seen]) -> Iterator[str]:
    right = [seen for seen in found if seen.right]
    for side, cells in groupby(sorted(right, key=lambda seen: seen.side), key=lambda seen: seen.side):
        yield f"{side}: {', '.join(dict.fromkeys(seen.cell.split('-', 1)[1] for seen in cells))}"


def _name(entry: KnownLeak) -> str:
    return f"{entry.client} {', '.join(entry.cases)} ({', '.join(entry.kinds)}; {entry.reference})"


def _summary(found: tuple[Shown, ...]) -> ExitCode:
    names = {_name(shown.entry) for shown in found}
    shown_somewhere = {_name(shown.entry) for shown in found if shown.shown}
    missed = len([each for each in found if not each.shown])
    contradicted = len([each for each in found if each.contradicted])
    absent = len([each for each in found if not each.was_run])
    click.echo(
        f"{len(found) - missed} of {len(found)} edges shown, counted for each interpreter; "
        f"{contradicted} contradicted, {missed - contradicted - absent} with a side missing or without an answer, "
        f"{absent} not in this report"
    )
    click.echo(f"{len(shown_somewhere)} of {len(names)} entries shown on one interpreter at least")
    if absent:
        click.echo(
            f"{counted(absent, 'edge')} not asked about: all of them are in `leakmatrix run --profile known-leaks`"
        )
    code = ExitCode.LEAK if contradicted else ExitCode.INCOMPLETE if missed else ExitCode.OK
    click.echo(ending(code, _MEANING))
    return code
