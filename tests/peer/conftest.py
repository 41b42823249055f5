"""A real peer in a process of its own, and the plainest clients to talk to it with."""

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from itertools import count
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
DEADLINE = 20.0  # for what takes milliseconds

StartPeer = Callable[..., AbstractContextManager["Peer"]]


def count_files(pid: int) -> int:
    """The descriptors of a process but for listeners, of which the peer opens more when needed."""
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    listeners = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}
    return sum(is_open(file, listeners) for file in Path(f"/proc/{pid}/fd").iterdir())


def is_open(file: Path, listeners: set[str]) -> bool:
    with suppress(FileNotFoundError):  # closed since
        return str(file.readlink()) not in listeners
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """A running peer: where it listens, and its process."""

    port: int
    tls_port: int
    ports: dict[str, int]  # the further ones, by name
    pid: int
    process: subprocess.Popen[str]
    idle_files: int  # descriptors it has open while nobody is connected

    def wait_for(self, look: Callable[[], Any]) -> Any:
        """Look until there is something, or fail."""
        end = time.monotonic() + DEADLINE
        while not (found := look()):
            if time.monotonic() > end:
                pytest.fail(f"nothing came within {DEADLINE} s")
            time.sleep(0.005)
        return found

    def ask(self, question: str) -> bytes:
        """The answer to a question under /_peer/."""
        status, _, body = self.get("127.0.0.1", f"/_peer/{question}")
        assert status == 200, body
        return body

    def connections(self, address: str, since: int = 0) -> list[dict[str, Any]]:
        return json.loads(self.ask(f"connections?address={address}&since={since}"))

    def ended(self, address: str, number: int = 1) -> list[dict[str, Any]]:
        """The connections to an address, once there are `number` and all have ended."""

        def look() -> list[dict[str, Any]]:
            seen = self.connections(address)
            over = len(seen) == number and all(entry["how"] for entry in seen)
            return seen if over else []

        return self.wait_for(look)

    def get(self, address: str, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one request on a connection of its own."""
        connection = HTTPConnection(address, self.port, timeout=DEADLINE)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, dict(response.headers), response.read()
        finally:
            connection.close()

    def trust(self, *protocols: str) -> ssl.SSLContext:
        """What a client needs to believe the peer over TLS."""
        context = ssl.create_default_context(cadata=self.ask("ca").decode())
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    def open_https(self, address: str) -> HTTPSConnection:
        return HTTPSConnection(address, self.tls_port, timeout=DEADLINE, context=self.trust())

    def connect(self, address: str) -> socket.socket:
        return socket.create_connection((address, self.port), timeout=DEADLINE)

    def connect_tls(self, address: str, *protocols: str) -> ssl.SSLSocket:
        raw = socket.create_connection((address, self.tls_port), timeout=DEADLINE)
        return self.trust(*protocols).wrap_socket(raw, server_hostname=address)

    def has_let_go(self) -> bool:
        """Whether nothing is left of any connection."""
        return count_files(self.pid) <= self.idle_files

    def resident_kib(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])


@contextmanager
def run_peer(*arguments: str, temporary: Path) -> Iterator[Peer]:
    command = [sys.executable, "-m", "matrix.peer", "--port=0", "--tls-port=0", *arguments]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, process.stderr and process.stderr.read()
            said = json.loads(line)
            files = count_files(said["pid"])
            yield Peer(**said, process=process, idle_files=files)
        finally:
            process.kill()


@pytest.fixture(scope="session")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """One peer for all tests; each test has an address of its own."""
    with run_peer("--until-eof", temporary=tmp_path_factory.mktemp("peer")) as running:
        yield running
        assert running.process.poll() is None, "the peer is gone"
        _, errors = running.process.communicate(timeout=DEADLINE)
        assert errors == ""


@pytest.fixture
def start_peer(tmp_path: Path) -> StartPeer:
    """A peer for one test, which may end it; its temporary files are in `tmp_path`."""
    return lambda *arguments: run_peer(*arguments, temporary=tmp_path)


NUMBERS = count(1)


@pytest.fixture
def address() -> str:
    """Where only this test connects to."""
    return f"127.1.{1 + next(NUMBERS)}.1"


@pytest.fixture
def known_address() -> str:
    """The same within what the peer's certificate is valid for."""
    return f"127.1.0.{next(NUMBERS)}"
