"""`matrix.bisect.hunt`: whose release it is, in worlds where that is known."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.bisect.hunt import hunt
from matrix.bisect.model import Answer, Question, Step
from matrix.bisect.words import text
from matrix.errors import UsageError
from matrix.model import Cell, Resolve, Verdict
from tests.bisect.world import CLIENT, Lock, Release, World, releases

CLEAN, GC, HELD = Verdict.CLEAN, Verdict.GC, Verdict.HELD


def number(lock: Lock, package: str = CLIENT) -> int:
    """The major number of a package's version; 0 where it is not there."""
    return int(lock.get(package, "0").split(".")[0])


def leaks_from(package: str, first: int) -> World:
    """Forty versions of a client and of two packages below it, of which one leaks since a version."""
    index = {
        CLIENT: releases(40, requires=lambda _: {"core": "", "idna": ""}),
        "core": releases(40, every=9),
        "idna": releases(40, every=7),
    }
    return World(index=index, answer=lambda lock: HELD if number(lock, package) >= first else CLEAN)


def found(world: World, question: Question | None = None) -> Answer:
    return hunt(question or world.question(), world, world.history)


def edge(step: Step) -> tuple[str, str, str]:
    return step.subject, step.old, step.new


def the_step(answer: Answer) -> Step:
    (step,) = answer.steps
    return step


# The client itself.


@given(st.integers(2, 40))
def test_client_itself(first: int) -> None:
    """Where nothing but the client moves, it is to blame, and log2 n + 2 cells say so."""
    world = leaks_from(CLIENT, first)
    answer = found(world)
    assert edge(the_step(answer)) == (CLIENT, f"{first - 1}.0", f"{first}.0")
    assert the_step(answer).blame == "client itself: no other package differs between the two"
    assert len(world.asked) <= ceil(log2(40)) + 2
    assert answer.complete


@given(st.integers(2, 36))
def test_client_itself_while_packages_move(first: int) -> None:
    """Where packages moved with it, one more cell tells that they are not to blame."""
    world = leaks_from(CLIENT, first)
    answer = found(world, world.question(resolve=Resolve.ERA))
    assert edge(the_step(answer)) == (CLIENT, f"{first - 1}.0", f"{first}.0")
    assert the_step(answer).blame == (
        f"client itself: {first}.0 with the packages of {first - 1}.0 answers as it does with its own"
    )
    assert the_step(answer).deeper == ()
    assert len(world.asked) <= ceil(log2(40)) + 3


def test_fixed() -> None:
    """An old leak that is gone has a first good version."""
    world = leaks_from(CLIENT, 0)
    world.answer = lambda lock: HELD if number(lock) < 13 else CLEAN
    step = the_step(found(world))
    assert (step.old, step.before.verdict, step.new, step.after.verdict) == ("12.0", HELD, "13.0", CLEAN)


# A package below it.


@given(st.integers(2, 36))
def test_package_below_by_the_packages_of_the_day(first: int) -> None:
    """Where today's packages make all versions leak, those of the release's own day tell: unaided."""
    world = leaks_from("core", first)
    answer = found(world)
    assert edge(the_step(answer)) == ("core", f"{first - 1}.0", f"{first}.0")
    assert the_step(answer).held == "client 1.0"
    assert the_step(answer).blame == "not client 1.0 itself, but core (of core and idna, which differ)"
    assert len(world.asked) <= 2 + 1 + 2 + ceil(log2(40)) + 2


@given(st.integers(3, 36))
def test_package_below_by_the_edge_of_the_client(first: int) -> None:
    """Resolved by day, the client has an edge where it is not to blame; the package has its own."""
    world = leaks_from("core", first)
    answer = found(world, world.question(resolve=Resolve.ERA))
    step = the_step(answer)
    (below,) = step.deeper
    assert step.subject == CLIENT
    assert edge(below) == ("core", f"{first - 1}.0", f"{first}.0")
    assert step.blame.startswith(f"not client {step.new} itself, but core")


def test_given_packages_of_one_version() -> None:
    """Given twice the same version with other packages, only these are searched."""
    world = leaks_from("core", 23)
    cells = [
        Cell(python="3.12", client=CLIENT, version="30.0", pins=(f"core=={core}", "idna==5.0"))
        for core in ("2.0", "38.0")
    ]
    asked = replace(world.question(), cells=(), good=cells[0], bad=cells[1])
    answer = found(world, asked)
    assert edge(the_step(answer)) == ("core", "22.0", "23.0")
    assert len(world.asked) <= ceil(log2(37)) + 2


def test_package_that_got_better() -> None:
    """The bad one may be the older package."""
    world = leaks_from("core", 0)
    world.answer = lambda lock: HELD if number(lock, "core") < 20 else CLEAN
    step = the_step(found(world))
    assert (step.old, step.new, step.after.verdict) == ("19.0", "20.0", CLEAN)


def test_two_packages_only_together() -> None:
    """Where it takes two packages, both are named, and no version of one alone."""
    world = leaks_from("core", 0)
    world.answer = lambda lock: HELD if number(lock, "core") > 9 and number(lock, "idna") > 9 else CLEAN
    answer = found(world)
    assert answer.steps == ()
    assert answer.notes[-1] == "not client 1.0 itself, but core and idna, only together"
    assert not answer.complete


def coupled(first: int) -> World:
    """A package that leaks since a version, and now and then needs a newer version of another one."""

    def requires(each: int) -> Mapping[str, str]:
        return {"other": f">={each // 8}.0,<{each // 8 + 1}"}

    index = {
        CLIENT: releases(3, requires=lambda _: {"core": ""}),
        "core": releases(40, requires=requires),
        "other": [Release(version=f"{each}.0", day=each) for each in range(6)],
    }
    return World(index=index, answer=lambda lock: HELD if number(lock, "core") >= first else CLEAN)


@given(st.integers(3, 39).filter(lambda first: first % 8))
def test_packages_that_only_go_together(first: int) -> None:
    """Where two packages cannot be put apart at the ends, one is searched and the other follows."""
    world = coupled(first)
    cells = [Cell(python="3.12", client=CLIENT, version="1.0", pins=pins) for pins in (("core==2.0",), ())]
    answer = found(world, replace(world.question(), cells=(), good=cells[0], bad=cells[1]))
    assert edge(the_step(answer)) == ("core", f"{first - 1}.0", f"{first}.0")
    assert the_step(answer).blame == "not client 1.0 itself, but core"


def test_package_that_brings_another_at_the_edge() -> None:
    """Where both change at once, both are named."""
    world = coupled(16)
    cells = [Cell(python="3.12", client=CLIENT, version="1.0", pins=pins) for pins in (("core==2.0",), ())]
    answer = found(world, replace(world.question(), cells=(), good=cells[0], bad=cells[1]))
    assert edge(the_step(answer)) == ("core", "15.0", "16.0")
    assert the_step(answer).blame == "not client 1.0 itself, but core, or other, which came with it"


def test_named_package_is_searched_at_once() -> None:
    """Whoever pins one package to two versions has said which one is meant."""
    world = coupled(23)
    cells = [Cell(python="3.12", client=CLIENT, version="1.0", pins=(f"core=={core}",)) for core in ("2.0", "39.0")]
    answer = found(world, replace(world.question(), cells=(), good=cells[0], bad=cells[1]))
    assert edge(the_step(answer)) == ("core", "22.0", "23.0")
    assert len(world.asked) <= ceil(log2(38)) + 2


def test_neither_goes_with_the_packages_of_the_other() -> None:
    """A release that needs just one version of its package cannot be told apart from it, and that is said."""
    index = {CLIENT: releases(20, requires=lambda each: {"core": f"=={each}.0"}), "core": releases(20)}
    world = World(index=index, answer=lambda lock: HELD if number(lock) > 7 else CLEAN)
    step = the_step(found(world))
    assert edge(step) == (CLIENT, "7.0", "8.0")
    assert step.blame == "client or a package below it, which cannot be told apart: neither goes with the other's core"


def test_package_that_only_one_of_them_brings() -> None:
    """A release that brings a new package cannot be told apart from it either."""

    def requires(each: int) -> Mapping[str, str]:
        return {"core": ""} if each > 7 else {}

    world = World(
        index={CLIENT: releases(20, requires=requires), "core": releases(1)},
        answer=lambda lock: HELD if number(lock) > 7 else CLEAN,
    )
    assert "only one of the two brings core" in the_step(found(world)).blame


def test_gaps_below() -> None:
    """Versions of the package that cannot be imported are stepped around, and named."""
    world = leaks_from("core", 23)
    world.answer = lambda lock: (
        None if number(lock, "core") in {21, 22, 23} else HELD if number(lock, "core") >= 23 else CLEAN
    )
    step = the_step(found(world))
    assert edge(step) == ("core", "20.0", "24.0")
    assert [gap.status for gap in step.gaps] == ["import error"] * 3


# What does not change, or not as expected.


def test_nothing_changes() -> None:
    """Where all is the same, that is said, after the packages of the day and a look at the middle."""
    world = leaks_from(CLIENT, 0)
    answer = found(world)
    assert (answer.steps, answer.complete) == ((), False)
    assert answer.notes == ("held at both ends, 1.0 and 40.0",)
    assert len(world.asked) <= 3 + ceil(log2(41))


def test_both_ends_count_alike() -> None:
    """Two verdicts, neither of them what was called bad: each is named."""
    world = leaks_from(CLIENT, 23)
    found_here = found(world, replace(world.question(), verdicts=frozenset({Verdict.LOOP})))
    assert found_here.notes == ("both ends count alike: clean in 1.0, held in 40.0",)


def test_bad_is_what_was_called_bad() -> None:
    """Not what comes later on the ladder: who asks where refcount ends has called gc good."""
    world = leaks_from(CLIENT, 23)
    world.answer = lambda lock: Verdict.GC if number(lock) >= 23 else Verdict.REFCOUNT
    said = text(found(world, replace(world.question(), verdicts=frozenset({Verdict.REFCOUNT}))))
    assert "first good version 23.0, ◐ gc\n  last bad version 22.0, ○ refcount" in said


def test_change_in_the_middle() -> None:
    """Bad only in the middle: both edges, though the ends agree."""
    world = leaks_from(CLIENT, 0)
    world.answer = lambda lock: HELD if 12 <= number(lock) < 30 else CLEAN
    assert [edge(step)[1:] for step in found(world).steps] == [("11.0", "12.0"), ("29.0", "30.0")]


def test_bad_one_in_the_middle_is_given() -> None:
    """A narrow one is found where a bad version is named."""
    world = leaks_from(CLIENT, 0)
    world.answer = lambda lock: HELD if 12 <= number(lock) < 14 else CLEAN
    answer = found(world, world.question(bad="13.0"))
    assert [edge(step)[1:] for step in answer.steps] == [("11.0", "12.0"), ("13.0", "14.0")]


def test_old_versions_without_a_result() -> None:
    """That nothing older gives a result is said."""
    world = leaks_from(CLIENT, 30)
    plain = world.answer
    world.answer = lambda lock: None if number(lock) < 9 else plain(lock)
    answer = found(world)
    assert edge(the_step(answer)) == (CLIENT, "29.0", "30.0")
    assert answer.notes[0].startswith("older than ")
    assert "none that was tried gives a result (1.0" in answer.notes[0]


def test_nothing_gives_a_result() -> None:
    """Where nothing runs, that is the answer."""
    world = leaks_from(CLIENT, 1)
    world.answer = lambda _: None
    assert found(world).notes == ("no version gives a result",)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("30.0", "35.0", "--good 30.0 is held"),
        ("2.0", "3.0", "--bad 3.0 is clean"),
        ("20.0", "3.0", "--good 20.0 is held"),
    ],
    ids=["good is bad", "bad is good", "exchanged"],
)
def test_ends_that_are_not_so(good: str, bad: str, said: str) -> None:
    """A version that is called good or bad and is not, is wrong usage."""
    world = leaks_from(CLIENT, 10)
    verdicts = frozenset({HELD})
    with pytest.raises(UsageError, match=said) as caught:
        found(world, world.question(good=good, bad=bad, verdicts=verdicts))
    assert "bad is: held" in caught.value.hint


def test_given_end_without_a_result() -> None:
    """A given version that gives no result is told with its reason."""
    world = leaks_from(CLIENT, 10)
    plain = world.answer
    world.answer = lambda lock: None if number(lock) == 5 else plain(lock)
    with pytest.raises(UsageError, match=r"--good 5\.0 gives no result: import error"):
        found(world, world.question(good="5.0", bad="20.0"))


def test_packages_that_are_not_so() -> None:
    """Of two environments of one version, the bad one has to be worse."""
    world = leaks_from("core", 23)
    cells = [Cell(python="3.12", client=CLIENT, version="30.0", pins=(f"core=={core}",)) for core in ("2.0", "3.0")]
    with pytest.raises(UsageError, match=r"--bad 30\.0\+core-3\.0 is clean"):
        found(world, replace(world.question(), cells=(), good=cells[0], bad=cells[1]))


# The limit.


@given(st.integers(0, 14), st.sampled_from([CLIENT, "core"]), st.sampled_from(list(Resolve)))
def test_limit(limit: int, package: str, resolve: Resolve) -> None:
    """Never more cells than allowed; what is then said is still true, and is not called complete."""
    world = leaks_from(package, 23)
    world.limit = limit
    answer = found(world, world.question(resolve=resolve))
    assert len(world.asked) <= limit
    assert len(answer.tried) == len(world.asked)
    assert answer.complete or answer.stopped
    for step in answer.steps:
        assert (step.before.verdict in answer.bad) is not (step.after.verdict in answer.bad)


def test_limit_before_whom_to_blame() -> None:
    """An edge that was found stands, though nobody could be blamed any more."""
    world = leaks_from("core", 23)
    needed = len(World(index=world.index, answer=world.answer).index[CLIENT])
    for world.limit in range(2, needed):
        world.asked.clear()
        answer = found(world, world.question(resolve=Resolve.ERA))
        if answer.steps and answer.stopped and not answer.steps[0].untried:
            assert answer.steps[0].blame == "not found out: the search was stopped before"
            assert not answer.complete
            return
    pytest.fail("there was no such limit")


def test_release_alone() -> None:
    """A single version is no row, and no trouble."""
    world = World(index={CLIENT: [Release(version="1.0", day=1)]}, answer=lambda _: GC)
    assert found(world).notes == ("gc at both ends, 1.0 and 1.0",)
