"""The order of interpreters and of versions."""

import pytest

from matrix.order import column_key, interpreter_family, interpreter_key, interpreter_title


def test_interpreters_are_ordered_by_number_and_cpython_first() -> None:
    """3.8 comes before 3.10, free-threaded after its own version, PyPy after CPython."""
    names = ["pypy3.11", "3.14t", "weird", "3.10", "3.14", "pypy3.9", "3.8", ""]
    expected = ["3.8", "3.10", "3.14", "3.14t", "pypy3.9", "pypy3.11", "", "weird"]
    assert sorted(names, key=interpreter_key) == expected


def test_versions_are_ordered_as_versions_and_then_by_pins() -> None:
    """Pre-releases, pins and ways of resolving have their place; what is no version is last."""
    columns = [
        ("2.31.0", "2.31.0+urllib3-1.26.15"),
        ("dev", "dev"),
        ("2.31.0", "2.31.0+urllib3-1.26.9"),
        ("2.4.3", "2.4.3"),
        ("2.31.0", "2.31.0@era"),
        ("2.31.0rc1", "2.31.0rc1"),
        ("2.31.0", "2.31.0"),
    ]
    ordered = [column for _version, column in sorted(columns, key=lambda pair: column_key(*pair))]
    assert ordered == [
        "2.4.3",
        "2.31.0rc1",
        "2.31.0",
        "2.31.0+urllib3-1.26.9",
        "2.31.0+urllib3-1.26.15",
        "2.31.0@era",
        "dev",
    ]


@pytest.mark.parametrize(("name", "family"), [("3.8", ""), ("3.14t", "t"), ("pypy3.11", "pypy"), ("weird", "weird")])
def test_a_family_is_what_may_be_compared(name: str, family: str) -> None:
    """Free-threaded builds and PyPy are no older or newer CPython."""
    assert interpreter_family(name) == family


@pytest.mark.parametrize(("name", "title"), [("3.14t", "Python 3.14t"), ("pypy3.11", "PyPy 3.11"), ("x", "Python x")])
def test_a_title_names_the_implementation(name: str, title: str) -> None:
    """A heading says Python or PyPy."""
    assert interpreter_title(name) == title
