"""`leakmatrix clean`."""

import click


@click.command(name="clean")
def command() -> None:
    """Remove every container, volume and image that carries our labels.

    At once, and whoever made them: a run that is going on with the same engine loses its containers. Results of earlier
    runs and packages, in the user's cache, stay; what was removed is made again when a run needs it.
    """
    from matrix.sandbox.cleaning import remove_all  # noqa: PLC0415  the SDK takes 0.2 s to import
    from matrix.sandbox.docker import connect  # noqa: PLC0415

    for kind, number in remove_all(connect()).items():
        click.echo(f"{number} {kind} removed")
