"""`matrix.plan`: the product, and what a selection makes of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.config import Client, Config
from matrix.errors import UsageError
from matrix.guest.select import case_matches
from matrix.model import Cell, Resolve
from matrix.plan import cases_for, interpreters, plan, requirements_for
from matrix.releases import Release
from matrix.selection import Selection, chosen_cases, narrow, parse_cell_id, select
from matrix.versions import Bundled, Exact, LastMinors, Latest, Specifier

PIN = ("urllib3==1.26.15",)
HERE = ("3.11", "3.9", "3.10")
RELEASES = {
    "httpx": tuple(
        Release(version=version, uploaded=datetime(2024, 1, 1, tzinfo=UTC))
        for version in ("0.28.1", "0.28.0", "0.27.2", "0.27.0", "0.9.0")
    ),
    "requests": (Release(version="2.34.2"),),
}
CONFIG = Config(
    python=("3.9", "3.11"),
    clients={
        "requests": Client(versions=(Exact(version="2.31.0", pins=PIN), Exact(version="2.25.1"), Latest())),
        "httpx": Client(versions=(Exact(version="0.21.3"), LastMinors(count=2))),
    },
)


def only(**settings: object) -> Config:
    """A configuration of httpx alone."""
    return Config(python=("3.9",), clients={"httpx": Client(**settings)})  # type: ignore[arg-type]


def ids(config: Config = CONFIG, pythons: tuple[str, ...] = HERE) -> list[str]:
    return [cell.id for cell in plan(config, RELEASES, pythons)]


def selected(selection: Selection, config: Config = CONFIG) -> list[str]:
    """The whole way that the pipeline goes."""
    narrowed = narrow(config, selection, HERE)
    cells = plan(narrowed, RELEASES, HERE)
    return [cell.id for cell in select(cells, selection, RELEASES, list(CONFIG.clients))]


def test_product_is_in_order() -> None:
    """Interpreters ascend, then clients, then versions; as versions, not as text."""
    assert ids() == [
        f"py{python}-{column}"
        for python in ("3.9", "3.11")
        for column in (
            "httpx-0.21.3",
            "httpx-0.27.2",
            "httpx-0.28.1",
            "requests-2.25.1",
            "requests-2.31.0+urllib3-1.26.15",
            "requests-2.34.2",
        )
    ]


@pytest.mark.parametrize(
    ("request_", "versions"),
    [
        pytest.param(Exact(version="0.1"), ["0.1"], id="exact, unknown to the index"),
        pytest.param(Exact(version="0.9"), ["0.9.0"], id="exact, as the index spells it"),
        pytest.param(Latest(), ["0.28.1"], id="latest"),
        pytest.param(Specifier(spec=">=0.27,<0.28.1"), ["0.27.0", "0.27.2", "0.28.0"], id="range"),
        pytest.param(LastMinors(count=2), ["0.27.2", "0.28.1"], id="minors"),
        pytest.param(LastMinors(count=9), ["0.9.0", "0.27.2", "0.28.1"], id="fewer minors"),
    ],
)
def test_request_becomes_versions(request_: object, versions: list[str]) -> None:
    """Each kind of request stands for these of the known releases."""
    cells = plan(only(versions=(request_,)), RELEASES, HERE)
    assert [cell.version for cell in cells] == versions


def test_pre_release_is_not_latest() -> None:
    """A pre-release that another request asked for is not the newest release."""
    config = only(versions=(Latest(), LastMinors(count=1), Specifier(spec=">=1.0.dev1")))
    releases = {"httpx": (Release(version="1.0.dev2"), *RELEASES["httpx"])}
    assert [cell.version for cell in plan(config, releases, HERE)] == ["0.28.1", "1.0.dev2"]


def test_duplicates_are_planned_once() -> None:
    """A version that several requests mean, or is spelled twice, is one cell."""
    config = only(
        versions=(
            Exact(version="0.28.1"),
            Latest(),
            Exact(version="0.21"),
            Exact(version="0.21.0"),
        ),
        python=("3.9", "3.9"),
    )
    assert ids(config) == ["py3.9-httpx-0.21", "py3.9-httpx-0.28.1"]


def test_both_ways_of_resolving() -> None:
    """`era` is a cell of its own, after `newest`."""
    config = only(versions=(Latest(),), resolve=(Resolve.ERA, Resolve.NEWEST))
    assert ids(config) == ["py3.9-httpx-0.28.1", "py3.9-httpx-0.28.1@era"]


def test_interpreters_that_can_be_had() -> None:
    """Without a list, those that can be had are planned, in order."""
    config = Config(clients={"httpx": Client(versions=(Latest(),))})
    assert interpreters(config, ("pypy3.11", "3.14t", "3.8", "3.14", "3.10")) == (
        "3.8",
        "3.10",
        "3.14",
        "3.14t",
        "pypy3.11",
    )


def test_interpreter_that_cannot_be_had_is_planned() -> None:
    """A listed interpreter is not left out silently."""
    assert ids(only(versions=(Latest(),)), pythons=()) == ["py3.9-httpx-0.28.1"]


def test_client_with_its_own_interpreters() -> None:
    """What a client says is stronger than what is said for all."""
    assert ids(only(versions=(Latest(),), python=("3.12",))) == ["py3.12-httpx-0.28.1"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("3.*",), ["3.9", "3.10", "3.14"]),
        (("pypy*",), ["pypy3.11"]),
        (("3.9", "3.1*", "3.9"), ["3.9", "3.10", "3.14"]),
        (("3.8", "pypy*"), ["3.8", "pypy3.11"]),
        (("*",), ["3.9", "3.10", "3.14", "pypy3.11"]),
    ],
)
def test_pattern_of_interpreters(asked: tuple[str, ...], expected: list[str]) -> None:
    """A pattern means those that can be had; a name is planned, had or not."""
    cells = plan(only(versions=(Latest(),), python=asked), RELEASES, ("3.9", "3.10", "3.14", "pypy3.11"))
    assert [cell.python for cell in cells] == expected


BUNDLED = Config(python=("3.9", "3.11"), clients={"http-client": Client(versions=(Bundled(),), beside=("h2",))})


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(versions=("latest",)),
        Selection(cells=("py3.9-http-client-3.9", "py3.11-http-client-3.11")),
    ],
    ids=["all", "latest", "whole ids"],
)
def test_what_comes_with_the_interpreter(selection: Selection) -> None:
    """Its version is the interpreter's, the only and so the latest one, and nobody is asked for it."""
    narrowed = narrow(BUNDLED, selection, HERE)
    assert narrowed.clients["http-client"].versions == (Bundled(),)
    cells = select(plan(narrowed, {}, HERE), selection, {}, ["http-client"])
    assert [cell.id for cell in cells] == ["py3.9-http-client-3.9", "py3.11-http-client-3.11"]
    assert requirements_for(narrowed, cells[0]) == ("h2",)


def test_requirements_of_a_cell() -> None:
    """The client's version, its pins, and what is installed beside it."""
    config = only(versions=(Exact(version="0.21.3", pins=PIN),), beside=("h2>=3",))
    (cell,) = plan(config, {}, HERE)
    assert requirements_for(config, cell) == ("httpx==0.21.3", "urllib3==1.26.15", "h2>=3")


def test_cases_of_a_client() -> None:
    """A client's own cases, else everybody's; also for a client that is not configured."""
    config = only(versions=(Latest(),), cases=("pool*",))
    assert [cases_for(config, name) for name in ("httpx", "niquests")] == [("pool*",), ("*",)]


SELECTIONS = {
    "nothing means everything": (Selection(), ids()),
    "cell glob": (
        Selection(cells=("py3.9-httpx-0.2?.*",)),
        ["py3.9-httpx-0.21.3", "py3.9-httpx-0.27.2", "py3.9-httpx-0.28.1"],
    ),
    "or within an option": (
        Selection(cells=("*-0.21.3", "py3.9-requests-2.2*")),
        ["py3.9-httpx-0.21.3", "py3.9-requests-2.25.1", "py3.11-httpx-0.21.3"],
    ),
    "and between options": (
        Selection(pythons=("3.9",), clients=("http?",), versions=("0.27.*",)),
        ["py3.9-httpx-0.27.2"],
    ),
    "latest": (
        Selection(pythons=("3.9",), versions=("latest",)),
        ["py3.9-httpx-0.28.1", "py3.9-requests-2.34.2"],
    ),
    "exact version of any client": (
        Selection(pythons=("3.9",), versions=("0.27.2",)),
        ["py3.9-httpx-0.27.2"],
    ),
    "version with its pins": (
        Selection(pythons=("3.9",), versions=("2.31.0",)),
        ["py3.9-requests-2.31.0+urllib3-1.26.15"],
    ),
    "column": (
        Selection(pythons=("3.9",), versions=("2.31.0+urllib3-1.26.15",)),
        ["py3.9-requests-2.31.0+urllib3-1.26.15"],
    ),
    "version spelled otherwise": (
        Selection(pythons=("3.9",), versions=("2.31",)),
        ["py3.9-requests-2.31.0+urllib3-1.26.15"],
    ),
    "version that is not configured": (
        Selection(pythons=("3.9",), clients=("httpx",), versions=("0.25.2",)),
        ["py3.9-httpx-0.25.2"],
    ),
    "column that is not configured": (
        Selection(pythons=("3.9",), clients=("httpx",), versions=("0.21.3+httpcore-0.14.5",)),
        ["py3.9-httpx-0.21.3+httpcore-0.14.5"],
    ),
    "interpreter that is not configured": (
        Selection(pythons=("3.10",), versions=("0.21.3",)),
        ["py3.10-httpx-0.21.3"],
    ),
    "whole id that is not configured": (
        Selection(cells=("py3.14t-httpx-0.21.3+httpcore-0.14.5@era",)),
        ["py3.14t-httpx-0.21.3+httpcore-0.14.5@era"],
    ),
    "whole id and glob": (
        Selection(cells=("py3.8-httpx-0.1", "*3.9*-0.21.3")),
        ["py3.8-httpx-0.1", "py3.9-httpx-0.21.3"],
    ),
}


@pytest.mark.parametrize(("selection", "expected"), SELECTIONS.values(), ids=SELECTIONS)
def test_selection(selection: Selection, expected: list[str]) -> None:
    """A selection leaves, or adds, exactly these cells."""
    assert selected(selection) == expected


NOTHING = {
    "cell": (Selection(cells=("py3.9-htpx-0.21.3",)), '--cell "py3.9-htpx-0.21.3"', "httpx-0.21.3"),
    "client": (Selection(clients=("htpx",)), '--client "htpx"', "httpx"),
    "one of two": (Selection(clients=("httpx", "nosuch")), '--client "nosuch"', "httpx"),
    "python": (Selection(pythons=("3.12",)), '--python "3.12"', "3.11"),
    "version": (Selection(versions=("0.27.3",)), '--version "0.27.3"', "0.27.2"),
    "between options": (
        Selection(clients=("httpx",), versions=("2.*",)),
        '--version "2.*"',
        "0.21.3",
    ),
    "not this cell": (
        Selection(cells=("py3.9-httpx-0.21.3",), clients=("requests",)),
        '--client "requests"',
        "httpx",
    ),
}


@pytest.mark.parametrize(("selection", "says", "first"), NOTHING.values(), ids=NOTHING)
def test_selector_that_matches_nothing(selection: Selection, says: str, first: str) -> None:
    """The error names the selector, and what there was with the nearest first."""
    with pytest.raises(UsageError) as caught:
        selected(selection)
    assert caught.value.message == f"{says} matches nothing"
    assert caught.value.hint.removeprefix("there is: ").split(", ")[0].endswith(first)


@pytest.mark.parametrize(
    ("selection", "says", "hint"),
    [
        (
            Selection(cells=("py3.9-httpx-0.21.3",), versions=("latest",)),
            "--cell py3.9-httpx-0.21.3 names its version already",
            "write --python 3.9 --client httpx --version latest",
        ),
        (Selection(cells=("py3.9-urllib-9.9",)), "there is no py3.9-urllib-9.9: ", "write py3.9-urllib-3.9"),
    ],
    ids=["a whole id and the newest", "a version that no interpreter has"],
)
def test_whole_id_that_is_no_cell(selection: Selection, says: str, hint: str) -> None:
    """It is said, instead of measuring another version than the one that was asked for."""
    config = replace(CONFIG, clients={**CONFIG.clients, "urllib": Client(versions=(Bundled(),))})
    with pytest.raises(UsageError) as caught:
        narrow(config, selection, HERE)
    assert caught.value.message.startswith(says)
    assert caught.value.hint == hint


def test_list_of_what_there_was_is_short() -> None:
    """A long list is cut, and says so."""
    with pytest.raises(UsageError) as caught:
        selected(Selection(cells=("zzz",)))
    assert caught.value.hint.endswith(" and 4 more")


@pytest.mark.parametrize(
    ("selection", "requests"),
    [
        pytest.param(
            Selection(clients=("httpx",), versions=("0.25.2",)),
            (Exact(version="0.21.3"), Exact(version="0.25.2")),
            id="exact version",
        ),
        pytest.param(Selection(versions=("latest",)), (Latest(),), id="latest"),
        pytest.param(Selection(cells=("py3.9-httpx-0.25.2",)), (), id="whole id"),
        pytest.param(
            Selection(versions=("0.2*",)),
            (Exact(version="0.21.3"), LastMinors(count=2)),
            id="glob",
        ),
    ],
)
def test_selection_spares_look_ups(selection: Selection, requests: tuple[object, ...]) -> None:
    """Only what the selection may mean is asked for."""
    assert narrow(CONFIG, selection, HERE).clients["httpx"].versions == requests


def test_version_within_a_configured_range() -> None:
    """A range is not looked up for one version in it, and lends it its pins."""
    config = only(versions=(Specifier(spec=">=0.20", pins=("h11==0.9",)), Specifier(spec="<0.1")))
    narrowed = narrow(config, Selection(versions=("0.25.2",)), HERE)
    assert narrowed.clients["httpx"].versions == (Exact(version="0.25.2", pins=("h11==0.9",)),)


def test_interpreters_of_each_client_are_narrowed() -> None:
    """A client that lacks the chosen interpreter in its own list stays without."""
    clients = {**CONFIG.clients, "httpx": Client(versions=(Latest(),), python=("3.9",))}
    narrowed = narrow(Config(python=CONFIG.python, clients=clients), Selection(pythons=("3.11",)), HERE)
    assert [narrowed.clients[name].python for name in ("requests", "httpx")] == [("3.11",), ()]


def test_cases_are_passed_through() -> None:
    """Selected cases stand for every client."""
    config = only(versions=(Latest(),), cases=("pool*",))
    narrowed = narrow(config, Selection(cases=("session[left_open]",)), HERE)
    assert cases_for(narrowed, "httpx") == ("session[left_open]",)


NAMES = ("http", "http-2", "http-2-x", "py3.9", "x")
numbers = st.integers(0, 40)
versions = st.builds(
    "{}{}.{}{}{}".format,
    st.sampled_from(("", "", "1!")),
    numbers,
    numbers,
    st.sampled_from(("", "", "a1", "rc2", ".post3", ".dev4")),
    st.sampled_from(("", "", "+cu12", "+a.1")),
)
pins = st.builds("{}=={}".format, st.sampled_from(("h11", "typing-extensions", "a-1")), versions)
cells = st.builds(
    Cell,
    python=st.sampled_from(("3.8", "3.15", "3.14t", "pypy3.11")),
    client=st.sampled_from([name for name in NAMES if "." not in name]),
    version=versions,
    pins=st.lists(pins, max_size=3).map(tuple),
    resolve=st.sampled_from(Resolve),
)


@given(cells)
def test_cell_id_round_trip(cell: Cell) -> None:
    """Every id of every cell is read back as that cell."""
    assert parse_cell_id(cell.id, NAMES) == cell


@given(st.text("py3.9-htx+@era=0!1", max_size=40) | st.text())
def test_cell_id_is_read_only_as_written(text: str) -> None:
    """Whatever is read as a cell has this very id; nothing else breaks it."""
    cell = parse_cell_id(text, NAMES)
    assert cell is None or cell.id == text


@pytest.mark.parametrize(
    "text",
    [
        "py3.7-x-1.0",
        "3.9-x-1.0",
        "py3.9-y-1.0",
        "py3.9-x-1.0@newest",
        "py3.9-x-1.0@",
        "py3.9-x-v1.0",
        "py3.9-x-1.0+Pin-1",
        "py3.9-x-*",
        "py3.9-x-",
    ],
)
def test_not_a_cell_id(text: str) -> None:
    """What no cell has as its id is not read as one."""
    assert parse_cell_id(text, NAMES) is None


@pytest.mark.parametrize(
    ("glob", "case", "expected"),
    [
        ("session[left_open]", "session[left_open]", True),
        ("session[left_open]", "sessionl", False),
        ("session[*]", "session[left_open]", True),
        ("session*", "session[left_open]", True),
        ("session", "session[left_open]", False),
        ("*[left_????]", "session[left_open]", True),
        ("a.c", "abc", False),
        ("a*", "b", False),
        ("what?", "what?", True),
        ("*", "", True),
    ],
)
def test_case_glob(glob: str, case: str, expected: bool) -> None:
    """Brackets stand for themselves; only * and ? are wild; an equal id always fits."""
    assert case_matches(glob, case) is expected


@pytest.mark.parametrize("python", ["3.12", "3.14t", "pypy3.11"])
def test_interpreter_in_a_cell_id(python: str) -> None:
    """Each kind of interpreter has an id that is read back as it was."""
    cell = Cell(python=python, client="httpx", version="0.28.1")
    assert parse_cell_id(cell.id, ["httpx"]) == cell
    assert cell.id == f"{python if python.startswith('pypy') else f'py{python}'}-httpx-0.28.1"


def test_free_threaded_build_is_planned_where_it_cannot_be_had() -> None:
    """What the configuration names is planned, and shown as not run: a hole in the table is a result."""
    config = Config(python=("3.11", "3.14t"), clients={"httpx": Client(versions=(Latest(),))})
    assert [cell.id for cell in plan(config, RELEASES, HERE)] == ["py3.11-httpx-0.28.1", "py3.14t-httpx-0.28.1"]


@pytest.mark.parametrize(
    ("globs", "selectors", "left"),
    [
        (("a[x]", "b*"), (), ("a[x]", "b*")),
        (("a[x]", "a[y]"), ("a*",), ("a[x]", "a[y]")),
        (("b*",), ("b[x]", "c"), ("b[x]",)),
        (("a[x]",), ("c",), ()),
    ],
)
def test_chosen_cases(globs: tuple[str, ...], selectors: tuple[str, ...], left: tuple[str, ...]) -> None:
    """Of globs, those that a selector means; of what a glob means, what a selector names."""
    assert chosen_cases(globs, selectors) == left
