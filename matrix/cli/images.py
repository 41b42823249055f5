"""`leakmatrix images`."""

import click

from matrix.cli.output import progress
from matrix.order import interpreter_key
from matrix.provision.interpreters import SUPPORTED


@click.command(name="images")
@click.option("--python", "pythons", multiple=True, help="Interpreters; default: all that can be had.")
def command(pythons: tuple[str, ...]) -> None:
    """Pull or make the base images, one for each interpreter, and list them."""
    from matrix.sandbox.docker import connect  # noqa: PLC0415  the SDK takes 0.2 s to import
    from matrix.sandbox.images import Images  # noqa: PLC0415

    found = Images(connect(), progress)
    there = found.available(pythons or SUPPORTED)
    for python in pythons or sorted(there, key=interpreter_key):
        click.echo(f"{python:>8}  {found.digest(found.ensure(python))}")
