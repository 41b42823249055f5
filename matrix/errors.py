"""Every error that ends the program, and the one table of exit codes.

Raise these with facts; only `cli/` prints them and exits. A leak, a client
that cannot be installed or a cell that crashed are results, never one of these.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says when it ends."""

    OK = 0  # all guarantees hold, or are listed as known leaks
    LEAK = 1  # an unexpected leak, or a listed one that is gone
    USAGE = 2  # wrong usage or configuration
    ENVIRONMENT = 3  # something is missing here: an engine, an interpreter, the index, disk space
    INCOMPLETE = 4  # some cells gave no result, through the harness's fault; or there was no answer at all
    INTERRUPTED = 130  # stopped by a signal: containers removed, finished cells kept


class MatrixError(Exception):
    """A sentence for the user, what to do about it, and how the process ends."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(MatrixError):
    """The command line or a selector asks for something that there is not."""

    exit_code = ExitCode.USAGE


class ConfigError(MatrixError):
    """The configuration is wrong; `mistakes` holds every one found, each with its path."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, mistakes: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.mistakes = mistakes


class ReportError(MatrixError):
    """A report cannot be read: not there, cut short, of another protocol, not valid."""

    exit_code = ExitCode.USAGE


class EnvironmentLacks(MatrixError):
    """Something this machine would need is missing: the engine, an interpreter, the index."""
