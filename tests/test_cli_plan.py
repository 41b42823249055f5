"""`leakmatrix plan`, and which sandbox is taken, as real processes."""

import json
from pathlib import Path

import pytest

from tests.command import HERE, Command

NO_ENGINE = "tcp://127.0.0.1:1"


def test_plan(leakmatrix: Command, tmp_path: Path) -> None:
    """The cells are listed below the sandbox and the file that they are from."""
    done = leakmatrix("plan")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "sandbox: process (asked for)",
        f"configuration: {tmp_path / 'pyproject.toml'}",
        f"{HERE}-requests-1.0",
        f"{HERE}-requests-2.0",
        "2 cells",
    ]


def test_plan_as_json(leakmatrix: Command) -> None:
    """For programs it is one JSON array and nothing else."""
    done = leakmatrix("plan", "--json")
    assert [cell["cell"] for cell in json.loads(done.stdout)] == [f"{HERE}-requests-1.0", f"{HERE}-requests-2.0"]


def test_plan_selection(leakmatrix: Command) -> None:
    """Selectors leave what they mean."""
    done = leakmatrix("plan", "--json", "--version", "2*")
    assert [cell["version"] for cell in json.loads(done.stdout)] == ["2.0"]


@pytest.mark.parametrize(
    ("option", "selector", "there"),
    [
        ("--client", "httpx", "requests"),
        ("--version", "9.9", "1.0, 2.0"),
        ("--cell", "py3.8-x-*", f"{HERE}-requests-1.0"),
        ("--python", "2.7", HERE.removeprefix("py")),
    ],
    ids=["client", "version", "cell", "python"],
)
def test_selector_that_means_nothing(leakmatrix: Command, option: str, selector: str, there: str) -> None:
    """A selector that matches nothing is wrong usage, and says what there was."""
    done = leakmatrix("plan", option, selector)
    assert done.returncode == 2
    assert f'{option} "{selector}" matches nothing' in done.stderr
    assert there in done.stderr


def test_wrong_option(leakmatrix: Command) -> None:
    """A wrong option is wrong usage."""
    assert leakmatrix("plan", "--colour").returncode == 2


def test_wrong_configuration(leakmatrix: Command, tmp_path: Path) -> None:
    """Every mistake in the configuration is told, each with its place."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.leakmatrix]\npython = [3.10]\ncolour = "red"\n[tool.leakmatrix.clients.requests]\nversions = ["new"]\n'
    )
    done = leakmatrix("plan")
    assert done.returncode == 2
    assert [
        place for place in ("python[0]", "colour", "clients.requests.versions[0]") if place not in done.stderr
    ] == []


def test_no_such_configuration(leakmatrix: Command) -> None:
    """A configuration that is named and not there is wrong usage."""
    done = leakmatrix("plan", "--config", "nowhere.toml")
    assert done.returncode == 2
    assert "nowhere.toml cannot be read" in done.stderr


def test_no_such_profile(leakmatrix: Command) -> None:
    """A profile that there is not is wrong usage."""
    done = leakmatrix("plan", "--profile", "huge")
    assert done.returncode == 2
    assert 'there is no profile "huge"' in done.stderr


def test_no_engine(leakmatrix: Command) -> None:
    """Docker that is asked for and not there ends it, with a hint."""
    done = leakmatrix("plan", "--sandbox", "docker", DOCKER_HOST=NO_ENGINE)
    assert done.returncode == 3
    assert "error: no Docker engine answers" in done.stderr
    assert "hint: start one" in done.stderr


def test_fallback_says_so(leakmatrix: Command) -> None:
    """Left to itself it runs without an engine too, and its first line says that this is not isolated."""
    done = leakmatrix("plan", "--sandbox", "auto", DOCKER_HOST=NO_ENGINE)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("sandbox: process (NOT ISOLATED, for no Docker engine answers")


def test_doctor_without_engine(leakmatrix: Command) -> None:
    """The doctor says what there is and what is missing; a run can do without an engine."""
    done = leakmatrix("doctor", DOCKER_HOST=NO_ENGINE)
    said = {line.split(":")[0] for line in done.stdout.splitlines() if not line.startswith(" ")}
    assert {"ok      versions", "MISSING engine", "ok      interpreters", "ok      disk"} <= said
    assert "--sandbox process" in done.stdout


def test_doctor_without_index(leakmatrix: Command) -> None:
    """An index that does not have what everybody has is missing."""
    done = leakmatrix("doctor", DOCKER_HOST=NO_ENGINE)
    assert done.returncode == 3
    assert "MISSING package index: answers, but has no httpx" in done.stdout


@pytest.mark.parametrize("command", ["images", "clean"])
def test_commands_for_an_engine(leakmatrix: Command, command: str) -> None:
    """What is about an engine needs one."""
    assert leakmatrix(command, DOCKER_HOST=NO_ENGINE).returncode == 3
