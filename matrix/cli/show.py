"""`leakmatrix show`."""

from pathlib import Path

import click

from matrix import pipeline, report
from matrix.cli.options import REPORT
from matrix.render.evidence_text import evidence_text


@click.command(name="show")
@click.argument("cell")
@click.argument("case")
@REPORT
def command(cell: str, case: str, folder: Path) -> None:
    """Show the evidence for one case in one cell, and how to reproduce it."""
    done = report.read(folder)
    place, answer = pipeline.find_case(done, cell, case)
    click.echo(evidence_text(done.cells[place], done.cases[answer]), nl=False)
