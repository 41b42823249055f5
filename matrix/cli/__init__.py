"""The command `leakmatrix`: a file for each of its commands. Nothing else prints, and nothing else exits."""

import gc
import io
import os
import signal
import sys
import time
from importlib import import_module
from types import FrameType
from typing import NoReturn, TextIO

import click

from matrix.errors import ExitCode, MatrixError

_COMMANDS = [
    "bisect",
    "check",
    "clean",
    "diff",
    "doctor",
    "images",
    "interpreters",
    "merge",
    "plan",
    "render",
    "run",
    "show",
    "site",
]
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
_NEW_OBJECTS = 50_000  # until they are looked through for cycles; records and tables have none, and live to the end
_PATIENCE = 5.0  # s after an interrupt in which another one is taken for the same


class _Commands(click.Group):
    """A file for each command, which is imported when it is asked for: all of them take 0.4 s."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Their names, as the help lists them."""
        return _COMMANDS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name, or None where there is none."""
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = import_module(f"matrix.cli.{cmd_name}").command
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="leakmatrix")
def command() -> None:
    """Which HTTP client leaves something behind, in which version, on which Python."""


def main() -> NoReturn:
    """Run the command and exit by the table in `errors.py`."""
    gc.set_threshold(_NEW_OBJECTS)
    _end_in_order()
    sys.stdout, sys.stderr = map(_patient, (sys.stdout, sys.stderr))
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
        from matrix.cli.output import explain  # noqa: PLC0415  with all that a table needs

        explain(error)
        code = error.exit_code
    if code is ExitCode.INTERRUPTED:
        for number in _INTERRUPTS:  # one that comes while Python ends would be the exit code
            signal.signal(number, signal.SIG_IGN)
    gc.freeze()  # else Python collects all there is before it ends, 0.1 s
    sys.exit(int(code or ExitCode.OK))


class _Patient(io.TextIOWrapper):
    """A stream whose reader may go: what is written after that is for nobody, and the command comes to its end."""

    def write(self, text: str) -> int:
        """As the stream does."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._nobody()
            return len(text)

    def flush(self) -> None:
        """As the stream does."""
        try:
            super().flush()
        except BrokenPipeError:
            self._nobody()

    def _nobody(self) -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())


def _patient(stream: TextIO) -> TextIO:
    """The same, if it is a file of this process."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    encoding, errors, by_line = stream.encoding, stream.errors, stream.line_buffering
    return _Patient(stream.detach(), encoding, errors, line_buffering=by_line)


def _end_in_order() -> None:
    """The first signal is an interrupt, and the end in order is left alone for a moment.

    Ctrl-C reaches a whole group of processes, and a runner around this one sends it on, and SIGTERM after it.
    """
    since: list[float] = []

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not since or now - since[0] > _PATIENCE:
            since[:] = [now]
            raise KeyboardInterrupt

    for number in _INTERRUPTS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as a shell's background job ignores SIGINT
            signal.signal(number, interrupt)
