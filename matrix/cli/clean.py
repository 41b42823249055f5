"""`leakmatrix clean`."""

import click


@click.command(name="clean")
def command() -> None:
    """Remove every container, volume and image that carries our labels."""
    from matrix.sandbox.cleaning import remove_all  # noqa: PLC0415  the SDK takes 0.2 s to import
    from matrix.sandbox.docker import connect  # noqa: PLC0415

    for kind, number in remove_all(connect()).items():
        click.echo(f"{number} {kind} removed")
