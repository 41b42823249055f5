"""`matrix.report`: whole or not there, and read without believing anything.

`REGENERATE_GOLDEN=1 pytest tests/test_report.py` writes the committed JSON Schema anew.
"""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from matrix import builtin, report
from matrix.errors import EnvironmentLacks, ReportError, UsageError
from matrix.model import CaseStatus, Contract, Report, Verdict
from tests.records import make_case, make_cell, make_left, make_report

SCHEMA = builtin.PACKAGE / "report.schema.json"
CELL = make_cell(
    client="httpx", version="1.0", python="3.12.1", image="sha256:1", resolved={"httpx": "1.0"}, seconds=1.5
)
CASE = make_case(
    CELL,
    "session[left_open]",
    Verdict.HELD,
    contract=Contract.HAZARD,
    rungs={"returned": 1},
    counts={"socket": (0, 1)},
    peer_open=1,
    left=(make_left(),),
)
SECOND = make_cell(client="httpx", version="2.0")
WHOLE = make_report(CELL, SECOND, CASE, replace(CASE, cell=SECOND.cell), sandbox_reason="x")
ONE = make_report(CELL, CASE)


@pytest.fixture
def lines(tmp_path: Path) -> list[dict[str, Any]]:
    """The records of a report as they are written."""
    report.write(ONE, tmp_path / "written")
    return [json.loads(line) for line in (tmp_path / "written").read_text().splitlines()]


@pytest.fixture
def read_lines(tmp_path: Path) -> Callable[..., Report]:
    """Reads records as a report."""

    def read(*records: dict[str, Any]) -> Report:
        path = tmp_path / report.NAME
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return report.read(tmp_path)

    return read


def test_round_trip(tmp_path: Path) -> None:
    """What was written is read."""
    report.write(WHOLE, tmp_path / report.NAME)
    assert report.read(tmp_path) == WHOLE


def test_by_file_name(tmp_path: Path) -> None:
    """A report may be named by its file instead of its folder."""
    report.write(WHOLE, tmp_path / "other.jsonl")
    assert report.read(tmp_path / "other.jsonl") == WHOLE


def test_cases_follow_their_cell(tmp_path: Path) -> None:
    """In the file each cell stands before its cases."""
    report.write(WHOLE, tmp_path / report.NAME)
    records = [json.loads(line)["record"] for line in (tmp_path / report.NAME).read_text().splitlines()]
    assert records == ["header", "cell", "case", "cell", "case", "footer"]


@pytest.mark.parametrize(
    "text",
    ["ä€😀", "one\ntwo\r\n", "\u2028\u2029\x85\x0b\x0c\x1c\x1e", "\x00\x1b[31m", '"\\', "\ufeff"],
    ids=["letters", "lines", "separators", "controls", "quotes", "order mark"],
)
def test_any_text_round_trip(tmp_path: Path, text: str) -> None:
    """A reason may be any text: it neither ends a line nor a record."""
    failed = replace(CASE, status=CaseStatus.ERROR, verdict=None, reason=text)
    report.write(replace(ONE, cases=(failed,)), tmp_path / report.NAME)
    assert report.read(tmp_path).cases[0].reason == text


def test_writing_replaces(tmp_path: Path) -> None:
    """A report that is there is replaced, and nothing stays beside it."""
    report.write(WHOLE, tmp_path / report.NAME)
    report.write(ONE, tmp_path / report.NAME)
    assert report.read(tmp_path) == ONE
    assert [path.name for path in tmp_path.iterdir()] == [report.NAME]


def test_writing_is_atomic(tmp_path: Path) -> None:
    """Writing that fails in the middle leaves the file as it was, and nothing beside it."""
    path = tmp_path / report.NAME
    report.write(ONE, path)
    with pytest.raises(TypeError):
        report.write_lines(path, (ONE.header, replace(CELL, reason=object())))  # type: ignore[arg-type]
    assert report.read(tmp_path) == ONE
    assert [each.name for each in tmp_path.iterdir()] == [report.NAME]


def test_readable_by_others(tmp_path: Path) -> None:
    """A report can be published by another user than the one who made it."""
    report.write(ONE, tmp_path / report.NAME)
    assert (tmp_path / report.NAME).stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("place", ["file/report.jsonl", "folder"], ids=["below a file", "on a folder"])
def test_cannot_be_written(tmp_path: Path, place: str) -> None:
    """A place that cannot be written to is missing, with a hint at how to name another."""
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "full").mkdir(parents=True)
    with pytest.raises(EnvironmentLacks, match="cannot write") as caught:
        report.write(ONE, tmp_path / place)
    assert "--out" in caught.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_no_report(tmp_path: Path) -> None:
    """A folder without a report says how one is made."""
    with pytest.raises(ReportError, match="no report at") as caught:
        report.read(tmp_path)
    assert "leakmatrix run" in caught.value.hint


def test_not_text(tmp_path: Path) -> None:
    """A file of other bytes is no report."""
    (tmp_path / report.NAME).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportError, match="no report at"):
        report.read(tmp_path)


def test_empty(tmp_path: Path) -> None:
    """An empty file is no report."""
    (tmp_path / report.NAME).touch()
    with pytest.raises(ReportError):
        report.read(tmp_path)


def test_no_footer(lines: list[dict[str, Any]], read_lines: Callable[..., Report]) -> None:
    """Without its last line a report was cut short."""
    with pytest.raises(ReportError, match="cut short"):
        read_lines(*lines[:-1])


def test_no_header(lines: list[dict[str, Any]], read_lines: Callable[..., Report]) -> None:
    """Without its first line it is no report."""
    with pytest.raises(ReportError, match="does not begin with a header"):
        read_lines(*lines[1:])


def test_cut_in_a_line(tmp_path: Path) -> None:
    """A line that is not whole is told with its number."""
    report.write(ONE, tmp_path / report.NAME)
    text = (tmp_path / report.NAME).read_text()
    (tmp_path / report.NAME).write_text(text[:-5])
    with pytest.raises(ReportError, match=r"report\.jsonl:4: not a record"):
        report.read(tmp_path)


def test_case_of_no_cell(lines: list[dict[str, Any]], read_lines: Callable[..., Report]) -> None:
    """A case stands with its cell."""
    (place,) = (number for number, line in enumerate(lines) if line["record"] == "case")
    changed = [*lines[:place], lines[place] | {"cell": "py3.12-other-1.0"}, *lines[place + 1 :]]
    with pytest.raises(ReportError, match=r"a cell that it does not have: py3\.12-other-1\.0"):
        read_lines(*changed)


def test_other_protocol(lines: list[dict[str, Any]], read_lines: Callable[..., Report]) -> None:
    """A report of another protocol is told by both numbers."""
    with pytest.raises(ReportError, match="speaks protocol 7, this version 1"):
        read_lines(lines[0] | {"protocol": 7}, *lines[1:])


def test_footer_of_another_report(lines: list[dict[str, Any]], read_lines: Callable[..., Report]) -> None:
    """A footer that counts other records than there are is told."""
    with pytest.raises(ReportError, match="its footer says otherwise"):
        read_lines(*lines[:-1], lines[-1] | {"cases": 5})


@pytest.mark.parametrize(("index", "name"), [(1, "py3.12-httpx-1.0"), (2, "session[left_open] in py3.12-httpx-1.0")])
def test_twice(index: int, name: str, lines: list[dict[str, Any]], read_lines: Callable[..., Report]) -> None:
    """A cell or a case that is there twice is told by its name."""
    footer = lines[-1]
    counted = footer | {"cells": 1 + (index == 1), "cases": 1 + (index == 2)}
    with pytest.raises(ReportError) as caught:
        read_lines(*lines[:-1], lines[index], counted)
    assert caught.value.message.endswith(f"has {name} twice")


@pytest.mark.parametrize(
    ("index", "change"),
    [
        pytest.param(1, {"stars": 5}, id="unknown field"),
        pytest.param(1, {"status": "splendid"}, id="unknown status"),
        pytest.param(2, {"verdict": "spotless"}, id="unknown verdict"),
        pytest.param(2, {"left": [{"kind": "socket"}]}, id="wrong evidence"),
        pytest.param(1, {"record": "gossip"}, id="unknown record"),
        pytest.param(1, {"seconds": float("nan")}, id="not a number"),
        pytest.param(0, {"tool": "bowtie"}, id="another tool"),
    ],
)
def test_not_a_record(
    index: int, change: dict[str, Any], lines: list[dict[str, Any]], read_lines: Callable[..., Report]
) -> None:
    """A record that is none is told with the number of its line."""
    lines[index] |= change
    with pytest.raises(ReportError, match=rf"report\.jsonl:{index + 1}: not a record"):
        read_lines(*lines)


def test_schema_is_committed() -> None:
    """The committed schema is the one that the classes give."""
    text = json.dumps(report.schema(), indent=2, sort_keys=True) + "\n"
    if os.environ.get("REGENERATE_GOLDEN"):
        SCHEMA.write_text(text)
    assert SCHEMA.read_text() == text


def test_alone_in_a_folder(tmp_path: Path) -> None:
    """One at a time; afterwards it is free again."""
    with report.alone_in(tmp_path / "out"), pytest.raises(UsageError, match="another run"):  # noqa: SIM117
        with report.alone_in(tmp_path / "out"):
            pass
    with report.alone_in(tmp_path / "out"):
        assert list((tmp_path / "out").iterdir()) == []


def test_schema_is_a_schema() -> None:
    """The schema is a valid one of the draft that it names."""
    schema = json.loads(SCHEMA.read_text())
    validator = jsonschema.validators.validator_for(schema)
    assert validator is jsonschema.Draft202012Validator
    validator.check_schema(schema)


def test_real_report_is_valid(finished: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Every line of a real run's report is what the schema says."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    written = (finished[0] / "leakmatrix-report" / report.NAME).read_text().splitlines()
    records = [json.loads(line) for line in written]
    assert {record["record"] for record in records} == {"header", "cell", "case", "footer"}
    assert [list(validator.iter_errors(record)) for record in records] == [[]] * len(records)


@pytest.mark.parametrize(
    "change",
    [{"stars": 5}, {"verdict": "spotless"}, {"record": "gossip"}, {"case": 5}],
    ids=["unknown field", "unknown verdict", "unknown record", "other type"],
)
def test_schema_refuses(lines: list[dict[str, Any]], change: dict[str, Any]) -> None:
    """What is no record is none for the schema either."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert not validator.is_valid(lines[2] | change)
