"""`matrix.sandbox.choose`: which sandbox, and the sentence that says why."""

import gc

import pytest

from matrix.errors import EnvironmentLacks
from matrix.sandbox.choose import choose


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine is named, and nobody is there."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")


@pytest.mark.usefixtures("no_engine")
def test_processes() -> None:
    """What is asked for is taken."""
    sandbox, why = choose("process")
    assert (sandbox.name, why) == ("process", "asked for")


@pytest.mark.usefixtures("no_engine")
def test_docker_without_engine() -> None:
    """Docker that is asked for is never replaced."""
    with pytest.raises(EnvironmentLacks, match="no Docker engine answers") as caught:
        choose("docker")
    assert "--sandbox process" in caught.value.hint


@pytest.mark.usefixtures("no_engine")
def test_falling_back() -> None:
    """Without a word it falls back to processes, and says what that means and why."""
    sandbox, why = choose("auto")
    assert sandbox.name == "process"
    assert why.startswith("NOT ISOLATED, for no Docker engine answers at tcp://127.0.0.1:1: ")
    assert "\n" not in why


@pytest.mark.parametrize(
    "host", ["nonsense://x", "unix:///nowhere/docker.sock", "tcp://"], ids=["scheme", "socket", "empty"]
)
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # the SDK's, where it cannot connect
def test_wrong_engine(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is named wrongly does not answer."""
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(EnvironmentLacks) as caught:
        choose("docker")
    del caught
    gc.collect()


@pytest.mark.engine
def test_engine() -> None:
    """Where an engine answers it is taken."""
    sandbox, why = choose("auto")
    assert (sandbox.name, why) == ("docker", "an engine answers")
    sandbox._client.close()  # type: ignore[attr-defined]
