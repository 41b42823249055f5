"""`matrix.errors`: how each kind of trouble ends the process."""

import pytest

from matrix import errors
from matrix.cli.output import MEANING
from matrix.errors import ExitCode


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.UsageError, 2),
        (errors.ConfigError, 2),
        (errors.ReportError, 2),
        (errors.EnvironmentLacks, 3),
    ],
    ids=["usage", "config", "report", "environment"],
)
def test_exit_codes(kind: type[errors.MatrixError], code: int) -> None:
    """An error knows how the process ends; scripts depend on these numbers."""
    assert kind("x").exit_code == code


def test_numbers() -> None:
    """The numbers of the README's table."""
    assert {code.name: int(code) for code in ExitCode} == {
        "OK": 0,
        "LEAK": 1,
        "USAGE": 2,
        "ENVIRONMENT": 3,
        "INCOMPLETE": 4,
        "INTERRUPTED": 130,
    }


def test_each_end_of_a_run_is_explained() -> None:
    """A run says what its exit code means, whichever it is."""
    assert set(MEANING) == set(ExitCode) - {ExitCode.USAGE}
