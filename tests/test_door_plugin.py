"""`no_leaks` as its users have it: in an ordinary pytest run, the plugin registered by the installation."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TINY_PEER = Path(__file__).parent / "guest" / "tiny_peer.py"

SEED = """
import requests
from matrix import no_leaks

URL = {url!r}
SESSION = requests.Session()

def test_kept():
    with no_leaks():
        SESSION.get(URL)

def test_kept_and_closed():
    with no_leaks():
        SESSION.get(URL)
        SESSION.close()
"""

MARKED = """
import asyncio, socket
import pytest
from matrix.guest.door import ignore_kind

KEPT = []

@pytest.fixture
def opened_before():
    KEPT.append(socket.socket())

@pytest.mark.no_leaks
def test_marked_leaks():
    KEPT.append(socket.socket())

def test_fixture_leaks(no_leaks):
    KEPT.append(socket.socket())

@pytest.mark.no_leaks(ignore=ignore_kind("socket"), wait=0.05)
def test_ignored():
    KEPT.append(socket.socket())

@pytest.mark.no_leaks
def test_fixture_is_not_the_test(opened_before):
    pass

@pytest.mark.no_leaks
class TestClass:
    def test_method_leaks(self):
        KEPT.append(socket.socket())

    def test_method(self):
        socket.socket().close()

def test_without():
    KEPT.append(socket.socket())

@pytest.mark.no_leaks
def test_fails_by_itself():
    KEPT.append(socket.socket())
    assert 1 == 2
"""

ASYNC = """
import asyncio, socket
import pytest
from matrix import no_leaks

KEPT = []
pytestmark = pytest.mark.{mark}

@pytest.mark.no_leaks
async def test_leaks():
    KEPT.append(socket.socket())

@pytest.mark.no_leaks
async def test_closed():
    ours, theirs = socket.socketpair()
    theirs.close()
    {close}

async def test_block_leaks():
    async with no_leaks():
        KEPT.append(socket.socket())
"""

UNITTEST = """
import socket, unittest
import pytest

KEPT = []

class Sync(unittest.TestCase):
    @pytest.mark.no_leaks(wait=0.05)
    def test_leaks(self):
        KEPT.append(socket.socket())

class Async(unittest.IsolatedAsyncioTestCase):
    @pytest.mark.no_leaks(wait=0.05)
    async def test_leaks_too(self):
        KEPT.append(socket.socket())

    @pytest.mark.no_leaks(wait=0.05)
    async def test_closed(self):
        socket.socket().close()
"""

ASYNCIO_CLOSE = "_, writer = await asyncio.open_connection(sock=ours)\n    writer.close()"

MANY = """
import pytest

@pytest.mark.no_leaks
@pytest.mark.parametrize("number", range(200))
def test_clean(number):
    pass
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A tiny server, in a process of its own."""
    command = (sys.executable, "-I", str(TINY_PEER))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdin
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
        process.stdin.close()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Run pytest on a test file, in a process of its own: name -> outcome, and what it printed under ""."""

    def run(source: str, *arguments: str) -> dict[str, str]:
        (tmp_path / "test_it.py").write_text(source)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            "/dev/null",
            "--rootdir",
            str(tmp_path),
            "-rA",
            "--strict-markers",
        ]
        done = subprocess.run(
            [*command, "-p", "no:cacheprovider", *arguments, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        outcomes = {"": done.stdout}
        for line in done.stdout.splitlines():
            outcome, _, rest = line.partition(" ")
            if outcome in {"PASSED", "FAILED", "ERROR"} and "::" in rest:
                outcomes[rest.partition(" - ")[0].rpartition("::")[2]] = outcome.lower()
        return outcomes

    return run


def test_the_seed(run: Callable[..., dict[str, str]], url: str) -> None:
    """A session that a module keeps leaves one socket more; closed, it does not."""
    outcomes = run(SEED.format(url=url))
    assert (outcomes["test_kept"], outcomes["test_kept_and_closed"]) == ("failed", "passed")
    printed = outcomes[""]
    assert "sockets: 0 before, 1 after" in printed
    assert "test_it.py:10 in test_kept" in printed
    assert "held by: module test_it > SESSION > Session.adapters" in printed
    assert "Close what owns the connection" in printed


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_marker_and_fixture(run: Callable[..., dict[str, str]], arguments: tuple[str, ...]) -> None:
    """Each test answers for itself, in one process and in several."""
    outcomes = run(MARKED, *arguments)
    printed = outcomes.pop("")
    assert outcomes == {
        "test_marked_leaks": "failed",
        "test_fixture_leaks": "failed",
        "test_ignored": "passed",
        "test_fixture_is_not_the_test": "passed",
        "test_method_leaks": "failed",
        "test_method": "passed",
        "test_without": "passed",
        "test_fails_by_itself": "failed",
    }, printed
    assert "assert 1 == 2" in printed


@pytest.mark.parametrize(
    ("mark", "close", "names"),
    [
        pytest.param("asyncio", ASYNCIO_CLOSE, ("",), id="pytest-asyncio"),
        pytest.param("anyio", "ours.close()", ("[asyncio]", "[trio]"), id="anyio"),
    ],
)
def test_in_a_loop(run: Callable[..., dict[str, str]], mark: str, close: str, names: tuple[str, ...]) -> None:
    """A coroutine is checked in its own loop, whoever runs that."""
    outcomes = run(ASYNC.format(mark=mark, close=close))
    printed = outcomes.pop("")
    for name in names:
        assert outcomes[f"test_leaks{name}"] == "failed", printed
        assert outcomes[f"test_closed{name}"] == "passed", printed
        assert outcomes[f"test_block_leaks{name}"] == "failed", printed
    assert "1 left behind" in printed


def test_unittest(run: Callable[..., dict[str, str]]) -> None:
    """A method of unittest's is a test like any other, a coroutine, too."""
    outcomes = run(UNITTEST)
    printed = outcomes.pop("")
    assert outcomes == {"test_leaks": "failed", "test_leaks_too": "failed", "test_closed": "passed"}, printed


def test_no_false_alarm(run: Callable[..., dict[str, str]]) -> None:
    """Two hundred tests that do nothing, in two processes: none is blamed for anything."""
    outcomes = run(MANY, "-n", "2")
    printed = outcomes.pop("")
    assert set(outcomes.values()) == {"passed"}, printed
    assert len(outcomes) == 200
