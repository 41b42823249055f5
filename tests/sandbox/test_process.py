"""`matrix.sandbox.process`: cells as child processes, with the little isolation that there is."""

import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from matrix.collect import outcome
from matrix.config import Limits
from matrix.model import CaseStatus, Cell, CellStatus
from matrix.provision import code, environment
from matrix.provision.folders import Folder
from matrix.sandbox import Ended, Trouble, Work, Worker
from matrix.sandbox.process import ProcessSandbox

Probe = Callable[..., Work]
DEADLINE = 20.0


@pytest.fixture
def sandbox(
    offline: Path,  # noqa: ARG001  for the variables that it sets
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ProcessSandbox]:
    """A sandbox of its own, on a host with a secret."""
    monkeypatch.setenv("CANARY", "a secret of the host's")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    sandbox = ProcessSandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture
def worker(sandbox: ProcessSandbox) -> Iterator[Worker]:
    """A worker and its peer."""
    with sandbox.worker() as worker:
        yield worker


def told(ended: Ended) -> dict[str, Any]:
    """What a probe told of itself."""
    assert (ended.status, ended.reason) == (None, "")
    assert ended.answer is not None
    return json.loads(ended.answer)


def is_gone(pid: int) -> bool:
    """Whether a process ends, or is a zombie that nobody has waited for, soon."""
    end = time.monotonic() + DEADLINE
    stat = Path(f"/proc/{pid}/stat")
    while time.monotonic() < end:
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_answer(worker: Worker, probe: Probe) -> None:
    """What the guest wrote comes back as it is."""
    assert told(worker.run(probe("tell(hello='world')"))) == {"hello": "world"}


def test_environment_is_ours_alone(worker: Worker, probe: Probe) -> None:
    """No variable of the host's gets in: no secret, no proxy, no path."""
    variables = told(worker.run(probe("tell(**os.environ)")))
    assert set(variables) - {"LC_CTYPE"} == {
        "HOME",
        "LANG",
        "PATH",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
        "PYTHONNOUSERSITE",
        "PYTHONPATH",
        "SOURCE_DATE_EPOCH",
        "TMPDIR",
    }
    assert "/somewhere/else" not in variables["PYTHONPATH"]


def test_import_path(worker: Worker, probe: Probe) -> None:
    """The client's packages come first, then pytest's, then our code."""
    work = probe("tell(path=os.environ['PYTHONPATH'].split(':'))")
    assert told(worker.run(work))["path"] == [str(folder.path) for folder in work.folders]


def test_nothing_of_the_interpreters_own(worker: Worker, probe: Probe) -> None:
    """What is installed into the host's interpreter is no cell's: a client must not find more than it asks for."""
    path = told(worker.run(probe("import sys; tell(path=sys.path)")))["path"]
    assert [folder for folder in path if folder.endswith(("site-packages", "dist-packages"))] == []


def test_scratch_folder(worker: Worker, probe: Probe) -> None:
    """The guest has its working folder and its scratch in a folder that is gone afterwards."""
    work = probe("open('x', 'w').close(); tell(cwd=os.getcwd(), scratch=job['scratch'], tmp=os.environ['TMPDIR'])")
    found = told(worker.run(work))
    assert found["cwd"] == found["scratch"] == found["tmp"]
    assert not Path(found["cwd"]).exists()


def test_session_of_its_own(worker: Worker, probe: Probe) -> None:
    """Ctrl-C at the host's terminal is not the guest's."""
    found = told(worker.run(probe("tell(session=os.getsid(0), pid=os.getpid())")))
    assert found["session"] == found["pid"]


def test_peer_is_there(worker: Worker, probe: Probe) -> None:
    """The job says where the peer listens, and there it answers."""
    script = """
        import http.client
        peer = http.client.HTTPConnection(job["peer"]["host"], job["peer"]["port"], timeout=10)
        peer.request("GET", "/_peer/ready")
        tell(status=peer.getresponse().status)
    """
    assert told(worker.run(probe(script))) == {"status": 200}


def test_peer_is_gone_afterwards(sandbox: ProcessSandbox, probe: Probe) -> None:
    """With its worker the peer ends."""
    with sandbox.worker() as worker:
        found = told(worker.run(probe("tell(**job['peer'])")))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", found["port"]), timeout=5)


def test_hanging_cell(worker: Worker, probe: Probe) -> None:
    """A cell that does not end has its time limit, and what it had said is kept."""
    ended = worker.run(probe("tell(begun=True); time.sleep(3600)", cell_seconds=1.0))
    assert (ended.status, ended.reason) == (CellStatus.TIMEOUT, "still running after 1 s")
    assert ended.answer == b'{"begun": true}\n'


STARTS_OTHERS = """
    SCRIPT = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"
    child = subprocess.Popen([sys.executable, "-c", SCRIPT])
    other = subprocess.Popen([sys.executable, "-c", SCRIPT], process_group=0)
    tell(pids=[os.getpid(), child.pid, other.pid])
"""


@pytest.mark.parametrize("end", ["time.sleep(3600)", "pass"], ids=["hangs", "ends"])
def test_nothing_of_its_session_is_left(worker: Worker, probe: Probe, end: str) -> None:
    """Everything that a cell started is gone after it, also what is in a group of its own."""
    ended = worker.run(probe(STARTS_OTHERS + f"    {end}\n", cell_seconds=4.0))
    assert ended.answer is not None
    assert [pid for pid in json.loads(ended.answer)["pids"] if not is_gone(pid)] == []


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("os.abort()", "exit code -6"),
        ("sys.exit(7)", "exit code 7"),
        ("raise RuntimeError('in the guest')", "RuntimeError: in the guest"),
    ],
    ids=["aborts", "exits", "raises"],
)
def test_crash(worker: Worker, probe: Probe, script: str, reason: str) -> None:
    """A guest that dies is a crash, with its exit code and its last words."""
    ended = worker.run(probe(script))
    assert ended.status is CellStatus.CRASHED
    assert reason in ended.reason


def test_no_answer(worker: Worker, probe: Probe) -> None:
    """A guest that ends well and says nothing has no answer."""
    assert worker.run(probe("pass")).answer is None


def test_huge_answer_is_not_read_whole(worker: Worker, probe: Probe) -> None:
    """Of an answer that is too long, only so much is read that this is seen."""
    script = "open(job['answer'], 'wb').truncate(60 << 20)"
    assert len(worker.run(probe(script)).answer or b"") == 16 * 1024 * 1024 + 1


def test_limits(worker: Worker, probe: Probe) -> None:
    """The number of open files is the configured one, no file gets larger than in a container, no core is written."""
    script = """
        limits = (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
        end = time.monotonic() + 20
        while resource.getrlimit(resource.RLIMIT_CORE)[1] and time.monotonic() < end:
            time.sleep(0.01)  # they are set from outside, at once
        tell(limits=[resource.getrlimit(limit) for limit in limits])
    """
    assert told(worker.run(probe(script, files=256)))["limits"] == [[256, 256], [64 << 20, 64 << 20], [0, 0]]


def test_flood_of_output(worker: Worker, probe: Probe) -> None:
    """A guest that prints without end comes to an end with its log, and its reason is short."""
    ended = worker.run(probe("while True:\n    os.write(1, b'x' * (1 << 20))", cell_seconds=60.0))
    assert ended.status is CellStatus.CRASHED
    assert len(ended.reason) < 4100


def test_peer_that_dies(sandbox: ProcessSandbox, probe: Probe) -> None:
    """A cell whose peer has ended meanwhile has no result: that was not the client."""
    with sandbox.worker() as worker:
        worker._process.kill()
        worker._process.wait()
        with pytest.raises(Trouble, match=r"the HTTP peer has ended \(exit code -9\)"):
            worker.run(probe("tell(well=True)"))


def test_no_room_for_a_process(worker: Worker, probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system refuses us is this machine's trouble."""
    monkeypatch.setenv("TMPDIR", "/nowhere")
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with pytest.raises(Trouble, match="this machine: No such file or directory"):
        worker.run(probe("pass"))


def test_long_last_words(worker: Worker, probe: Probe) -> None:
    """A reason is no longer than a text may be, however much the guest printed."""
    ended = worker.run(probe("print('x' * 1_000_000); sys.exit(1)"))
    assert len(ended.reason) < 4100


def test_stop(sandbox: ProcessSandbox, worker: Worker, probe: Probe, tmp_path: Path) -> None:
    """A cell that runs ends when the sandbox is stopped, from another thread."""
    begun = tmp_path / "begun"
    work = probe(f"open({str(begun)!r}, 'w').close(); time.sleep(3600)", cell_seconds=600.0)
    ended: list[Ended] = []
    thread = threading.Thread(target=lambda: ended.append(worker.run(work)))
    thread.start()
    end = time.monotonic() + DEADLINE
    while not begun.exists() and time.monotonic() < end:
        time.sleep(0.01)
    sandbox.stop()
    thread.join(DEADLINE)
    assert [each.status for each in ended] == [CellStatus.CRASHED]


def test_stopped_before_it_began(sandbox: ProcessSandbox, worker: Worker, probe: Probe) -> None:
    """After a stop no cell lives for long."""
    sandbox.stop()
    assert worker.run(probe("time.sleep(3600)", cell_seconds=600.0)).status is CellStatus.CRASHED


def test_interpreters(sandbox: ProcessSandbox, probe: Probe) -> None:
    """The interpreters are those of this host, by name."""
    assert sandbox.interpreters(())[probe("").python].startswith(probe("").python)


# A whole cell, with a client that is none.

CLIENT = """
import socket, urllib.parse

KEPT = []

def get(url, keep):
    parts = urllib.parse.urlsplit(url)
    sock = socket.create_connection((parts.hostname, parts.port))
    if keep:
        KEPT.append(sock)
    else:
        sock.close()
"""
CASES = """
import pytest

@pytest.mark.parametrize("keep", [pytest.param(False, id="closed"), pytest.param(True, id="kept")])
def test_get(client, peer, keep):
    client.get(peer.url(), keep)

def test_wrong(client, peer):
    client.get(peer.url(), False)
    raise RuntimeError("the scenario is wrong")

def test_streaming(client, peer):
    client.stream(None, peer.url())
"""


@pytest.fixture
def whole(tmp_path: Path, worker: Worker, probe: Probe) -> Any:
    """What comes of a cell with a fake client, an adapter and cases for it, under the real guest."""
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "fakeclient.py").write_text(CLIENT)
    clients = tmp_path / "cases" / "clients"
    clients.mkdir(parents=True)
    (clients / "fakeclient.py").write_text("from fakeclient import get\n")
    (tmp_path / "cases" / "test_get.py").write_text(CASES)
    cell = Cell(python=probe("").python, client="fakeclient", version="1.0")
    work = Work(
        cell=cell.id,
        python=cell.python,
        packages=Folder(kind="env", digest="fake", path=packages),
        runner=environment.provide(("pytest",), python=cell.python).folder,
        code=code.provide(tmp_path / "cases"),
        job={
            "protocol": 1,
            "cell": cell.id,
            "client": cell.client,
            "cases": {"paths": ["cases"], "select": ["*"]},
            "limits": {"case_seconds": 20.0, "late_seconds": 1.4, "jobs": 8, "peer_seconds": 20.0},
        },
        limits=Limits(),
    )
    return outcome(cell, worker.run(work), sandbox="process", resolved={}, seconds=0.0)


def test_whole_cell(whole: Any) -> None:
    """Guest, peer and host together: the cell ran, and each case has its own answer."""
    assert (whole.cell.status, whole.cell.reason) == (CellStatus.RAN, None)
    answers = {case.case: case.verdict or case.status for case in whole.cases if case.contract != "control"}
    assert answers == {
        "get[closed]": "clean",
        "get[kept]": "held",
        "wrong": CaseStatus.ERROR,
        "streaming": CaseStatus.UNSUPPORTED,
    }
