"""`leakmatrix site`."""

import math
from pathlib import Path

import click

from matrix import report
from matrix.cli.options import REPORT
from matrix.errors import UsageError
from matrix.site import addresses
from matrix.site.age import SCHEDULE_HOURS
from matrix.site.writing import build


@click.command(name="site")
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@REPORT
@click.option(
    "--previous",
    type=click.Path(path_type=Path, exists=True),
    help="The report of the last run, or the folder of its site: tells what changed, and keeps the pages of old cells.",
)
@click.option(
    "--schedule",
    type=click.FloatRange(min=0, min_open=True),
    default=SCHEDULE_HOURS,
    show_default=True,
    help="Hours after which the table says that it is out of date.",
)
def command(out: Path, folder: Path, previous: Path | None, schedule: float) -> None:
    """Write the published site, static pages, into the folder OUT."""
    if not math.isfinite(schedule):
        raise UsageError(f"--schedule {schedule} is no number of hours", hint="write 36, say")
    written = build(report.read(folder), out, earlier=previous, schedule=schedule)
    click.echo(f"{written.files} files, {written.size / 1e6:.1f} MB\nsite: {(out / addresses.FRONT).resolve()}")
