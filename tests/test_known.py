"""`matrix.known`: which answers a listed leak covers, and no more."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matrix import builtin
from matrix.errors import ConfigError
from matrix.known import FILE, KnownLeak, load, mark
from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Contract, Verdict

ENTRY = KnownLeak(
    case="stream[*]",
    client="requests",
    package="urllib3",
    versions=">=1.26.16,<3",
    reference="urllib3#1",
    reason="because",
)
WRITTEN = """
[[leak]]
case = "stream[*]"
client = "requests"
package = "urllib3"
versions = ">=1.26.16,<3"
reference = "urllib3#1"
reason = "because"
"""


def a_cell(**fields: Any) -> CellRecord:
    plain: dict[str, Any] = {
        "cell": "x",
        "python": "3.12.1",
        "interpreter": "3.12",
        "client": "requests",
        "version": "2.31.0",
        "column": "2.31.0",
        "resolved": {"requests": "2.31.0", "urllib3": "2.0.1"},
        "status": CellStatus.RAN,
        "sandbox": "docker",
    }
    return CellRecord(**plain | fields)


def a_case(**fields: Any) -> CaseRecord:
    plain: dict[str, Any] = {"cell": "x", "case": "stream[read]", "contract": Contract.GUARANTEE}
    plain |= {"verdict": Verdict.REFCOUNT, "passed": False}
    return CaseRecord(**plain | fields)


def known(cell: CellRecord, case: CaseRecord, *entries: KnownLeak) -> str | None:
    (marked,) = mark(cell, [case], entries or (ENTRY,))
    return marked.known


def test_covered_answer_has_its_reference() -> None:
    """An answer inside the range is marked with the reference."""
    assert known(a_cell(), a_case()) == "urllib3#1"


def test_leak_that_is_gone_is_marked_too() -> None:
    """A guarantee that holds inside the range is marked as well: that is news."""
    assert known(a_cell(), a_case(verdict=Verdict.CLEAN, passed=True)) == "urllib3#1"


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


NOT_COVERED: dict[str, tuple[CellRecord, CaseRecord]] = {
    "another client": (a_cell(client="httpx"), a_case()),
    "another case": (a_cell(), a_case(case="session[closed]")),
    "package not installed": (a_cell(resolved={"requests": "2.31.0"}), a_case()),
    "hazard": (a_cell(), a_case(contract=Contract.HAZARD, passed=None)),
    "no verdict": (a_cell(), a_case(status=CaseStatus.ERROR, verdict=None, passed=None)),
}


@pytest.mark.parametrize(("cell", "case"), NOT_COVERED.values(), ids=NOT_COVERED)
def test_not_covered(cell: CellRecord, case: CaseRecord) -> None:
    """An entry excuses nothing that it does not name."""
    assert known(cell, case) is None


def test_package_by_any_spelling() -> None:
    """A package is found by its normalised name."""
    entry = replace(ENTRY, package="Big_Name")
    assert known(a_cell(resolved={"big-name": "2.0"}), a_case(), entry) == "urllib3#1"


def test_first_entry_counts() -> None:
    """Of two entries for the same answer the first gives the reference."""
    other = replace(ENTRY, reference="other#2")
    assert known(a_cell(), a_case(), ENTRY, other) == "urllib3#1"


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
