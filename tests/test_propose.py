"""`matrix.propose`: what the list of known leaks would have to say."""

import tomllib

import pytest

from matrix.model import Report, Verdict
from matrix.propose import Sight, explanation, propose
from tests.records import make_case, make_cell, make_report


def sights(*seen: tuple[str, dict[str, str], bool]) -> list[Sight]:
    return [
        Sight(python=python, implementation="cpython", resolved=resolved, broken=broken)
        for python, resolved, broken in seen
    ]


def of_client(*versions: tuple[str, bool]) -> list[Sight]:
    return sights(*[("3.12", {"httpx": version, "h11": "0.14"}, broken) for version, broken in versions])


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (of_client(("1.9", True), ("1.10", True), ("1.11", False)), ("httpx", "<1.11")),
        (of_client(("1.9", False), ("1.10", True), ("1.11", False)), ("httpx", ">=1.10,<1.11")),
        (of_client(("1.9", False), ("1.10", True)), ("httpx", ">=1.10")),
        (of_client(("1.9", True), ("1.10", False), ("1.11", True)), (None, "")),
        (
            sights(("3.12", {"httpx": "1", "h11": "0.9"}, True), ("3.12", {"httpx": "1", "h11": "0.14"}, False)),
            ("h11", "<0.14"),
        ),
        (
            sights(("3.8", {"httpx": "1"}, False), ("3.9", {"httpx": "1"}, False), ("3.10", {"httpx": "1"}, True)),
            ("python", ">=3.10"),
        ),
        (
            sights(("3.8", {"httpx": "1"}, True), ("3.8", {"httpx": "1"}, False)),
            (None, ""),
        ),
        (
            sights(*[("3.8", {"httpx": version}, version == "2.0rc1") for version in ("1.0", "2.0rc1", "2.0")]),
            ("httpx", ">=2.0rc1,<=2.0rc1"),
        ),
        (
            sights(("3.14.0", {"httpx": "1"}, False), ("3.15.0a5+", {"httpx": "1"}, True)),
            ("python", ">=3.15.0a5"),
        ),
    ],
    ids=[
        "fixed",
        "for a while",
        "since",
        "twice",
        "a package below",
        "the interpreter",
        "nothing explains it",
        "a pre-release",
        "from git",
    ],
)
def test_explanation(seen: list[Sight], expected: tuple[str | None, str]) -> None:
    """The client's own version first, then what is below it, then the interpreter; by number, not by letter."""
    assert explanation("httpx", seen) == (*expected, "")


def a_report(*answers: tuple[str, str, Verdict, str | None], known: str | None = None) -> Report:
    """(version, case, verdict, mismatch) on one interpreter."""
    cells = {
        version: make_cell(client="httpx", version=version, python="3.12.1", resolved={"httpx": version})
        for version, *_ in answers
    }
    cases = []
    for version, case, verdict, mismatch in answers:
        kinds = {} if verdict is Verdict.CLEAN else {"socket": verdict}
        cases.append(make_case(cells[version], case, verdict, mismatch=mismatch, known=known, kinds=kinds))
    return make_report(*cells.values(), *cases)


def test_cases_of_one_range_are_one_entry() -> None:
    """What differs in nothing but the case is said once, as TOML."""
    unlisted = "not listed"
    found = propose(
        a_report(
            ("1.0", "stream", Verdict.HELD, unlisted),
            ("1.0", "head", Verdict.GC, unlisted),
            ("1.1", "stream", Verdict.CLEAN, None),
            ("1.1", "head", Verdict.CLEAN, None),
        )
    )
    (entry,) = tomllib.loads("".join(each.toml for each in found))["leak"]
    assert entry == {
        "cases": ["stream", "head"],
        "client": "httpx",
        "package": "httpx",
        "versions": "<1.1",
        "kinds": ["socket"],
        "reference": "",
        "reason": "",
    }


def test_any_case_is_text() -> None:
    """Of one's own cases, an id may have whatever a string of TOML has to escape."""
    (found,) = propose(a_report(("1.0", 'x["a\\b"]', Verdict.HELD, "not listed")))
    assert tomllib.loads(found.toml)["leak"][0]["cases"] == ['x["a\\b"]']


def test_what_agrees_is_not_proposed() -> None:
    """A leak that is listed, and shows, needs no edit."""
    assert propose(a_report(("1.0", "stream", Verdict.HELD, None), known="httpx#1")) == ()


def test_what_needs_a_look() -> None:
    """Where no range explains it, a comment says so and nothing is made up."""
    seen = (("1.0", Verdict.HELD), ("1.1", Verdict.CLEAN), ("1.2", Verdict.HELD))
    (found,) = propose(a_report(*[(version, "stream", verdict, "not listed") for version, verdict in seen]))
    assert found.toml == "# httpx stream (socket): no single package explains it; look at the cells\n"


def test_what_is_left_nowhere() -> None:
    """A listed leak that no cell shows is to be taken from the list."""
    gone = "listed, and not left: socket"
    answers = [(version, case, Verdict.CLEAN, gone) for version in ("1.0", "1.1") for case in ("stream", "head")]
    (found,) = propose(a_report(*answers, known="httpx#1"))
    assert found.toml == "# httpx stream, head (socket): left in no cell; take it from the list (httpx#1)\n"


def test_an_implementation_alone() -> None:
    """What only PyPy leaves is no matter of a version of CPython, whatever number PyPy has."""
    seen = sights(("3.11.7", {"httpx": "1"}, False), ("3.12.1", {"httpx": "1"}, False))
    pypy = Sight(python="3.11.17", implementation="pypy", resolved={"httpx": "1"}, broken=True)
    assert explanation("httpx", [*seen, pypy]) == ("httpx", "", "pypy")
