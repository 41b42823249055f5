"""What several commands print in the same way."""

import os
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console

from matrix.errors import ConfigError, ExitCode, MatrixError
from matrix.model import Report
from matrix.render.plain import visible
from matrix.render.terminal import terminal

ERROR = Console(stderr=True, highlight=False)
_OUTPUT = Console(highlight=False)

MEANING = {
    ExitCode.OK: "all guarantees hold, or are listed as known leaks",
    ExitCode.LEAK: "an unexpected leak, or a listed one that is gone",
    ExitCode.ENVIRONMENT: "no cell could be run here: `leakmatrix doctor` says what is missing",
    ExitCode.INCOMPLETE: "some cells or cases gave no result, or none gave an answer; their reasons are in the table",
    ExitCode.INTERRUPTED: "interrupted; finished cells are kept, and the same command goes on",
}


def heading(sandbox: str, why: str, config: Path, profile: str | None) -> str:
    """The first lines of what plans or runs cells: where they run, and whose configuration says which they are."""
    return f"sandbox: {sandbox} ({why})\nconfiguration: {config}" + (f", profile {profile}" if profile else "")


def ending(code: ExitCode, meaning: Mapping[ExitCode, str] = MEANING) -> str:
    """The last line of a command: its exit code, and what that means; by default for one that measures."""
    return f"exit code {int(code)}: {meaning[code]}"


def explain(error: MatrixError) -> None:
    """An error, every mistake in it, and what to do about it, on standard error."""
    lines = [f"error: {error.message}"]
    if isinstance(error, ConfigError):
        lines += [f"  {mistake}" for mistake in error.mistakes]
    if error.hint:
        lines.append(f"hint: {error.hint}")
    ERROR.print(visible("\n".join(lines)), markup=False, soft_wrap=True)


def progress(line: str) -> None:
    """What takes a while, on standard error: standard output is the answer's."""
    ERROR.print(visible(line), markup=False, soft_wrap=True)


def show_table(done: Report, file: Path | None = None) -> None:
    """The table, as wide as the terminal is; where nobody says how wide, as it is in the file."""
    if file is not None and not _OUTPUT.is_terminal and not os.environ.get("COLUMNS"):
        text = file.read_text(encoding="utf-8")
    else:
        text = terminal(done, width=_OUTPUT.width, color=_OUTPUT.is_terminal)
    click.echo(text, nl=False)
