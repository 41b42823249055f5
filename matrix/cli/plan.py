"""`leakmatrix plan`."""

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from matrix import pipeline
from matrix.cli.options import selecting
from matrix.cli.output import progress
from matrix.sandbox.choose import Choice, choose
from matrix.selection import Selection


@click.command(name="plan")
@selecting
@click.option("--json", "as_json", is_flag=True, help="One JSON array of cells.")
def command(
    *, config: Path | None, profile: str | None, sandbox: Choice | None, as_json: bool, **selectors: tuple[str, ...]
) -> None:
    """Show the cells that a run would have."""
    settings, _ = pipeline.configuration(config, profile)
    chosen, why = choose(sandbox or settings.sandbox, progress)
    with closing(chosen):
        planned = pipeline.planned(settings, Selection(**selectors), chosen)
    if as_json:
        click.echo(json.dumps([asdict(cell) | {"cell": cell.id} for cell in planned.cells], indent=1))
        return
    click.echo(f"sandbox: {chosen.name} ({why})")
    for cell in planned.cells:
        click.echo(cell.id if cell.python in planned.interpreters else f"{cell.id}  (no such interpreter here)")
    click.echo(f"{len(planned.cells)} cells")
