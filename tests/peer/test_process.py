"""How the peer starts and ends, as a process."""

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.peer.conftest import Peer, StartPeer

REPOSITORY = Path(__file__).parents[2]
BUSY = b"GET /slow/60 HTTP/1.1\r\nHost: peer\r\n\r\n"


def is_busy(peer: "Peer", address: str) -> bool:
    return len(peer.connections(address)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_on_signal(start_peer: "StartPeer", tmp_path: Path, number: signal.Signals) -> None:
    """A signal ends it with success, in the middle of answers, quietly and without leftovers."""
    with start_peer() as peer, peer.connect("127.1.0.1") as sock, peer.connect_tls("127.1.0.2"):
        sock.sendall(BUSY)
        peer.wait_for(lambda: is_busy(peer, "127.1.0.1"))
        peer.process.send_signal(number)
        assert peer.process.wait(timeout=20) == 0
        assert peer.process.stderr is not None
        assert peer.process.stderr.read() == ""
    assert list(tmp_path.iterdir()) == []


def test_ends_with_its_stdin(start_peer: "StartPeer", tmp_path: Path) -> None:
    """The end of stdin, as when the parent was killed, ends it with success."""
    with start_peer("--until-eof") as peer, peer.connect("127.1.0.1") as sock:
        sock.sendall(BUSY)
        peer.wait_for(lambda: is_busy(peer, "127.1.0.1"))
        assert peer.process.stdin is not None
        peer.process.stdin.close()
        assert peer.process.wait(timeout=20) == 0
    assert list(tmp_path.iterdir()) == []


def test_survives_its_stdin_unless_asked(start_peer: "StartPeer") -> None:
    """Without --until-eof the end of stdin means nothing."""
    with start_peer() as peer:
        assert peer.process.stdin is not None
        peer.process.stdin.close()
        assert peer.get("127.0.0.1", "/")[0] == 200


def test_rude_clients_make_no_noise(start_peer: "StartPeer") -> None:
    """Clients that break off or talk on are no errors of the peer's: its stderr stays empty."""
    with start_peer("--until-eof") as peer:
        for path in (b"/close", b"/slow/0.1", b"/bytes/100000000"):
            for connect in (peer.connect, peer.connect_tls):
                with connect("127.1.0.1") as sock:
                    sock.sendall(b"GET %s HTTP/1.1\r\nHost: peer\r\n\r\n" % path)
                    peer.wait_for(lambda: peer.connections("127.1.0.1"))
                    with suppress(OSError):
                        for _ in range(100):
                            sock.sendall(b"and another thing\r\n" * 100)
        peer.wait_for(peer.has_let_go)
        assert peer.process.communicate(timeout=20)[1] == ""


def test_port_taken(peer: "Peer") -> None:
    """A port that is taken is one sentence and an exit code of its own."""
    command = [sys.executable, "-m", "matrix.peer", f"--port={peer.port}", "--tls-port=0"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1
    assert f"port {peer.port}" in done.stderr
    assert "in use" in done.stderr


def test_imports_nothing_of_the_host() -> None:
    """The peer needs the standard library and its few packages, and no other part of leakmatrix."""
    code = (
        "import sys, matrix.peer.serve\n"
        "print(*{'.'.join(n.split('.')[:2]) for n in sys.modules if n.startswith('matrix.')})\n"
        "print(*{'pydantic', 'click', 'docker', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "matrix.peer\n\n"
