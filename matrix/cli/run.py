"""`leakmatrix run`."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from matrix import collect, pipeline, report
from matrix.cli.options import OUT, SHARD, TIMES, TIMES_ALONE, selecting
from matrix.cli.output import ERROR, ending, heading, progress, show_table
from matrix.errors import UsageError
from matrix.executors.choose import choose_executor
from matrix.progress import Progress
from matrix.render.plain import counted, visible
from matrix.sandbox.choose import Choice
from matrix.selection import Selection
from matrix.shard import Shard

OPTIONS = ("out", "workers", "own", "fresh", "verify")  # of `pipeline.Options`, by these names


@click.command(name="run")
@selecting
@OUT
@SHARD
@TIMES
@click.option(
    "--fresh/--resume",
    default=False,
    help="Run every cell; or take what earlier runs have finished, which is the default.",
)
@click.option("--verify", type=click.IntRange(0), default=0, metavar="N", help="Run N of the reused cells again.")
@click.option("--workers", type=click.IntRange(1, 256), help="Cells at a time; default: twice the processors.")
@click.option("--executor", default="threads", show_default=True, help="Who runs the cells: threads, or dask:ADDRESS.")
@click.option(
    "--cases", "own", type=click.Path(path_type=Path, exists=True), help="Run your own cases: a file or folder."
)
def command(
    *,
    config: Path | None,
    profile: str | None,
    sandbox: Choice | None,
    shard: Shard | None,
    times: Path | None,
    executor: str,
    **given: Any,
) -> int:
    """Run the cells, and write the report and the table."""
    if times and not shard:
        raise UsageError(TIMES_ALONE, hint="add --shard 1/3, say")
    options = pipeline.Options(**{name: given.pop(name) for name in OPTIONS})
    settings, path = pipeline.configuration(config, profile)
    if options.own:
        settings = pipeline.with_own_cases(settings)
    place = choose_executor(executor, sandbox or settings.sandbox, progress)
    click.echo(heading(place.sandbox.name, place.why, path, profile))
    options = replace(options, executor=place.executor)
    with closing(place.sandbox):
        planned = pipeline.planned(settings, Selection(**given), place.sandbox)
        if shard:
            whole = len(planned.cells)
            planned = pipeline.shards(planned, shard.of, times)[shard.index - 1]
            click.echo(f"shard {shard}: {len(planned.cells)} of {whole} cells")
        with report.alone_in(options.out):
            with Progress(ERROR, len(planned.cells)) as watcher:
                ran = pipeline.execute(planned, place.sandbox, place.why, options=options, watcher=watcher)
            files = pipeline.write(ran.report, options.out)
    show_table(ran.report, files["terminal"])
    for line in _also(ran):
        click.echo(visible(line))
    click.echo(f"page:   {files['html'].resolve()}\nreport: {files['report'].resolve()}")
    code = collect.exit_code(ran.report, interrupted=ran.interrupted)
    click.echo(ending(code))
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
