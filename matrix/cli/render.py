"""`leakmatrix render`."""

from pathlib import Path

import click

from matrix import report
from matrix.cli.options import REPORT
from matrix.cli.output import show_table
from matrix.render import RENDERERS


@click.command(name="render")
@click.argument("form", type=click.Choice(list(RENDERERS)))
@REPORT
def command(form: str, folder: Path) -> None:
    """Print a report in one of its forms."""
    done = report.read(folder)
    if form == "terminal":
        show_table(done)
    else:
        click.echo(RENDERERS[form][1](done), nl=False)
