"""`matrix.diff`: what counts as a change, whose it is, and what it comes to."""

from collections.abc import Callable
from typing import Any

import pytest

from matrix.diff import Kind, compare, exit_code
from matrix.errors import ExitCode
from matrix.model import CaseStatus, CellStatus, Contract, Report, Verdict

Pair = tuple[Report, Report]


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("new_leak", Kind.NEW_LEAK, ExitCode.LEAK),
        ("new_leak_listed", Kind.NEW_LEAK, ExitCode.OK),
        ("later", Kind.LATER, ExitCode.LEAK),
        ("late", Kind.LATER, ExitCode.OK),
        ("grows", Kind.GROWS, ExitCode.LEAK),
        ("another_kind", Kind.NEW_LEAK, ExitCode.LEAK),
        ("lost", Kind.LOST, ExitCode.INCOMPLETE),
        ("cell_lost", Kind.LOST, ExitCode.INCOMPLETE),
        ("gone", Kind.GONE, ExitCode.OK),
        ("earlier", Kind.EARLIER, ExitCode.OK),
        ("steady", Kind.STEADY, ExitCode.OK),
        ("back", Kind.BACK, ExitCode.OK),
        ("cell_back", Kind.BACK, ExitCode.OK),
        ("new_release", Kind.NEW_LEAK, ExitCode.LEAK),
        ("new_interpreter", Kind.NEW_LEAK, ExitCode.LEAK),
        ("sandbox", Kind.NEW_LEAK, ExitCode.LEAK),
    ],
)
def test_kinds_and_exit_codes(a_pair: Callable[[str], Pair], name: str, kind: Kind, code: ExitCode) -> None:
    """Each change is told once, as what it is, and the exit code says whether it is bad news."""
    diff = compare(*a_pair(name))
    assert [group.kind for group in diff.groups] == [kind]
    assert exit_code(diff) is code


@pytest.mark.parametrize("name", ["nothing", "flaky", "dropped_cell", "cases"])
def test_no_change(a_pair: Callable[[str], Pair], name: str) -> None:
    """Cells and cases that come or go are listed; they are no change of an answer."""
    diff = compare(*a_pair(name))
    assert (diff.groups, exit_code(diff)) == ((), ExitCode.OK)


def test_same_report(named_pair: tuple[str, Pair]) -> None:
    """A report compared with itself has nothing to tell."""
    _, (_, new) = named_pair
    diff = compare(new, new)
    assert (diff.groups, diff.environment, diff.new_cells, diff.dropped_cells) == ((), (), (), ())


def test_worse_outweighs_lost(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """Where something got worse and something was lost, the exit code says the first."""
    cell = a_cell()
    old = a_report(cell, a_case(cell, case="one"), a_case(cell, case="two"))
    silent = a_case(cell, None, "two", status=CaseStatus.TIMEOUT)
    assert exit_code(compare(old, a_report(cell, a_case(cell, "held", "one"), silent))) is ExitCode.LEAK


def test_hazard_that_gets_worse(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """A hazard cannot fail, but what a misuse costs may go up: that is news."""
    cell = a_cell()
    hazard = {"contract": Contract.HAZARD}
    old, new = (a_report(cell, a_case(cell, verdict, **hazard)) for verdict in ("refcount", "held"))
    assert exit_code(compare(old, new)) is ExitCode.LEAK


def test_controls_are_no_answers(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """A control vouches for the measurement; what it says is nothing about a client."""
    cell = a_cell()
    old, new = (
        a_report(cell, a_case(cell, verdict, contract=Contract.CONTROL, passed=None)) for verdict in ("clean", "held")
    )
    assert (compare(old, new).compared, compare(old, new).groups) == (0, ())


def test_cell_that_is_not_believed(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """An invalid cell has lost its answers, whatever stands in it."""
    old, new = a_cell(), a_cell(status=CellStatus.INVALID, reason="control[leaks] answered clean")
    diff = compare(a_report(old, a_case(old)), a_report(new, a_case(new, "held")))
    assert [(group.kind, group.entries[0].after) for group in diff.groups] == [(Kind.LOST, "invalid")]


def test_flaky_is_neither(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """An answer that is not the same each time is no change, in whichever report it is."""
    cell = a_cell()
    steady, flaky = a_case(cell, "held"), a_case(cell, None, status=CaseStatus.FLAKY, answers={"clean": 1, "held": 2})
    for pair in ((steady, flaky), (flaky, steady), (flaky, flaky)):
        diff = compare(*(a_report(cell, case) for case in pair))
        assert (diff.groups, diff.flaky, diff.compared) == ((), 1, 1)


# Groups.


def test_same_leak_is_one_group(a_cell: Any, a_case: Any, a_left: Any, a_report: Any) -> None:
    """One leak in several cases, versions and interpreters is one piece of news, by its fingerprint."""
    cells = [a_cell(python, version=version) for python in ("3.8", "3.9", "3.10") for version in ("0.27.0", "0.28.1")]
    cases = ("session[closed]", "session[in_with]")
    old = a_report(*cells, *(a_case(cell, case=case) for cell in cells for case in cases))
    new = a_report(*cells, *(a_case(cell, "held", case, left=(a_left(),)) for cell in cells for case in cases))
    (group,) = compare(old, new).groups
    assert (group.size, [entry.case for entry in group.entries]) == (12, list(cases))
    (span,) = group.entries[0].where
    assert (span.columns, span.interpreters) == (("0.27.0", "0.28.1"), ("3.8 to 3.10",))


def test_other_leaks_are_other_groups(a_cell: Any, a_case: Any, a_left: Any, a_report: Any) -> None:
    """Two leaks of one case in two cells are two groups; without fingerprints the change itself decides."""
    one, two = a_cell("3.12"), a_cell("3.13")
    old = a_report(one, two, a_case(one), a_case(two))
    for left in (a_left(fingerprint="aaaa"), a_left(fingerprint="bbbb")):
        new = a_report(
            one, two, a_case(one, "held", left=(a_left(fingerprint="aaaa"),)), a_case(two, "held", left=(left,))
        )
        assert len(compare(old, new).groups) == (1 if left.fingerprint == "aaaa" else 2)
    assert len(compare(old, a_report(one, two, a_case(one, "held"), a_case(two, "held"))).groups) == 1
    assert len(compare(old, a_report(one, two, a_case(one, "held"), a_case(two, "gc"))).groups) == 2


def test_fingerprint_of_what_is_gone(a_cell: Any, a_case: Any, a_left: Any, a_report: Any) -> None:
    """What is gone stands in the old report, and that names it."""
    cell = a_cell()
    leaking = a_case(cell, "held", left=(a_left("gc", fingerprint="lesser"), a_left("held", fingerprint="worst")))
    (group,) = compare(a_report(cell, leaking), a_report(cell, a_case(cell))).groups
    assert (group.kind, group.fingerprint) == (Kind.GONE, "worst")


def test_listed_and_unlisted_are_apart(a_cell: Any, a_case: Any, a_left: Any, a_report: Any) -> None:
    """The same leak, listed for one version and not for another: only the second is bad news."""
    one, two = a_cell(version="0.27.0"), a_cell(version="0.28.1")
    old = a_report(one, two, a_case(one), a_case(two))
    listed = a_case(one, "held", left=(a_left(),), known="httpx#1")
    diff = compare(old, a_report(one, two, listed, a_case(two, "held", left=(a_left(),))))
    assert [(group.worse, group.size) for group in diff.groups] == [(True, 1), (False, 1)]


def test_listed_for_another_kind_is_not_listed(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """What is listed for a socket excuses no pool slot, and no thread that stays longer."""
    cell = a_cell()
    before = a_case(cell, "gc", kinds={"socket": Verdict.GC}, known="httpx#1")
    slot = {"socket": Verdict.GC, "pool slot": Verdict.GC}
    thread = {"socket": Verdict.GC, "thread": Verdict.HELD}
    for verdict, kinds, news, worse in (
        ("gc", slot, "pool slot", 1),
        ("held", thread, "thread", 1),
        ("gc", slot, "", 0),  # it comes with the socket, says the list
    ):
        mismatch = f"left, and not listed: {news}" if news else None
        after = a_case(cell, verdict, kinds=kinds, known="httpx#1", mismatch=mismatch)
        diff = compare(a_report(cell, before), a_report(cell, after))
        assert (diff.worse, [bool(group.entries[0].known) for group in diff.groups]) == (worse, [not worse])


def test_better_as_a_whole_and_worse_in_part(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """Where the worst is gone, what is new beside it is told all the same, and that it grows."""
    cell = a_cell()
    before = a_case(cell, "held", kinds={"socket": Verdict.HELD}, growth="constant 1")
    after = a_case(cell, "gc", kinds={"socket": Verdict.CLEAN, "pool slot": Verdict.GC}, growth="+1 per call")
    diff = compare(a_report(cell, before), a_report(cell, after))
    assert [group.kind for group in diff.groups] == [Kind.NEW_LEAK, Kind.GROWS, Kind.EARLIER]
    assert exit_code(diff) is ExitCode.LEAK


def test_environment_that_is_common_to_all(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """Beside a change stands what changed in each of its cells, and in how many nothing did."""
    idna, both = {"httpx": "1", "idna": "3.11"}, {"httpx": "1", "idna": "3.11", "h11": "0.16"}
    old = [
        a_cell(python, resolved={"httpx": "1", "idna": "3.10", "h11": "0.14"}) for python in ("3.11", "3.12", "3.13")
    ]
    new = [a_cell("3.11", resolved=idna | {"h11": "0.14"}), a_cell("3.12", resolved=both), old[2]]

    def entry(*chosen: int) -> Any:
        before = a_report(*old, *(a_case(old[number]) for number in chosen))
        after = a_report(*new, *(a_case(new[number], "held") for number in chosen))
        return compare(before, after).groups[0].entries[0]

    assert ([each.what for each in entry(0, 1).moved], entry(0, 1).unmoved) == (["idna"], 0)
    assert ([each.what for each in entry(1).moved], entry(1).unmoved) == (["h11", "idna"], 0)
    assert (entry(0, 1, 2).moved, entry(0, 1, 2).unmoved) == ((), 1)


def test_unknown_environment_is_not_called_the_same(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """A cell that never got packages says nothing about them."""
    old, new = a_cell(), a_cell(status=CellStatus.CRASHED, resolved={})
    (group,) = compare(a_report(old, a_case(old)), a_report(new)).groups
    assert (group.entries[0].moved, group.entries[0].unmoved) == ((), 0)


# New cells and their neighbours.


def compared_with(a_case: Any, a_report: Any, old: list[Any], new: Any) -> list[str]:
    """The steps by which a new cell that leaks is bad news."""
    before = a_report(*old, *map(a_case, old))
    after = a_report(*old, new, *map(a_case, old), a_case(new, "held"))
    return [entry.step for group in compare(before, after).groups for entry in group.entries]


def test_new_release_is_compared_with_the_one_before(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """The newest release before it, by number and not as text."""
    old = [a_cell(version=version) for version in ("0.9.0", "0.28.1", "0.100.0")]
    assert compared_with(a_case, a_report, old, a_cell(version="0.101.0")) == ["0.100.0 to 0.101.0"]


@pytest.mark.parametrize("version", ["0.8.0", "0.27.2"])
def test_added_old_version_has_no_neighbour(a_cell: Any, a_case: Any, a_report: Any, version: str) -> None:
    """A version that was added below or between known ones is no upgrade of anybody's."""
    old = [a_cell(version="0.27.0"), a_cell(version="0.28.1")]
    assert compared_with(a_case, a_report, old, a_cell(version=version)) == []


def test_pins_are_compared_with_the_same_pins(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """A column with a pin is no neighbour of one without."""
    old = [a_cell(version="0.28.1", pins=("httpcore==1.0.9",))]
    assert compared_with(a_case, a_report, old, a_cell(version="0.29.0")) == []
    new = a_cell(version="0.29.0", pins=("httpcore==1.0.9",))
    assert compared_with(a_case, a_report, old, new) == ["0.28.1+httpcore-1.0.9 to 0.29.0+httpcore-1.0.9"]


def test_new_interpreter_is_compared_with_the_one_before(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """Of the same family: a free-threaded build is no next version of the ordinary one."""
    old = [a_cell("3.9"), a_cell("3.13")]
    assert compared_with(a_case, a_report, old, a_cell("3.14")) == ["Python 3.13 to 3.14"]
    assert compared_with(a_case, a_report, old, a_cell("3.14t")) == []
    assert compared_with(a_case, a_report, old, a_cell("3.10")) == []


def test_what_comes_with_a_new_interpreter_is_compared(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """Its version is the interpreter's, and so another one each time."""
    old = [a_cell(python, "http-client", python, resolved={}) for python in ("3.13", "3.14")]
    new = a_cell("3.15", "http-client", "3.15", resolved={})
    assert compared_with(a_case, a_report, old, new) == ["Python 3.14 to 3.15"]


def test_release_that_leaves_an_interpreter_is_no_loss(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """A release that cannot be installed there any more is listed; one that crashes is a loss."""
    old = a_cell("3.8", version="0.28.1")

    def code(status: CellStatus) -> ExitCode:
        new = a_cell("3.8", version="0.29.0", status=status, reason="words", resolved={})
        return exit_code(compare(a_report(old, a_case(old)), a_report(old, new, a_case(old))))

    assert (code(CellStatus.UNINSTALLABLE), code(CellStatus.IMPORT_ERROR)) == (ExitCode.OK, ExitCode.INCOMPLETE)


def test_kinds_unknown_to_an_old_report(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """A report of a version that did not tell kinds apart is not compared kind by kind."""
    cell = a_cell()
    new = a_case(cell, "held", kinds={"socket": Verdict.HELD})
    assert compare(a_report(cell, a_case(cell, "held")), a_report(cell, new)).groups == ()


@pytest.mark.parametrize("known", [None, "httpx#1"])
def test_leak_after_an_answer_that_was_missing(a_cell: Any, a_case: Any, a_report: Any, known: str | None) -> None:
    """The day after a timeout is no day without news: nobody knows that it leaked before. Listed, it is known."""
    cell, lost = a_cell(), a_cell(status=CellStatus.TIMEOUT, reason="still running")
    leaking = a_report(cell, a_case(cell, "held", known=known))
    silent = a_report(cell, a_case(cell, None, status=CaseStatus.TIMEOUT))
    expected = ExitCode.OK if known else ExitCode.LEAK
    for old in (silent, a_report(lost)):
        diff = compare(old, leaking)
        assert exit_code(diff) is expected
        leaks = [entry for group in diff.groups if group.kind is Kind.NEW_LEAK for entry in group.entries]
        assert [(entry.before, entry.after) for entry in leaks] == ([] if known else [("timeout", "held")])


def test_hazard_after_an_answer_that_was_missing(a_cell: Any, a_case: Any, a_report: Any) -> None:
    """It cannot fail, and there is nothing that it costs more than."""
    cell = a_cell()
    hazard = {"contract": Contract.HAZARD}
    old = a_report(cell, a_case(cell, None, status=CaseStatus.TIMEOUT, **hazard))
    assert exit_code(compare(old, a_report(cell, a_case(cell, "held", **hazard)))) is ExitCode.OK


@pytest.mark.parametrize("status", [CellStatus.IMPORT_ERROR, CellStatus.UNINSTALLABLE])
def test_release_after_one_that_did_not_run(a_cell: Any, a_case: Any, a_report: Any, status: CellStatus) -> None:
    """It is compared with the newest that has answers."""
    ran, broken, new = a_cell(version="0.28.1"), a_cell(version="0.29.0", status=status), a_cell(version="0.29.1")
    diff = compare(a_report(ran, broken, a_case(ran)), a_report(ran, broken, new, a_case(ran), a_case(new, "held")))
    assert exit_code(diff) is ExitCode.LEAK
    ((entry,),) = (group.entries for group in diff.groups)
    assert entry.step == "0.28.1 to 0.29.1"
