"""`leakmatrix run`."""

from contextlib import closing
from pathlib import Path

import click

from matrix import collect, pipeline
from matrix.cli.options import OUT, selecting
from matrix.cli.output import ERROR, MEANING, progress, show_table
from matrix.progress import Progress
from matrix.sandbox.choose import Choice, choose
from matrix.selection import Selection


@click.command(name="run")
@selecting
@OUT
@click.option("--workers", type=click.IntRange(1, 256), help="Cells at a time; default: twice the processors.")
@click.option(
    "--cases", "own", type=click.Path(path_type=Path, exists=True), help="Run your own cases: a file or folder."
)
def command(
    *,
    config: Path | None,
    profile: str | None,
    sandbox: Choice | None,
    out: Path,
    workers: int | None,
    own: Path | None,
    **selectors: tuple[str, ...],
) -> int:
    """Run the cells, and write the report and the table."""
    settings, path = pipeline.configuration(config, profile)
    if own:
        settings = pipeline.with_own_cases(settings)
    chosen, why = choose(sandbox or settings.sandbox, progress)
    click.echo(f"sandbox: {chosen.name} ({why})")
    click.echo(f"configuration: {path}" + (f", profile {profile}" if profile else ""))
    with closing(chosen):
        planned = pipeline.planned(settings, Selection(**selectors), chosen)
        with Progress(ERROR, len(planned.cells)) as watcher:
            options = pipeline.Options(out=out, workers=workers, own=own)
            ran = pipeline.execute(planned, chosen, why, options=options, watcher=watcher)
    files = pipeline.write(ran.report, out)
    show_table(ran.report)
    click.echo(f"page:   {files['html'].resolve()}\nreport: {files['report'].resolve()}")
    code = collect.exit_code(ran.report, interrupted=ran.interrupted)
    click.echo(f"exit code {int(code)}: {MEANING[code]}")
    return code
