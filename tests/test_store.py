"""`matrix.store`: results by key; whole or not there, and never in the way."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matrix import collect, report
from matrix.collect import Outcome
from matrix.model import CaseStatus, Cell, CellStatus, Contract, Verdict
from matrix.store import UNUSED, Store
from tests.records import make_case, make_report

CELL = Cell(python="3.12", client="httpx", version="1.0")
HEADER = make_report().header
KEY = "abcdef"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty one."""
    return Store(tmp_path / "results", HEADER)


def outcome(verdict: Verdict = Verdict.CLEAN, **fields: Any) -> Outcome:
    cell = replace(collect.without_result(CELL, CellStatus.RAN, "", sandbox="fake").cell, reason=None, key=KEY)
    case = make_case(CELL.id, "a", verdict, contract=Contract.HAZARD)
    return Outcome(cell=replace(cell, ran="2026-01-01T00:00:00+00:00", **fields), cases=(case,))


def file(tmp_path: Path) -> Path:
    return tmp_path / "results" / KEY[:2] / f"{KEY}.jsonl"


def test_kept_and_found(store: Store) -> None:
    """What was kept is found, as a result that is reused, with the date of its run."""
    store.keep(outcome())
    found = store.find(KEY)
    assert found == Outcome(cell=replace(outcome().cell, reused=True), cases=outcome().cases)


def test_nothing_is_found(store: Store) -> None:
    """Where nothing was kept, nothing is; nor without a key."""
    store.keep(outcome())
    assert (store.find("other"), store.find("")) == (None, None)


def test_shown_as_it_came(store: Store) -> None:
    """A first measurement is shown as it is."""
    assert store.keep(outcome()) == outcome()


def test_measured_again(store: Store) -> None:
    """A second measurement that differs is shown as flaky, by this run and by those after it."""
    store.keep(outcome())
    (shown,) = store.keep(outcome(Verdict.GC)).cases
    found = store.find(KEY)
    assert found is not None
    assert shown == found.cases[0]
    assert (shown.status, shown.answers) == (CaseStatus.FLAKY, {"clean": 1, "gc": 1})


def test_without_a_whole_answer(store: Store) -> None:
    """What may not be reused is not kept."""
    crashed = outcome(status=CellStatus.CRASHED)
    assert store.keep(crashed) == crashed
    assert store.find(KEY) is None


def test_reused_is_no_measurement(store: Store) -> None:
    """A result that was only taken again is not counted as another one."""
    store.keep(outcome())
    found = store.find(KEY)
    assert found is not None
    store.keep(found)
    store.keep(outcome(Verdict.GC))
    again = store.find(KEY)
    assert again is not None
    assert again.cases[0].answers == {"clean": 1, "gc": 1}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text("rubbish"),
        lambda path: path.write_bytes(b"\xff\xfe"),
        lambda path: path.write_text(path.read_text()[:-20]),
        lambda path: path.write_text(path.read_text().replace(KEY, "other")),
        lambda path: path.write_text(path.read_text().replace('"clean"', '"spotless"')),
    ],
    ids=["rubbish", "bytes", "cut short", "of another key", "no such verdict"],
)
def test_spoilt_is_not_there(store: Store, tmp_path: Path, spoil: Callable[[Path], Any]) -> None:
    """What cannot be believed is measured again, and then replaced."""
    store.keep(outcome())
    spoil(file(tmp_path))
    assert store.find(KEY) is None
    store.keep(outcome())
    assert store.find(KEY) is not None


def test_a_report_of_its_own(store: Store, tmp_path: Path) -> None:
    """What is kept can be read like any report."""
    store.keep(outcome())
    assert [cell.key for cell in report.read(file(tmp_path)).cells] == [KEY]


def test_cannot_be_written(tmp_path: Path) -> None:
    """Where nothing can be kept, the result is shown all the same, and why is told."""
    (tmp_path / "results").touch()
    store = Store(tmp_path / "results", HEADER)
    assert store.keep(outcome()) == outcome()
    assert "cannot write" in store.trouble


def test_pruned(store: Store, tmp_path: Path) -> None:
    """What nobody has asked for in a long time goes; asking is using."""
    store.keep(outcome())
    store.keep(outcome(key="other"))
    for path in (tmp_path / "results").glob("*/*"):
        os.utime(path, (0, path.stat().st_mtime - UNUSED - 60))
    assert store.find(KEY) is not None
    store.prune()
    assert [path.stem for path in (tmp_path / "results").glob("*/*")] == [KEY]
