"""`matrix.provision.uv`: whose fault it is, and what of uv's words is passed on."""

import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from matrix.errors import EnvironmentLacks
from matrix.provision import uv

pytestmark = pytest.mark.usefixtures("offline")

COMPILE = ("pip", "compile", "-", "--quiet", "--no-header", "--python", sys.executable)


@pytest.fixture
def unreachable(
    offline: Path,  # noqa: ARG001  for the variables that it sets
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Uv, configured for an index that nobody serves, with a secret in its address."""
    settings = tmp_path / "uv.toml"
    settings.write_text('[[index]]\nname = "x"\nurl = "http://me:secret@127.0.0.1:1/token/simple"\ndefault = true\n')
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


def test_says_what_uv_printed() -> None:
    """The answer is uv's standard output."""
    assert uv.run(*COMPILE, stdin="requests<2").splitlines()[0] == "requests==1.0"


@pytest.mark.parametrize(
    "requirement",
    [
        pytest.param("requests==99", id="no such version"),
        pytest.param("nobody", id="no such package"),
        pytest.param("requests==1.0\nrequests==2.0", id="both at once"),
    ],
)
def test_no_solution(requirement: str) -> None:
    """Packages that cannot be had are told from a machine that lacks something, in uv's words."""
    with pytest.raises(uv.NoSolution) as caught:
        uv.run(*COMPILE, stdin=requirement)
    assert requirement.partition("=")[0] in caught.value.words


def test_no_solution_passes_through() -> None:
    """The error is an ordinary one: a context manager may hand it on."""

    @contextmanager
    def through() -> Iterator[None]:
        yield

    with pytest.raises(uv.NoSolution, match="no wheels"), through():
        raise uv.NoSolution("no wheels")


@pytest.mark.usefixtures("unreachable")
def test_unreachable_index() -> None:
    """An index that does not answer is this machine's lack, with a hint."""
    with pytest.raises(EnvironmentLacks, match="uv could not do its work") as caught:
        uv.run(*COMPILE, stdin="requests")
    assert "UV_DEFAULT_INDEX" in caught.value.hint


@pytest.mark.usefixtures("unreachable")
def test_addresses_are_taken_out() -> None:
    """No part of an index's address is passed on."""
    with pytest.raises(EnvironmentLacks) as caught:
        uv.run(*COMPILE, stdin="requests")
    assert not [part for part in ("127.0.0.1", "secret", "token", "://") if part in caught.value.message]


@pytest.mark.usefixtures("unreachable")
def test_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Being told to stay offline is no answer about packages."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(EnvironmentLacks):
        uv.run(*COMPILE, stdin="requests")


def test_broken_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that uv cannot read are this machine's lack."""
    settings = tmp_path / "uv.toml"
    settings.write_text("no-index = 'perhaps'\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    with pytest.raises(EnvironmentLacks, match=r"uv\.toml"):
        uv.run(*COMPILE, stdin="requests")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("\x1b[1m\x1b[31merror\x1b[39m\x1b[0m: no", "error: no", id="colours"),
        pytest.param("at https://u:p@host:1/a?b=c, or", "at <index> or", id="address"),
        pytest.param("(file:///opt/wheels/x.whl)", "(<index>)", id="file"),
        pytest.param("`https://host/simple/`\n", "`<index>`", id="quoted"),
        pytest.param("git+ssh://git@host/x.git", "<index>", id="repository"),
        pytest.param("requests>=2: no wheel", "requests>=2: no wheel", id="no address"),
    ],
)
def test_plain(said: str, shown: str) -> None:
    """Colours and addresses are gone, the words are there."""
    assert uv.plain(said) == shown


@pytest.mark.parametrize(
    ("setting", "allowed"),
    [(None, True), ("automatic", True), ("never", False), ("manual", False)],
    ids=["unset", "automatic", "never", "manual"],
)
def test_downloads_are_uvs_setting(setting: str | None, allowed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether interpreters are downloaded is said where uv looks for it."""
    monkeypatch.delenv("UV_PYTHON_DOWNLOADS", raising=False)
    if setting is not None:
        monkeypatch.setenv("UV_PYTHON_DOWNLOADS", setting)
    assert uv.downloads_allowed() is allowed


def test_no_shims(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uv does not look at pyenv's shims, each of which it would start in vain."""
    monkeypatch.setenv("PATH", "/home/a/.pyenv/shims:/usr/bin:/shims/bin")
    assert uv._without_shims() == "/usr/bin:/shims/bin"


def test_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops a run does not wait for an index that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as index, ThreadPoolExecutor(1) as pool:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{index.getsockname()[1]}/simple")
        monkeypatch.setenv("UV_HTTP_TIMEOUT", "250")
        for name in ("UV_CONFIG_FILE", "UV_OFFLINE", "UV_NO_INDEX", "UV_FIND_LINKS"):
            monkeypatch.delenv(name, raising=False)
        index.settimeout(100)
        asked = pool.submit(uv.run, *COMPILE, "--no-cache", stdin="tiny")
        connection, _ = index.accept()
        uv.stop()
        with connection, pytest.raises(EnvironmentLacks):
            asked.result(timeout=100)
