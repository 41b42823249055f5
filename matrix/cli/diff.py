"""`leakmatrix diff`."""

from pathlib import Path

import click

from matrix import report
from matrix.diff import compare, exit_code
from matrix.diff.forms import FORMS


@click.command(name="diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="terminal", show_default=True)
def command(old: Path, new: Path, form: str) -> int:
    """Say what is different in the report NEW, compared with OLD: files, or the folders that have them.

    Exit code 1: something got worse. 4: nothing did, but cells that are in both
    have lost results. 0: neither; cells and cases of one report alone are told, and are no fault.
    """
    diff = compare(report.read(old), report.read(new))
    click.echo(FORMS[form](diff), nl=False)
    return exit_code(diff)
