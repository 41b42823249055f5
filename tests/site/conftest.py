"""Reports and sites for the tests of the site.

The fixtures of reports are those of the renderers' tests, and large reports those of the benchmarks. Both are read
by their file: a conftest is pytest's to import, and somebody else's package `benchmarks` would be found before ours.
"""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from matrix import builtin
from matrix.model import CaseRecord, CellRecord, Contract, Report, Verdict
from matrix.site import site
from matrix.site.book import Book, book_of
from tests.records import make_case, make_cell, make_report


def _module(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.replace("/", "_").removesuffix(".py"), builtin.ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_BUILDERS = _module("tests/render/conftest.py")
_SYNTHETIC = _module("benchmarks/synthetic_report.py")

a_cell = _BUILDERS.a_cell
a_case = _BUILDERS.a_case
a_left = _BUILDERS.a_left
a_report = _BUILDERS.a_report
sample = _BUILDERS.sample
hostile = _BUILDERS.hostile
HOSTILE = _BUILDERS.HOSTILE

Histories = dict[str, dict[str, Verdict | None]]  # interpreter -> version -> verdict


@pytest.fixture(scope="session")
def synthetic() -> Callable[..., Report]:
    """Makes a plausible report of any size: interpreters, clients, versions, cases."""
    made: Callable[..., Report] = _SYNTHETIC.synthetic
    return made


@pytest.fixture
def told() -> Callable[..., Book]:
    """A book of one client and one case, from its verdict in each version on each interpreter; None: no answer."""

    def build(histories: Histories, *, client: str = "httpx", kind: str = "socket", **fields: Any) -> Book:
        records: list[CellRecord | CaseRecord] = []
        case = fields.pop("case", "session[closed]")
        fields.setdefault("contract", Contract.GUARANTEE)
        for python, history in histories.items():
            for version, verdict in history.items():
                cell = make_cell(python, client, version, resolved={client: version})
                kinds = {kind: verdict} if verdict not in {None, Verdict.CLEAN, Verdict.LATE} else {}
                status = {} if verdict is not None else {"status": "unsupported", "reason": "not in this version"}
                records += [cell, make_case(cell, case, verdict, kinds=kinds, **status, **fields)]
        return book_of(make_report(*records))

    return build


@pytest.fixture
def files() -> Callable[..., dict[str, str]]:
    """Every file of the site of a report."""

    def build(report: Report, **options: Any) -> dict[str, str]:
        return dict(_once(site(report, **options)))

    return build


def _once(files: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """No address is made twice."""
    seen = set()
    for address, text in files:
        assert address not in seen, address
        seen.add(address)
        yield address, text


@pytest.fixture
def golden_folder() -> Path:
    """Where golden files of the site are."""
    return Path(__file__).parent / "golden"
