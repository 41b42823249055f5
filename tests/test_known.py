"""`matrix.known`: which answers a listed leak covers, and no more."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matrix import builtin
from matrix.errors import ConfigError
from matrix.known import FILE, Edge, KnownLeak, load, mark, stale
from matrix.model import CaseRecord, CaseStatus, CellRecord, Contract, Verdict
from matrix.versions import Exact
from tests.records import make_case, make_cell, make_entry

ENTRY = make_entry(
    cases=("stream[*]",),
    package="urllib3",
    versions=">=1.26.16,<3",
    reference="urllib3#1",
    recheck=date(2027, 1, 1),
)
WRITTEN = """
[[leak]]
cases = ["stream[*]"]
client = "requests"
package = "urllib3"
versions = ">=1.26.16,<3"
kinds = ["socket"]
reference = "urllib3#1"
reason = "because"
recheck = 2027-01-01
"""
EDGES = 'edges = [{ bad = ["2.31.0 + urllib3==1.26.16"], good = ["2.30.0"], python = ["3.9"] }]\n'


def a_cell(**fields: Any) -> CellRecord:
    plain = {"python": "3.12.1", "resolved": {"requests": "2.31.0", "urllib3": "2.0.1"}}
    return make_cell(version="2.31.0", **plain | fields)


def a_case(case: str = "stream[read]", verdict: Verdict | None = Verdict.REFCOUNT, **fields: Any) -> CaseRecord:
    return make_case("x", case, verdict, **{"kinds": {"socket": Verdict.REFCOUNT}} | fields)


def known(cell: CellRecord, case: CaseRecord, *entries: KnownLeak) -> str | None:
    (marked,) = mark(cell, [case], entries or (ENTRY,))
    return marked.known


def test_covered_answer_has_its_reference() -> None:
    """An answer inside the range is marked with the reference."""
    assert known(a_cell(), a_case()) == "urllib3#1"


def test_leak_that_is_gone_is_marked_too() -> None:
    """A guarantee that holds inside the range is marked as well: that is news."""
    assert known(a_cell(), a_case(verdict=Verdict.CLEAN)) == "urllib3#1"


@pytest.mark.parametrize(
    ("version", "covered"),
    [("1.26.15", False), ("1.26.16", True), ("2.9", True), ("2.0a1", True), ("3.0", False)],
)
def test_range_of_versions(version: str, covered: bool) -> None:
    """The version that counts is that of the package at fault; pre-releases are versions too."""
    cell = a_cell(resolved={"urllib3": version})
    assert (known(cell, a_case()) is not None) is covered


@pytest.mark.parametrize(("python", "covered"), [("3.11.9", True), ("3.12.1", False), ("3.13.0rc1", False)])
def test_range_of_interpreters(python: str, covered: bool) -> None:
    """An entry may be about some interpreters only."""
    entry = replace(ENTRY, python="<3.12")
    assert (known(a_cell(python=python), a_case(), entry) is not None) is covered


@pytest.mark.parametrize(("urllib3", "covered"), [("1.26.15", False), ("1.26.16", True), (None, False)])
def test_another_package_besides(urllib3: str | None, covered: bool) -> None:
    """An entry may need another package, too, in versions of its own."""
    entry = replace(ENTRY, package="requests", versions="<2.34", besides={"urllib3": ">=1.26.16"})
    resolved = {"requests": "2.33.1"} | ({"urllib3": urllib3} if urllib3 else {})
    assert (known(a_cell(resolved=resolved), a_case(), entry) is not None) is covered


NOT_COVERED: dict[str, tuple[CellRecord, CaseRecord]] = {
    "another client": (a_cell(client="httpx"), a_case()),
    "another case": (a_cell(), a_case(case="session[closed]")),
    "package not installed": (a_cell(resolved={"requests": "2.31.0"}), a_case()),
    "hazard": (a_cell(), a_case(contract=Contract.HAZARD)),
    "no verdict": (a_cell(), a_case(status=CaseStatus.ERROR, verdict=None)),
}


@pytest.mark.parametrize(("cell", "case"), NOT_COVERED.values(), ids=NOT_COVERED)
def test_not_covered(cell: CellRecord, case: CaseRecord) -> None:
    """An entry excuses nothing that it does not name."""
    assert known(cell, case) is None


def test_package_by_any_spelling() -> None:
    """A package is found by its normalised name."""
    entry = replace(ENTRY, package="Big_Name")
    assert known(a_cell(resolved={"big-name": "2.0"}), a_case(), entry) == "urllib3#1"


def test_all_entries_count() -> None:
    """Two entries for the same answer, about two kinds of things say, both give their reference."""
    other = replace(ENTRY, reference="other#2", kinds=("pool slot",))
    assert known(a_cell(), a_case(), ENTRY, other) == "urllib3#1, other#2"


SOCKET = {"socket": Verdict.GC}
BOTH = SOCKET | {"pool slot": Verdict.HELD}


@pytest.mark.parametrize(
    ("listed", "kinds", "mismatch"),
    [
        pytest.param(("socket",), SOCKET, None, id="as listed"),
        pytest.param(("socket",), SOCKET | {"thread": Verdict.LATE}, None, id="what passes is no leak"),
        pytest.param(("socket",), BOTH, "left, and not listed: pool slot", id="one more"),
        pytest.param(("socket", "pool slot"), SOCKET, "listed, and not left: pool slot", id="one less"),
        pytest.param(("task",), SOCKET, "left, and not listed: socket; listed, and not left: task", id="another"),
    ],
)
def test_each_kind_is_listed_for_itself(
    listed: tuple[str, ...], kinds: dict[str, Verdict], mismatch: str | None
) -> None:
    """A place in a pool can leak where no socket does: the list and the answer are compared kind by kind."""
    (marked,) = mark(a_cell(), [a_case(kinds=kinds)], [replace(ENTRY, kinds=listed)])
    assert marked.mismatch == mismatch


def test_leak_that_is_gone_is_a_mismatch() -> None:
    """A guarantee that holds inside the range is news."""
    (marked,) = mark(a_cell(), [a_case(verdict=Verdict.CLEAN, kinds={})], [ENTRY])
    assert marked.mismatch == "listed, and not left: socket"


def test_leak_that_is_not_listed_is_a_mismatch() -> None:
    """So is one that nobody has listed."""
    (marked,) = mark(a_cell(), [a_case()], [])
    assert (marked.known, marked.mismatch) == (None, "left, and not listed: socket")


def test_the_interpreter_is_a_package_too() -> None:
    """What is at fault may be Python itself."""
    entry = replace(ENTRY, package="python", versions="<3.12", client="asyncio")
    cells = [a_cell(client="asyncio", python=python, resolved={}) for python in ("3.11.7", "3.12.1")]
    assert [known(cell, a_case(), entry) for cell in cells] == ["urllib3#1", None]


@pytest.mark.parametrize(("today", "number"), [(date(2027, 1, 1), 0), (date(2027, 1, 2), 1)])
def test_stale(today: date, number: int) -> None:
    """An entry must be looked at again after its day."""
    assert len(stale([ENTRY], today)) == number


def test_edges_are_read_as_versions(tmp_path: Path) -> None:
    """Columns are written as in the configuration."""
    (tmp_path / FILE).write_text(WRITTEN + EDGES)
    (entry,) = load(tmp_path)
    assert entry.edges == (
        Edge(
            bad=(Exact(version="2.31.0", pins=("urllib3==1.26.16",)),),
            good=(Exact(version="2.30.0"),),
            python=("3.9",),
        ),
    )


def test_loaded(tmp_path: Path) -> None:
    """An entry is read as it is written."""
    (tmp_path / FILE).write_text(WRITTEN)
    assert load(tmp_path) == (ENTRY,)


def test_no_file(tmp_path: Path) -> None:
    """Cases without such a file have no known leaks."""
    assert load(tmp_path) == ()


def test_the_built_in_ones_are_valid() -> None:
    """Every built-in entry has a reference and a reason."""
    assert all(entry.reference and entry.reason for entry in load(builtin.CASES))


WRONG = {
    "not TOML": ("[[leak", "not valid TOML"),
    "not text": ("\udcff", "not valid TOML"),
    "unknown key": (WRITTEN + "colour = 'red'\n", "leak[0].colour"),
    "no range": (WRITTEN.replace(">=1.26.16,<3", "since 1.26"), "leak[0].versions"),
    "no number": (WRITTEN.replace('"urllib3"', "3"), "leak[0].package"),
    "not a list": ("leak = 3\n", "leak"),
    "no kind": (WRITTEN.replace('["socket"]', "[]"), "leak[0].kinds"),
    "no day": (WRITTEN.replace("2027-01-01", '"soon"'), "leak[0].recheck"),
    "an edge of no version": (WRITTEN + EDGES.replace("2.30.0", "latest"), "leak[0].edges[0].good"),
    "an edge of no interpreter": (WRITTEN + EDGES.replace("3.9", "2.7"), "leak[0].edges[0].python[0]"),
    "misspelt table": (WRITTEN.replace("[[leak]]", "[[leaks]]"), "leaks"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_wrong_file(tmp_path: Path, text: str, said: str) -> None:
    """A mistake in the file is told with its place."""
    (tmp_path / FILE).write_text(text, errors="surrogateescape")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert said in "\n".join((caught.value.message, *caught.value.mistakes))


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Every entry that is wrong is told."""
    (tmp_path / FILE).write_text(WRITTEN + "a = 1\n" + WRITTEN + "b = 1\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert [mistake.split(":")[0] for mistake in caught.value.mistakes] == ["leak[0].a", "leak[1].b"]


@pytest.mark.parametrize(
    ("implementation", "interpreter", "covered"),
    [("pypy", "pypy3.11", True), ("pypy", "3.11", False), ("cpython", "3.14t", True), ("", "pypy3.11", True)],
)
def test_implementation(implementation: Any, interpreter: str, covered: bool) -> None:
    """An entry may be about one implementation of Python alone."""
    entry = replace(ENTRY, implementation=implementation)
    assert (known(a_cell(interpreter=interpreter), a_case(), entry) is not None) is covered


@pytest.mark.parametrize(
    ("kinds", "mismatch"),
    [
        (("socket",), None),
        (("socket", "timer"), None),
        (("timer",), "listed, and not left: socket"),
        (("socket", "task"), "left, and not listed: task"),
    ],
)
def test_what_comes_with_it(kinds: tuple[str, ...], mismatch: str | None) -> None:
    """What an entry says may come with it is no news, there or not; what it lists must be there."""
    case = a_case(kinds=dict.fromkeys(kinds, Verdict.REFCOUNT))
    (marked,) = mark(a_cell(), [case], [replace(ENTRY, also=("timer",))])
    assert marked.mismatch == mismatch


@pytest.mark.parametrize(("python", "covered"), [("pypy3.11", False), ("3.14t", False), ("3.15.0a5+", True)])
def test_interpreter_without_a_version(python: str, covered: bool) -> None:
    """One that never ran has its name only, and is in no range; what was built from git has a version all the same."""
    entry = make_entry(package="python", versions=">=3.8")
    assert (known(a_cell(python=python), a_case(), entry) is not None) is covered
