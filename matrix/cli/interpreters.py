"""`leakmatrix interpreters`."""

import click

from matrix.cli.output import progress
from matrix.errors import ExitCode
from matrix.order import interpreter_key, interpreter_title
from matrix.provision import interpreters


@click.command(name="interpreters")
@click.option("--python", "pythons", multiple=True, help="Which; default: all that are supported.")
def command(pythons: tuple[str, ...]) -> int:
    """Get the interpreters that this host lacks, and list all: of the host, from uv, or from a Debian suite."""
    wanted = pythons or interpreters.SUPPORTED
    found = interpreters.obtain(wanted, interpreters.on_host(), progress)
    for name in sorted({*wanted, *(() if pythons else found)}, key=interpreter_key):
        there = found.get(name)
        click.echo(f"{name:>8}  {f'{there.version:<9} {there.executable}' if there else 'cannot be had here'}")
    missing = [interpreter_title(name) for name in wanted if name not in found]
    if missing:
        progress("`leakmatrix doctor` says why, and what to do")
    return ExitCode.ENVIRONMENT if pythons and missing else ExitCode.OK
