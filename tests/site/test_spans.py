"""Several interpreters or versions in few words."""

import pytest

from matrix.site.spans import interpreters_in_words, versions_in_words

ALL = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.13t", "pypy3.11")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (ALL, "all 8 interpreters"),
        (("3.8",), "3.8"),
        (("3.8", "3.9"), "3.8 and 3.9"),
        (("3.8", "3.9", "3.10"), "3.8 to 3.10"),
        (("3.8", "3.10", "3.11", "3.12"), "3.8 and 3.10 to 3.12"),
        (("3.12", "3.13", "3.13t", "pypy3.11"), "3.12, 3.13, 3.13t and pypy3.11"),
        ((), ""),
    ],
)
def test_interpreters(names: tuple[str, ...], expected: str) -> None:
    """Neighbours of one family are joined, and nothing else."""
    assert interpreters_in_words(names, ALL) == expected


def test_versions() -> None:
    """A version that was tested and is not among them parts a range."""
    among = ("1.0", "1.1", "1.2", "1.3", "1.4")
    assert versions_in_words(("1.0", "1.1", "1.2", "1.4"), among) == "1.0 to 1.2 and 1.4"
    assert versions_in_words(among, among) == "all 5 versions"


def test_a_single_one_is_named() -> None:
    """“All 1” would be silly."""
    assert interpreters_in_words(("3.12",), ("3.12",)) == "3.12"
