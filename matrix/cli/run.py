"""`leakmatrix run`."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from matrix import collect, pipeline
from matrix.cli.options import OUT, selecting
from matrix.cli.output import ERROR, MEANING, show_table
from matrix.progress import Progress
from matrix.render.plain import counted, visible
from matrix.sandbox.choose import Choice, choose
from matrix.selection import Selection


@click.command(name="run")
@selecting
@OUT
@click.option(
    "--fresh/--resume",
    default=False,
    help="Run every cell; or take what earlier runs have finished, which is the default.",
)
@click.option("--verify", type=click.IntRange(0), default=0, metavar="N", help="Run N of the reused cells again.")
@click.option("--workers", type=click.IntRange(1, 256), help="Cells at a time; default: twice the processors.")
@click.option(
    "--cases", "own", type=click.Path(path_type=Path, exists=True), help="Run your own cases: a file or folder."
)
def command(*, config: Path | None, profile: str | None, sandbox: Choice | None, **given: Any) -> int:
    """Run the cells, and write the report and the table."""
    options = pipeline.Options(**{each.name: given.pop(each.name) for each in fields(pipeline.Options)})
    settings, path = pipeline.configuration(config, profile)
    if options.own:
        settings = pipeline.with_own_cases(settings)
    chosen, why = choose(sandbox or settings.sandbox)
    click.echo(f"sandbox: {chosen.name} ({why})")
    click.echo(f"configuration: {path}" + (f", profile {profile}" if profile else ""))
    with closing(chosen):
        planned = pipeline.planned(settings, Selection(**given), chosen)
        with Progress(ERROR, len(planned.cells)) as progress:
            ran = pipeline.execute(planned, chosen, why, options=options, watcher=progress)
    files = pipeline.write(ran.report, options.out)
    show_table(ran.report)
    for line in _also(ran):
        click.echo(visible(line))
    click.echo(f"page:   {files['html'].resolve()}\nreport: {files['report'].resolve()}")
    code = collect.exit_code(ran.report, interrupted=ran.interrupted)
    click.echo(f"exit code {int(code)}: {MEANING[code]}")
    return code


def _also(ran: pipeline.Ran) -> Iterator[str]:
    """What the table does not say."""
    if ran.verified is not None:
        checked = ran.verified
        differing = counted(len(checked.differing), "case differs", "cases differ")
        yield f"verified: {counted(len(checked.cells), 'reused cell')} run again, {differing}"
        for case in checked.differing:
            yield f"  {case.case} in {case.cell}: {case.reason}"
        for cell in checked.without_result:
            yield f"  {cell.cell}: not checked, for this time it gave no whole answer"
    if ran.not_kept:
        yield f"not kept for later runs: {ran.not_kept}"
