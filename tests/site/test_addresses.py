"""Addresses: safe, never shared, and the same for ever."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.site import addresses

NAMES = st.text(max_size=40)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (addresses.cell_page("py3.12-httpx-0.27.2"), "cells/py3.12-httpx-0.27.2.html"),
        (
            addresses.cell_page("py3.9-httpx-0.21.3+httpcore-0.14.5@era"),
            "cells/py3.9-httpx-0.21.3+httpcore-0.14.5@era.html",
        ),
        (addresses.cell_data("py3.12-httpx-0.27.2"), "cells/py3.12-httpx-0.27.2.jsonl"),
        (
            addresses.answer("py3.12-httpx-0.27.2", "session[left_open]"),
            "cells/py3.12-httpx-0.27.2.html#session.left_open",
        ),
        (addresses.answer("py3.12-x-1", "plain_case"), "cells/py3.12-x-1.html#plain_case"),
        (addresses.answer("py3.12-x-1", "case[0.5-a b]"), "cells/py3.12-x-1.html#case.0~2e~5-a~20~b"),
        (addresses.case_page("session[left_open]"), "cases/session.left_open.html"),
        (addresses.client_page("http.client"), "clients/http.client.html"),
        (addresses.matrix_page("3.14t"), "matrix/3.14t.html"),
        (addresses.matrix_page("pypy3.11"), "matrix/pypy3.11.html"),
        (addresses.badge("httpx"), "badges/httpx.json"),
    ],
)
def test_addresses_stay(address: str, expected: str) -> None:
    """Others refer to these: a change here breaks their links."""
    assert address == expected


@given(NAMES)
def test_a_file_is_where_it_belongs(name: str) -> None:
    """No name leads out of its folder, or to a file that cannot be made, or is hidden."""
    file = addresses.cell_page(name)
    assert re.fullmatch(r"cells/[A-Za-z0-9+@_~-][A-Za-z0-9.+@_~-]*\.html", file)
    assert len(file) < 200


@pytest.mark.parametrize("make", [addresses.file_name, addresses.fragment])
@given(left=NAMES, right=NAMES)
def test_no_address_is_shared(make: Callable[[str], str], left: str, right: str) -> None:
    """Two names are two addresses."""
    assert (left == right) == (make(left) == make(right))


@pytest.mark.parametrize(
    "names", [("a[b]", "a.b", "a[b", "a~5b~b", "a[b]]"), ("a.b", "a~2e~b", "a b"), ("x" * 200, "x" * 201)]
)
def test_like_names_are_told_apart(names: tuple[str, ...]) -> None:
    """What looks like the code of another name is coded itself; so is the tail of a long one."""
    assert len({addresses.case_page(name) for name in names}) == len(names)
    assert len({addresses.cell_page(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("address", "page", "expected"),
    [
        ("cells/a.html#b", "cells/a.html", "#b"),
        ("cells/a.html#b", "clients/c.html", "../cells/a.html#b"),
        ("cells/a.html", "cells/b.html", "a.html"),
        ("index.html", "cells/a.html", "../index.html"),
        ("cells/a.html", "index.html", "cells/a.html"),
    ],
)
def test_links_are_relative(address: str, page: str, expected: str) -> None:
    """The site works from any folder, and from a file URL."""
    assert addresses.relative(address, page) == expected
