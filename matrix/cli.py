"""The command `leakmatrix`. The only module that prints, and the only one that exits."""

import json
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

import click
from rich.console import Console

from matrix import collect, doctor, pipeline, report
from matrix.errors import ConfigError, ExitCode, MatrixError
from matrix.model import Report
from matrix.progress import Progress
from matrix.render import RENDERERS
from matrix.render.evidence_text import evidence_text
from matrix.render.plain import visible
from matrix.render.terminal import terminal
from matrix.sandbox.choose import SANDBOXES, Choice, choose
from matrix.selection import Selection

DEFAULT_OUT = Path("leakmatrix-report")

Command = TypeVar("Command", bound=Callable[..., object])

_error = Console(stderr=True, highlight=False)
_output = Console(highlight=False)


def main() -> NoReturn:
    """Run the command and exit by the table in `errors.py`."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = command(standalone_mode=False)
    except click.exceptions.Abort:
        code = ExitCode.INTERRUPTED
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = ExitCode.USAGE
    except MatrixError as error:
        _explain(error)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone
        code = ExitCode.OK
    sys.exit(int(code or ExitCode.OK))


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _explain(error: MatrixError) -> None:
    lines = [f"error: {error.message}"]
    if isinstance(error, ConfigError):
        lines += [f"  {mistake}" for mistake in error.mistakes]
    if error.hint:
        lines.append(f"hint: {error.hint}")
    _error.print(visible("\n".join(lines)), markup=False, soft_wrap=True)


def _selecting(function: Command) -> Command:
    """The options that say which cells, and in which sandbox."""
    options = (
        click.option("--config", type=click.Path(path_type=Path), help="A pyproject.toml; else the nearest one."),
        click.option("--profile", help="A profile of the configuration, such as quick or full."),
        click.option("--cell", "cells", multiple=True, help="Cells, by id or glob: 'py3.12-httpx-*'."),
        click.option("--python", "pythons", multiple=True, help="Interpreters: 3.12."),
        click.option("--client", "clients", multiple=True, help="Clients: httpx."),
        click.option("--version", "versions", multiple=True, help="Client versions: 0.27.2, 'latest', '2.3*'."),
        click.option("--case", "cases", multiple=True, help="Cases, by id or glob: 'session*'."),
        click.option("--sandbox", type=click.Choice(["auto", *SANDBOXES]), help="Where cells run; default: auto."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="leakmatrix")
def command() -> None:
    """Which HTTP client leaves something behind, in which version, on which Python."""


@command.command()
@_selecting
@click.option("--json", "as_json", is_flag=True, help="One JSON array of cells.")
def plan(
    *, config: Path | None, profile: str | None, sandbox: Choice | None, as_json: bool, **selectors: tuple[str, ...]
) -> None:
    """Show the cells that a run would have."""
    settings, _ = pipeline.configuration(config, profile)
    chosen, why = choose(sandbox or settings.sandbox)
    with closing(chosen):
        planned = pipeline.planned(settings, Selection(**selectors), chosen)
    if as_json:
        click.echo(json.dumps([asdict(cell) | {"cell": cell.id} for cell in planned.cells], indent=1))
        return
    click.echo(f"sandbox: {chosen.name} ({why})")
    for cell in planned.cells:
        click.echo(cell.id if cell.python in planned.interpreters else f"{cell.id}  (no such interpreter here)")
    click.echo(f"{len(planned.cells)} cells")


@command.command()
@_selecting
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=DEFAULT_OUT, show_default=True)
@click.option("--workers", type=click.IntRange(1, 256), help="Cells at a time; default: twice the processors.")
@click.option(
    "--cases", "own", type=click.Path(path_type=Path, exists=True), help="Run your own cases: a file or folder."
)
def run(
    *,
    config: Path | None,
    profile: str | None,
    sandbox: Choice | None,
    out: Path,
    workers: int | None,
    own: Path | None,
    **selectors: tuple[str, ...],
) -> int:
    """Run the cells, and write the report and the table."""
    settings, path = pipeline.configuration(config, profile)
    if own:
        settings = pipeline.with_own_cases(settings)
    chosen, why = choose(sandbox or settings.sandbox)
    click.echo(f"sandbox: {chosen.name} ({why})")
    click.echo(f"configuration: {path}" + (f", profile {profile}" if profile else ""))
    with closing(chosen):
        planned = pipeline.planned(settings, Selection(**selectors), chosen)
        with Progress(_error, len(planned.cells)) as progress:
            options = pipeline.Options(out=out, workers=workers, own=own)
            ran = pipeline.execute(planned, chosen, why, options=options, watcher=progress)
    files = pipeline.write(ran.report, out)
    _show_table(ran.report)
    click.echo(f"page:   {files['html'].resolve()}\nreport: {files['report'].resolve()}")
    code = collect.exit_code(ran.report, interrupted=ran.interrupted)
    click.echo(f"exit code {int(code)}: {_MEANING[code]}")
    return code


_MEANING = {
    ExitCode.OK: "all guarantees hold, or are listed as known leaks",
    ExitCode.LEAK: "an unexpected leak, or a listed one that is gone",
    ExitCode.ENVIRONMENT: "no cell could be run here: `leakmatrix doctor` says what is missing",
    ExitCode.INCOMPLETE: "some cells or cases gave no result; their reasons are in the table",
    ExitCode.INTERRUPTED: "interrupted; finished cells are kept",
}


def _show_table(done: Report) -> None:
    click.echo(terminal(done, width=_output.width, color=_output.is_terminal), nl=False)


@command.command()
@click.argument("form", type=click.Choice(list(RENDERERS)))
@click.option("--report", "folder", type=click.Path(path_type=Path), default=DEFAULT_OUT, show_default=True)
def render(form: str, folder: Path) -> None:
    """Print a report in one of its forms."""
    done = report.read(folder)
    if form == "terminal":
        _show_table(done)
    else:
        click.echo(RENDERERS[form][1](done), nl=False)


@command.command()
@click.argument("cell")
@click.argument("case")
@click.option("--report", "folder", type=click.Path(path_type=Path), default=DEFAULT_OUT, show_default=True)
def show(cell: str, case: str, folder: Path) -> None:
    """Show the evidence for one case in one cell, and how to reproduce it."""
    done = report.read(folder)
    place, answer = pipeline.find_case(done, cell, case)
    click.echo(evidence_text(done.cells[place], done.cases[answer]), nl=False)


@command.command()
@click.option("--python", "pythons", multiple=True, help="Interpreters; default: all that can be had.")
def images(pythons: tuple[str, ...]) -> None:
    """Pull or make the base images, one for each interpreter, and list them."""
    from matrix.sandbox.docker import connect  # noqa: PLC0415  the SDK takes 0.2 s to import
    from matrix.sandbox.images import Images  # noqa: PLC0415

    found = Images(connect(), say=click.echo)
    for python in pythons or found.available():
        click.echo(f"{python:>7}  {found.digest(found.ensure(python))}")


@command.command(name="doctor")
def examine() -> int:
    """Say what this machine has, what is missing, and what to do about it."""
    findings = doctor.examine()
    for finding in findings:
        click.echo(f"{'ok     ' if finding.ok else 'MISSING'} {finding.what}: {finding.said}")
        if finding.hint:
            click.echo(f"        {finding.hint}")
    return ExitCode.OK if all(finding.ok or finding.optional for finding in findings) else ExitCode.ENVIRONMENT


@command.command()
def clean() -> None:
    """Remove every container, volume and image that carries our labels."""
    from matrix.sandbox.cleaning import remove_all  # noqa: PLC0415  the SDK takes 0.2 s to import
    from matrix.sandbox.docker import connect  # noqa: PLC0415

    for kind, number in remove_all(connect()).items():
        click.echo(f"{number} {kind} removed")
