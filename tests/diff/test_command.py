"""`leakmatrix diff`, as a real process, on the report of a real run."""

import json
from pathlib import Path

import pytest

from matrix import report
from matrix.diff.forms import FORMS
from tests.command import Command, Done


@pytest.fixture(scope="module")
def reports(finished: tuple[Path, Done], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two reports: as the run left it, and with what leaked made clean."""
    folder = tmp_path_factory.mktemp("reports")
    text = (finished[0] / "leakmatrix-report" / report.NAME).read_text()
    (folder / "new").mkdir()
    (folder / "new" / report.NAME).write_text(text)
    records = [json.loads(line) for line in text.splitlines()]
    for record in records:
        if record["record"] == "case" and record["contract"] == "guarantee":
            record |= {"verdict": "clean", "passed": True, "left": [], "kinds": {}, "growth": None}
    (folder / "old.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return folder


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("old.jsonl", "new", 1),
        ("new", "old.jsonl", 0),
        ("new", "new", 0),
        ("nowhere", "new", 2),
    ],
    ids=["worse", "better", "same", "no such report"],
)
def test_exit_code(reports: Path, run_leakmatrix: Command, old: str, new: str, code: int) -> None:
    """The exit code tells a CI whether something got worse; reports are files or their folders."""
    assert run_leakmatrix(reports, "diff", old, new).returncode == code


@pytest.mark.parametrize("form", list(FORMS))
def test_form(reports: Path, run_leakmatrix: Command, form: str) -> None:
    """Each form tells the leak by its fingerprint; nothing else is printed."""
    done = run_leakmatrix(reports, "diff", "old.jsonl", "new", "--format", form)
    (leaking,) = {
        left.fingerprint for case in report.read(reports / "new").cases for left in case.left if left.fingerprint
    }
    assert leaking in done.stdout
    assert done.stderr == ""


def test_json_is_json(reports: Path, run_leakmatrix: Command) -> None:
    """For programs there is one JSON object and nothing else."""
    done = run_leakmatrix(reports, "diff", "old.jsonl", "new", "--format", "json")
    assert json.loads(done.stdout)["exit_code"] == done.returncode == 1


def test_evidence_command(reports: Path, run_leakmatrix: Command) -> None:
    """The command that a change names shows the evidence."""
    said = run_leakmatrix(reports, "diff", "old.jsonl", "new").stdout
    command = next(line for line in said.splitlines() if "evidence: " in line).partition("evidence: leakmatrix ")[2]
    cell, case = command.removeprefix("show ").replace("'", "").split(" ")
    done = run_leakmatrix(reports, "show", cell, case, "--report", "new")
    assert done.returncode == 0
    assert f"{case} in {cell}" in done.stdout
