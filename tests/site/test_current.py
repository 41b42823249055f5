"""What is true of current releases."""

from collections.abc import Callable
from typing import Any

import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Contract, Report, Resolve, Verdict
from matrix.site.book import Book, book_of
from matrix.site.current import forgotten_of, releases_of
from matrix.site.front_page import headline

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]
CLEAN, GC, HELD = Verdict.CLEAN, Verdict.GC, Verdict.HELD


def test_only_the_current_release_counts(told: Callable[..., Book]) -> None:
    """What an old one broke is history."""
    (release,) = releases_of(told({"3.12": {"1.0": HELD, "1.1": CLEAN}}))
    assert (release.kept, release.broken, release.tested) == (1, (), ("3.12",))


def test_a_guarantee_is_broken_where_any_interpreter_breaks_it(told: Callable[..., Book]) -> None:
    """It says what is left on which, from the newest down, and that the newest of all is none of them."""
    found = {"3.8": {"1.0": HELD}, "3.9": {"1.0": GC}, "3.10": {"1.0": HELD}, "3.11": {"1.0": CLEAN}}
    (release,) = releases_of(told(found))
    (broken,) = release.broken
    ways = [(way.state.verdict, way.interpreters, way.place.column.cell.interpreter) for way in broken.ways]
    assert ways == [(HELD, ("3.8", "3.10"), "3.10"), (GC, ("3.9",), "3.9")]
    assert (release.broken_on, broken.interpreters) == (("3.8", "3.9", "3.10"), ("3.8", "3.9", "3.10"))
    assert (release.kept, release.guarantees) == (0, 1)


def test_what_the_newest_breaks_needs_no_interpreters(told: Callable[..., Book]) -> None:
    """Only what is over on it is told as of the older ones alone; PyPy is none of the newer."""
    (release,) = releases_of(told({"3.9": {"1.0": CLEAN}, "3.10": {"1.0": HELD}, "pypy3.11": {"1.0": CLEAN}}))
    assert release.broken_on == ()


def test_growth_is_told_where_it_is_one(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """What grows otherwise on each interpreter is told on the page of each."""
    cells = a_cell("3.12"), a_cell("3.13")
    told = []
    for growths in (("+1 per call", "+1 per call"), ("+1 per call", "constant 1")):
        records = [a_case(cell, verdict=HELD, growth=growth) for cell, growth in zip(cells, growths, strict=True)]
        (release,) = releases_of(book_of(a_report(*cells, *records)))
        told.append([way.growth for broken in release.broken for way in broken.ways])
    assert told == [["+1 per call"], [""]]


def test_what_gave_no_result_is_neither_kept_nor_broken(told: Callable[..., Book]) -> None:
    """It is told as untested."""
    (release,) = releases_of(told({"3.9": {"1.0": None}, "3.10": {"1.0": CLEAN}}))
    assert (release.kept, release.tested, release.untested) == (1, ("3.10",), ("3.9",))
    (silent,) = releases_of(told({"3.9": {"1.0": None}}))
    assert (silent.guarantees, silent.tested, silent.untested) == (0, (), ("3.9",))


def test_known_is_what_is_listed_on_each_interpreter(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """A leak that is news on one of them, or of a kind that is not listed, is no known one; the link leads to it."""
    one, other = a_cell("3.12"), a_cell("3.13")
    listed = a_case(one, verdict=HELD, known="requests#1")
    unlisted = a_case(other, verdict=GC, mismatch="left, and not listed: socket")
    more = a_case(other, verdict=GC, known="requests#1", mismatch="left, and not listed: thread")
    found = []
    for records in ((listed,), (listed, unlisted), (listed, more)):
        (release,) = releases_of(book_of(a_report(one, other, *records)))
        (broken,) = release.broken
        found.append((release.known, broken.known, broken.ways[0].place.column.cell.interpreter))
    assert found == [(1, "requests#1", "3.12"), (0, "", "3.13"), (0, "", "3.13")]


@pytest.mark.parametrize(
    ("fields", "silent"),
    [
        ({"status": CaseStatus.ERROR, "reason": "boom"}, 1),
        ({"status": CaseStatus.FLAKY, "answers": {"clean": 1, "held": 3}}, 1),
        ({"status": CaseStatus.FLAKY, "answers": {"clean": 1, "late": 3}}, 0),
        ({"status": CaseStatus.UNSUPPORTED, "reason": "not in this version"}, 0),
    ],
)
def test_a_guarantee_that_is_not_answered_everywhere(
    a_cell: ACell, a_case: ACase, a_report: AReport, fields: dict[str, Any], silent: int
) -> None:
    """It does not count as kept, though nothing is known against it; clean now and late then is kept."""
    one, other = a_cell("3.12"), a_cell("3.13")
    answers = [a_case(cell, "stream", CLEAN) for cell in (one, other)]
    records = (a_case(one, verdict=CLEAN), a_case(other, verdict=None, **fields))
    (release,) = releases_of(book_of(a_report(one, other, *answers, *records)))
    assert (release.kept, release.silent, release.broken, release.guarantees) == (2 - silent, silent, (), 2)


def test_what_only_another_promises_is_not_broken(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The one case is a guarantee of one client and a hazard for the other."""
    httpx, requests = a_cell(client="httpx", version="1"), a_cell(client="requests", version="2")
    records = (
        a_case(httpx, "twice", contract=Contract.HAZARD, verdict=HELD),
        a_case(requests, "twice", contract=Contract.GUARANTEE, verdict=CLEAN),
    )
    of_httpx, of_requests = releases_of(book_of(a_report(httpx, requests, *records)))
    assert (of_httpx.kept, of_httpx.broken) == (0, ())
    assert (of_requests.kept, of_requests.broken) == (1, ())


def test_a_client_that_cannot_be_had_promises_nothing(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """On an interpreter without an answer its contract is what it is on the others."""
    absent = a_cell("3.8", "httpx", "1", status=CellStatus.UNINSTALLABLE)
    httpx, requests = a_cell("3.9", "httpx", "1"), a_cell("3.8", "requests", "2")
    records = (
        a_case(requests, "twice", CLEAN, contract=Contract.GUARANTEE),
        a_case(httpx, "twice", HELD, contract=Contract.HAZARD),
    )
    of_httpx, _ = releases_of(book_of(a_report(absent, httpx, requests, *records)))
    assert (of_httpx.kept, of_httpx.broken) == (0, ())


def test_what_only_pypy_breaks_is_told_apart(told: Callable[..., Book]) -> None:
    """There nothing is counted; what CPython breaks is told with what it is on CPython."""
    (release,) = releases_of(told({"3.12": {"1.0": CLEAN}, "pypy3.11": {"1.0": GC}}))
    assert (release.kept, release.broken) == (1, ())
    assert [(one.interpreters, one.ways[0].state.verdict) for one in release.elsewhere] == [(("pypy3.11",), GC)]
    (release,) = releases_of(told({"3.12": {"1.0": Verdict.REFCOUNT}, "pypy3.11": {"1.0": GC}}))
    assert [(one.interpreters, one.ways[0].state.verdict) for one in release.broken] == [(("3.12",), Verdict.REFCOUNT)]
    assert release.elsewhere == ()
    (release,) = releases_of(told({"pypy3.11": {"1.0": GC}}))
    assert len(release.broken) == 1


def test_a_grid_as_of_the_release(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Where nothing is resolved otherwise, that is the current release."""
    cell = a_cell(resolve=Resolve.ERA)
    (release,) = releases_of(book_of(a_report(cell, a_case(cell, verdict=HELD))))
    assert len(release.broken) == 1


def test_a_hazard_is_never_broken(told: Callable[..., Book]) -> None:
    """Nobody promised anything."""
    (release,) = releases_of(told({"3.12": {"1.0": HELD}}, contract=Contract.HAZARD))
    assert release.guarantees == 0


def test_forgotten_clients_by_what_becomes_of_them(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The verdict on the interpreter that is shown; and which another gives, where it gives another."""
    verdicts = {"b": (Verdict.REFCOUNT, GC), "a": (GC, GC), "c": (HELD, HELD)}
    cells = {(name, python): a_cell(python, name, "1.0") for name in verdicts for python in ("3.12", "pypy3.11")}
    cases = [
        a_case(cells[name, python], "session[left_open]", verdict, contract=Contract.HAZARD)
        for name, pair in verdicts.items()
        for python, verdict in zip(("3.12", "pypy3.11"), pair, strict=True)
    ]
    (found,) = forgotten_of(book_of(a_report(*cells.values(), *cases)))
    assert [(v, [(client.name, others) for client, _place, others in who]) for v, who in found.verdicts] == [
        (Verdict.REFCOUNT, [("b", "gc on pypy3.11")]),
        (GC, [("a", "")]),
        (HELD, [("c", "")]),
    ]


def test_only_what_is_left_open_is_forgotten(told: Callable[..., Book]) -> None:
    """A guarantee of that name, or another hazard, is something else."""
    assert forgotten_of(told({"3.12": {"1.0": GC}}, case="session[left_open]")) == ()
    assert forgotten_of(told({"3.12": {"1.0": GC}}, case="session[in_cycle]", contract=Contract.HAZARD)) == ()


@pytest.mark.parametrize(
    ("verdict", "known", "expected"),
    [
        (HELD, None, "1 guarantee is broken in current releases"),
        (HELD, "httpx#1", "1 guarantee is broken in current releases, and known"),
        (CLEAN, None, "Every guarantee holds in current releases"),
        (None, None, "No current release gave a result"),
    ],
)
def test_headlines(told: Callable[..., Book], verdict: Verdict | None, known: str | None, expected: str) -> None:
    """The first thing that a reader is told."""
    releases = releases_of(told({"3.12": {"1.0": verdict}}, known=known))
    broken = [each for release in releases for each in release.broken]
    assert headline(broken, releases) == expected


def test_headline_of_what_is_not_answered(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Not everything holds of which something is not known."""
    cell = a_cell()
    records = a_case(cell, verdict=CLEAN), a_case(cell, "stream", None, status=CaseStatus.TIMEOUT, reason="too slow")
    releases = releases_of(book_of(a_report(cell, *records)))
    assert headline([], releases) == "No guarantee is known to be broken in current releases, 1 not answered everywhere"
