"""`leakmatrix run`."""

from contextlib import closing
from pathlib import Path

import click

from matrix import collect, pipeline
from matrix.cli.options import OUT, SHARD, TIMES, TIMES_ALONE, selecting
from matrix.cli.output import ERROR, MEANING, show_table
from matrix.errors import UsageError
from matrix.executors.choose import choose_executor
from matrix.progress import Progress
from matrix.sandbox.choose import Choice
from matrix.selection import Selection
from matrix.shard import Shard


@click.command(name="run")
@selecting
@OUT
@SHARD
@TIMES
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
    out: Path,
    shard: Shard | None,
    times: Path | None,
    workers: int | None,
    executor: str,
    own: Path | None,
    **selectors: tuple[str, ...],
) -> int:
    """Run the cells, and write the report and the table."""
    if times and not shard:
        raise UsageError(TIMES_ALONE, hint="add --shard 1/3, say")
    settings, path = pipeline.configuration(config, profile)
    if own:
        settings = pipeline.with_own_cases(settings)
    place = choose_executor(executor, sandbox or settings.sandbox)
    click.echo(f"sandbox: {place.sandbox.name} ({place.why})")
    click.echo(f"configuration: {path}" + (f", profile {profile}" if profile else ""))
    with closing(place.sandbox):
        planned = pipeline.planned(settings, Selection(**selectors), place.sandbox)
        if shard:
            whole = len(planned.cells)
            planned = pipeline.shards(planned, shard.of, times)[shard.index - 1]
            click.echo(f"shard {shard}: {len(planned.cells)} of {whole} cells")
        with Progress(ERROR, len(planned.cells)) as progress:
            options = pipeline.Options(out=out, workers=workers, own=own, executor=place.executor)
            ran = pipeline.execute(planned, place.sandbox, place.why, options=options, watcher=progress)
    files = pipeline.write(ran.report, out)
    show_table(ran.report)
    click.echo(f"page:   {files['html'].resolve()}\nreport: {files['report'].resolve()}")
    code = collect.exit_code(ran.report, interrupted=ran.interrupted)
    click.echo(f"exit code {int(code)}: {MEANING[code]}")
    return code
