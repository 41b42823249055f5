"""The command `leakmatrix`: a file for each of its commands. Nothing else prints, and nothing else exits."""

import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from matrix.cli import bisect, check, clean, diff, doctor, images, interpreters, merge, plan, render, run, show, site
from matrix.cli.output import explain
from matrix.errors import ExitCode, MatrixError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="leakmatrix")
def command() -> None:
    """Which HTTP client leaves something behind, in which version, on which Python."""


for each in (plan, run, merge, check, render, site, show, diff, bisect, images, interpreters, doctor, clean):
    command.add_command(each.command)


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
        explain(error)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone
        code = ExitCode.OK
    sys.exit(int(code or ExitCode.OK))


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
