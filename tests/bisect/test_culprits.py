"""`matrix.bisect.culprits`: the package that decides, among those that differ."""

from math import ceil, log2

from hypothesis import given
from hypothesis import strategies as st

from matrix.bisect.culprits import Asks, culprits

NAMES = [f"package{number}" for number in range(12)]


def counting(ask: Asks) -> tuple[Asks, list[frozenset[str]]]:
    """The same, and the different questions so far."""
    asked: list[frozenset[str]] = []

    def counted(bad: frozenset[str]) -> bool | None:
        if bad not in asked:
            asked.append(bad)
        return ask(bad)

    return counted, asked


@given(st.integers(1, 12), st.data())
def test_one_culprit(count: int, data: st.DataObject) -> None:
    """One package that decides is found in log2 n questions, and one to check."""
    packages = NAMES[:count]
    culprit = data.draw(st.sampled_from(packages))
    ask, asked = counting(lambda bad: culprit in bad)
    found = culprits(packages, ask)
    assert (found.packages, found.checked) == ((culprit,), True)
    assert len(asked) <= ceil(log2(count)) + 1


@given(st.integers(2, 12), st.data())
def test_several_together(count: int, data: st.DataObject) -> None:
    """Where it takes several together, just these are found."""
    packages = NAMES[:count]
    needed = frozenset(data.draw(st.sets(st.sampled_from(packages), min_size=2)))
    ask, _ = counting(needed.issubset)
    assert set(culprits(packages, ask).packages) == needed


@given(st.integers(3, 12), st.data())
def test_packages_that_only_go_together(count: int, data: st.DataObject) -> None:
    """Two that do not go with each other's older version are no trouble, as long as some question has an answer."""
    packages = NAMES[:count]
    pair = set(data.draw(st.permutations(packages))[:2])
    culprit = data.draw(st.sampled_from([name for name in packages if name not in pair]))

    def ask(bad: frozenset[str]) -> bool | None:
        return None if len(pair & bad) == 1 else culprit in bad

    found = culprits(packages, ask)
    assert culprit in found.packages
    assert (found.packages, found.checked) == ((culprit,), True)


def test_nothing_goes_together() -> None:
    """Where no question has an answer, all of them are left, and that is not called checked."""
    found = culprits(NAMES, lambda _: None)
    assert (found.packages, found.checked) == (tuple(NAMES), False)


def test_the_pair_itself() -> None:
    """Where two only go together and one of them decides, the two are named, and that it may be one is not denied."""
    found = culprits(["a", "b", "c", "d"], lambda bad: None if len({"a", "b"} & bad) == 1 else "a" in bad)
    assert (found.packages, found.checked) == (("a", "b"), False)
