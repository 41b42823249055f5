"""`leakmatrix render`."""

from pathlib import Path

import click

from matrix import report
from matrix.cli.options import REPORT
from matrix.cli.output import show_table
from matrix.render import RENDERERS
from matrix.site.compatibility import compatibility

COMPATIBILITY = "compatibility"


@click.command(name="render")
@click.argument("form", type=click.Choice([*RENDERERS, COMPATIBILITY]))
@REPORT
@click.option("--url", default="", help="Where the site is published, for the links of COMPATIBILITY.md.")
def command(form: str, folder: Path, url: str) -> None:
    """Print a report in one of its forms."""
    done = report.read(folder)
    if form == "terminal":
        show_table(done)
    elif form == COMPATIBILITY:
        click.echo(compatibility(done, url=url), nl=False)
    else:
        click.echo(RENDERERS[form][1](done), nl=False)
