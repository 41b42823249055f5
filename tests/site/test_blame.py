"""Whether a verdict follows a package that the client depends on."""

from collections.abc import Mapping

import pytest

from matrix.model import Verdict
from matrix.site.blame import Blame, Sight, blame
from matrix.site.ranges import State

CLEAN = State(verdict=Verdict.CLEAN)
HELD = State(verdict=Verdict.HELD, kinds=frozenset({"pool slot"}))


def sight(state: State, interpreter: str = "3.12", **resolved: str) -> Sight:
    """One answer and its lock."""
    named: Mapping[str, str] = {name.replace("_", "-"): version for name, version in resolved.items()}
    return Sight(interpreter=interpreter, state=state, resolved=named)


def test_the_package_is_found() -> None:
    """The same httpx leaks with one httpcore and not with the next: httpcore it is."""
    found = blame(
        "httpx",
        [
            sight(HELD, httpx="0.26.0", httpcore="1.0.2", h11="0.14.0"),
            sight(CLEAN, httpx="0.26.0", httpcore="1.0.3", h11="0.14.0"),
            sight(CLEAN, httpx="0.28.1", httpcore="1.0.9", h11="0.16.0"),
        ],
    )
    assert found is not None
    assert (found.packages, found.proven) == (("httpcore",), True)
    assert found.text == (
        "follows the version of httpcore, not that of httpx itself: httpcore leaks a pool slot ≤ 1.0.2, fixed in 1.0.3"
    )


def test_packages_that_changed_together_are_all_named() -> None:
    """Which of them it is, these cells cannot tell."""
    found = blame(
        "httpx",
        [
            sight(HELD, httpx="0.26.0", httpcore="1.0.2", h11="0.13.0"),
            sight(CLEAN, httpx="0.26.0", httpcore="1.0.3", h11="0.14.0"),
        ],
    )
    assert found is not None
    assert found.packages == ("h11", "httpcore")
    assert "which changed together, or one of them" in found.text


@pytest.mark.parametrize(
    "sights",
    [
        pytest.param(
            [sight(HELD, httpx="1", httpcore="1"), sight(CLEAN, httpx="2", httpcore="2")],
            id="the client itself may decide",
        ),
        pytest.param([sight(HELD, httpx="1", httpcore="1")] * 2, id="nothing changes"),
        pytest.param(
            [sight(HELD, "3.9", httpx="1", httpcore="1"), sight(CLEAN, "3.12", httpx="1", httpcore="2")],
            id="the interpreter may decide",
        ),
        pytest.param(
            [sight(HELD, httpx="1", httpcore="1"), sight(CLEAN, httpx="1", httpcore="1")],
            id="nothing in the lock decides",
        ),
        pytest.param([], id="no answer"),
    ],
)
def test_nobody_is_blamed_without_proof(sights: list[Sight]) -> None:
    """Where the client, the interpreter or nothing in the lock may be what decides."""
    assert blame("httpx", sights) is None


def test_the_simpler_story_is_likely_but_not_proven() -> None:
    """Requests would have to break, mend and break again; urllib3 breaks once."""
    found = blame(
        "requests",
        [
            sight(HELD, requests="2.25.1", urllib3="1.26.20", idna="2.10"),
            sight(CLEAN, requests="2.31.0", urllib3="1.26.15", idna="3.15"),
            sight(HELD, requests="2.34.2", urllib3="2.8.0", idna="3.15"),
        ],
    )
    assert found is not None
    assert (found.packages, found.proven) == (("urllib3",), False)
    assert found.text.startswith("seems to follow the version of urllib3")


def test_each_interpreter_may_prove_it() -> None:
    """Where interpreters matter too, the package has to decide on each by itself."""
    found = blame(
        "requests",
        [
            sight(HELD, "3.9", requests="2.31.0", urllib3="1.26.16"),
            sight(CLEAN, "3.9", requests="2.31.0", urllib3="1.26.15"),
            sight(CLEAN, "3.12", requests="2.31.0", urllib3="1.26.16"),
            sight(CLEAN, "3.12", requests="2.31.0", urllib3="1.26.15"),
        ],
    )
    assert isinstance(found, Blame)
    assert found.packages == ("urllib3",)
