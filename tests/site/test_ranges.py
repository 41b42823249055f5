"""Ranges, computed from cells: the shapes that upstream's histories have."""

from collections.abc import Callable

import pytest

from matrix.model import CaseRecord, CellRecord, Contract, Report, Verdict
from matrix.site.book import Book, book_of
from matrix.site.ranges import follow, in_order

Told = Callable[..., Book]
CLEAN, LATE, REFCOUNT, GC, HELD = Verdict.CLEAN, Verdict.LATE, Verdict.REFCOUNT, Verdict.GC, Verdict.HELD


def sentences(book: Book) -> list[tuple[str, tuple[str, ...]]]:
    """Each story of the only case: its sentence and its interpreters."""
    (client,) = book.clients.values()
    (stories,) = client.stories.values()
    return [(story.text, story.interpreters) for story in stories]


def history(bad: str, good: str, verdict: Verdict = HELD) -> dict[str, Verdict]:
    """Versions that were seen to leak, and versions that were not."""
    return dict.fromkeys(bad.split(), verdict) | dict.fromkeys(good.split(), CLEAN)


@pytest.mark.parametrize(
    ("bad", "good", "expected"),
    [
        pytest.param("1.0.2", "1.0.3 1.0.5", "leaks a socket ≤ 1.0.2, fixed in 1.0.3", id="fixed"),
        pytest.param(
            "0.18.2 0.23.3",
            "0.25.2",
            "leaks a socket ≤ 0.23.3, fixed in 0.25.2 (not tested in between)",
            id="fixed, with a gap",
        ),
        pytest.param(
            "1.26.16 2.0.0 2.5.0", "1.26.15", "clean ≤ 1.26.15, leaks a socket since 1.26.16", id="newer is worse"
        ),
        pytest.param(
            "0.18.0 0.20.0 0.22.0",
            "0.17.1 0.23.0 0.28.1",
            "clean ≤ 0.17.1, leaks a socket in 0.18.0 to 0.22.0 (not tested in between), "
            "fixed in 0.23.0 (not tested in between)",
            id="broken and mended",
        ),
        pytest.param(
            "0.15.0",
            "0.14.3 0.15.1",
            "clean ≤ 0.14.3, leaks a socket in 0.15.0 (not tested in between), fixed in 0.15.1",
            id="one version",
        ),
        pytest.param("1.9 1.10", "", "leaks a socket in both versions tested", id="always"),
        pytest.param("1.0", "", "leaks a socket in 1.0, the only version tested", id="once"),
        pytest.param("", "1.0 1.1 1.2", "clean in all 3 versions tested", id="never"),
    ],
)  # fmt: skip
def test_sentences(told: Told, bad: str, good: str, expected: str) -> None:
    """One sentence tells where it is broken and where it is not."""
    assert sentences(told({"3.12": history(bad, good)})) == [(expected, ("3.12",))]


def test_a_hazard_is_not_fixed(told: Told) -> None:
    """Nobody promised anything: it is clean, or costs something else."""
    book = told({"3.12": {"0.21.3": REFCOUNT, "0.23.3": GC, "0.24.0": CLEAN}}, contract=Contract.HAZARD)
    assert sentences(book) == [
        (
            (
                "keeps a socket until the last reference is dropped ≤ 0.21.3, "
                "leaves a socket to the garbage collector in 0.23.3 (not tested in between), "
                "clean since 0.24.0 (not tested in between)"
            ),
            ("3.12",),
        )
    ]


def test_late_is_as_good_as_clean(told: Told) -> None:
    """Whether the client needed a moment is no edge between versions."""
    assert sentences(told({"3.12": {"1.0": CLEAN, "1.1": LATE}})) == [("clean in both versions tested", ("3.12",))]


def test_versions_without_a_result_are_named(told: Told) -> None:
    """What was tried in vain belongs to neither side."""
    book = told({"3.12": {"1.0": HELD, "1.1": None, "1.2": CLEAN}})
    assert sentences(book) == [("leaks a socket ≤ 1.0, fixed in 1.2 (no result in between: 1.1)", ("3.12",))]


def test_interpreters_that_agree_share_a_story(told: Told) -> None:
    """An old version that cannot be had on a new interpreter does not part the two."""
    book = told({"3.8": {"1.0.0": HELD, "1.0.1": CLEAN}, "3.13": {"1.0.1": CLEAN, "1.0.2": CLEAN}})
    assert sentences(book) == [("leaks a socket ≤ 1.0.0, fixed in 1.0.1", ("3.8", "3.13"))]


def test_interpreters_that_contradict_are_told_apart(told: Told) -> None:
    """The proxy that answers 407 leaks on old interpreters only, in old versions only."""
    old, new = history("1.26.20 2.2.2", "2.2.3 2.5.0"), history("", "1.26.20 2.2.2 2.2.3 2.5.0")
    book = told({"3.9": old, "3.10": old, "3.11": new, "3.12": new}, client="urllib3")
    assert sentences(book) == [
        ("leaks a socket ≤ 2.2.2, fixed in 2.2.3", ("3.9", "3.10")),
        ("clean in all 4 versions tested", ("3.11", "3.12")),
    ]


def test_interpreters_without_a_common_version_are_not_joined(told: Told) -> None:
    """That they do not contradict each other is not enough: nothing was compared."""
    book = told({"3.8": {"1.0": HELD}, "3.13": {"1.1": CLEAN}})
    assert [interpreters for _text, interpreters in sentences(book)] == [("3.8",), ("3.13",)]


def test_kinds_have_ranges_of_their_own(
    a_cell: Callable[..., CellRecord], a_case: Callable[..., CaseRecord], a_report: Callable[..., Report]
) -> None:
    """A slot that leaks where no descriptor does is another answer."""
    cells = [a_cell(version=version) for version in ("1.0.0", "1.0.1", "1.0.2")]
    kinds = [{"socket": HELD, "pool slot": HELD}, {"socket": HELD, "thread": GC}, {}]
    cases = [a_case(cell, verdict=HELD if kind else CLEAN, kinds=kind) for cell, kind in zip(cells, kinds, strict=True)]
    assert sentences(book_of(a_report(*cells, *cases))) == [
        ("leaks a pool slot and a socket ≤ 1.0.0, leaks a socket in 1.0.1, fixed in 1.0.2", ("3.12",))
    ]


def test_what_comes_with_the_interpreter_has_its_history(told: Told) -> None:
    """There the interpreter's versions are the client's: a dropped writer leaks up to 3.10."""
    book = told(
        {"3.9": {"3.9": HELD}, "3.10": {"3.10": HELD}, "3.11": {"3.11": CLEAN}, "pypy3.11": {"3.11": HELD}},
        client="asyncio",
    )
    assert sentences(book) == [
        ("leaks a socket ≤ 3.10, fixed in 3.11", ("3.9", "3.10", "3.11")),
        ("leaks a socket in 3.11, the only version tested", ("pypy3.11",)),
    ]


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        ("1.0.2", "1.0.3", True),
        ("1.0.2", "1.0.4", False),
        ("1.0.9", "1.1.0", False),
        ("1.26.15", "1.26.16", True),
        ("1.0", "1.0.1", False),
        ("2.0a1", "2.0", False),
        ("1.0.post1", "1.1", False),
        ("13.0", "13.1", False),
        ("25", "26", False),
        ("no version", "1.0", False),
    ],
)
def test_follow(older: str, newer: str, *, expected: bool) -> None:
    """Only the last of three numbers tells that nothing was released in between: 13.0.1 was, after 13.0."""
    assert follow(older, newer) is expected


def test_follow_of_python() -> None:
    """Between two of its language versions there is none."""
    assert follow("3.10", "3.11", of_python=True)
    assert not follow("3.10", "3.12", of_python=True)


def test_versions_are_in_order_of_release() -> None:
    """As numbers, with what is no version at the end."""
    assert in_order(["1.10", "1.9", "x", "1.10a1"]) == ["1.9", "1.10a1", "1.10", "x"]
