"""`leakmatrix images`."""

import click


@click.command(name="images")
@click.option("--python", "pythons", multiple=True, help="Interpreters; default: all that can be had.")
def command(pythons: tuple[str, ...]) -> None:
    """Pull or make the base images, one for each interpreter, and list them."""
    from matrix.sandbox.docker import connect  # noqa: PLC0415  the SDK takes 0.2 s to import
    from matrix.sandbox.images import Images  # noqa: PLC0415

    found = Images(connect(), say=click.echo)
    for python in pythons or found.available():
        click.echo(f"{python:>7}  {found.digest(found.ensure(python))}")
