"""`leakmatrix render`."""

from pathlib import Path

import click

from matrix import report
from matrix.cli.options import REPORT
from matrix.cli.output import show_table
from matrix.errors import UsageError
from matrix.render import RENDERERS
from matrix.site.compatibility import BEGIN, END, compatibility, excerpt, renewed

COMPATIBILITY = "compatibility"
EXISTING_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, writable=True)


@click.command(name="render")
@click.argument("form", type=click.Choice([*RENDERERS, COMPATIBILITY]))
@REPORT
@click.option("--url", default="", help="Where the site is published, for the links of COMPATIBILITY.md.")
@click.option("--into", type=EXISTING_FILE, help="A file, such as README.md, whose table is renewed, too.")
def command(form: str, folder: Path, url: str, into: Path | None) -> None:
    """Print a report in one of its forms."""
    if into is not None and form != COMPATIBILITY:
        hint = f"leakmatrix render {COMPATIBILITY} --into {into}"
        raise UsageError(f"--into renews the table of {COMPATIBILITY}, not of {form}", hint=hint)
    done = report.read(folder)
    if form == "terminal":
        show_table(done)
    elif form == COMPATIBILITY:
        text = compatibility(done, url=url)
        if into is not None:
            _renew(into, text)
        click.echo(text, nl=False)
    else:
        click.echo(RENDERERS[form][1](done), nl=False)


def _renew(path: Path, made: str) -> None:
    table = excerpt(made)
    assert table is not None
    try:
        written = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no text in UTF-8", hint="--into takes a file such as README.md") from error
    text = renewed(written.replace("\r\n", "\n"), table)
    if text is None:
        raise UsageError(f"{path} has no place for the table", hint=f"put the lines {BEGIN} and {END} where it belongs")
    report.write_whole(path.resolve(), text.replace("\n", "\r\n") if "\r\n" in written else text)
