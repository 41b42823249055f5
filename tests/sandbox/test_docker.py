"""`matrix.sandbox.docker`: the isolation of a cell, proved from within it by a probe in the guest's place."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from docker import DockerClient

from matrix.model import CellStatus
from matrix.sandbox import Ended, Work
from matrix.sandbox.docker import DockerSandbox, DockerWorker
from matrix.sandbox.labels import OURS

pytestmark = [pytest.mark.engine, pytest.mark.index]  # the peer's packages are from the index

Probe = Callable[..., Work]
DEADLINE = 60.0


@pytest.fixture(scope="module")
def used(engine: DockerClient) -> Iterator[list[Work]]:
    """Works of these tests: the volumes that were made for them are removed at the end."""
    works: list[Work] = []
    yield works
    names = {f"{OURS}-{folder.kind}-{folder.digest}" for work in works for folder in work.folders}
    for volume in engine.volumes.list(filters={"label": f"{OURS}=1"}):
        if volume.name.startswith(tuple(names)):  # with the marks beside it
            volume.remove(force=True)


@pytest.fixture(scope="module")
def sandbox(engine: DockerClient) -> Iterator[DockerSandbox]:
    """A sandbox of its own."""
    sandbox = DockerSandbox(engine)
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="module")
def worker(sandbox: DockerSandbox) -> Iterator[DockerWorker]:
    """A worker and its peer."""
    with sandbox.worker() as worker:
        yield worker


@pytest.fixture(scope="module")
def run(worker: DockerWorker, probe: Probe, used: list[Work]) -> Callable[..., Ended]:
    """Runs a script as a cell."""

    def run(script: str, **limits: Any) -> Ended:
        used.append(probe(script, **limits))
        return worker.run(used[-1])

    return run


LOOK_AROUND = """
    def status(name):
        (line,) = [line for line in open("/proc/self/status") if line.startswith(name + ":")]
        return line.split()[1]

    def connect(host, port):
        socket.create_connection((host, port), timeout=5).close()

    def ask_peer():
        import http.client
        for _ in range(200):
            peer = http.client.HTTPConnection(job["peer"]["host"], job["peer"]["port"], timeout=10)
            try:
                peer.request("GET", "/_peer/ready")
                return peer.getresponse().status
            except OSError:
                time.sleep(0.05)

    def mounts():
        for line in open("/proc/self/mountinfo"):
            fields = line.split()
            yield {"place": fields[4], "options": fields[5].split(","), "type": fields[fields.index("-") + 1]}

    def writable(mount):
        return "rw" in mount["options"] and os.access(mount["place"], os.W_OK)

    def touch(path):
        open(path, "w").close()

    def program():
        with open("/tmp/program", "w") as file:
            file.write("#!/usr/local/bin/python3\\n")
        os.chmod("/tmp/program", 0o755)
        subprocess.run(["/tmp/program"])

    tell(
        interfaces=[line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line],
        routes=[line.split()[0] for line in open("/proc/net/route")][1:],
        public=attempt(connect, "1.1.1.1", 80),
        public6=attempt(connect, "2606:4700:4700::1111", 80),
        gateway=attempt(connect, "172.17.0.1", 2375),
        peer=ask_peer(),
        root=attempt(touch, "/x"),
        library=attempt(touch, "/usr/local/lib/x"),
        password=attempt(touch, "/etc/passwd"),
        packages=[attempt(touch, path + "/x") for path in os.environ["PYTHONPATH"].split(":")],
        job=attempt(touch, sys.argv[1]),
        tmp=attempt(touch, "/tmp/x"),
        program=attempt(program),
        mounts=[mount["place"] for mount in mounts() if writable(mount)],
        ids=[os.getuid(), os.geteuid(), os.getgid(), os.getegid()],
        groups=os.getgroups(),
        become_root=attempt(os.setuid, 0),
        capabilities={name: int(status(name), 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")},
        no_new_privileges=status("NoNewPrivs"),
        seccomp=status("Seccomp"),
        sockets=[name for name in ("docker.sock", "containerd") if os.path.exists("/run/" + name)],
        devices=sorted(os.listdir("/dev")),
        environment=dict(os.environ),
        pid=os.getpid(),
        processes=sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
        files=resource.getrlimit(resource.RLIMIT_NOFILE),
        core=resource.getrlimit(resource.RLIMIT_CORE),
        cwd=os.getcwd(),
    )
"""


@pytest.fixture(scope="module")
def seen(run: Callable[..., Ended]) -> dict[str, Any]:
    """What a cell sees, and what came of its attempts."""
    ended = run(LOOK_AROUND, files=256)
    assert (ended.status, ended.reason) == (None, "")
    assert ended.answer is not None
    return json.loads(ended.answer)


def test_loopback_is_all_there_is(seen: dict[str, Any]) -> None:
    """There is no interface but loopback."""
    assert seen["interfaces"] == ["lo"]


def test_no_route(seen: dict[str, Any]) -> None:
    """There is no route to anywhere."""
    assert seen["routes"] == []


@pytest.mark.parametrize("where", ["public", "public6", "gateway"])
def test_unreachable(seen: dict[str, Any], where: str) -> None:
    """Neither the internet nor the host can be reached, and that is known at once."""
    assert seen[where] in ({"ENETUNREACH", "EADDRNOTAVAIL"} if where == "public6" else {"ENETUNREACH"})


def test_peer_is_there(seen: dict[str, Any]) -> None:
    """The peer answers over loopback."""
    assert seen["peer"] == 200


@pytest.mark.parametrize("place", ["root", "library", "password"])
def test_root_is_read_only(seen: dict[str, Any], place: str) -> None:
    """Nothing can be written to the root filesystem."""
    assert seen[place] == "EROFS"


def test_folders_are_read_only(seen: dict[str, Any]) -> None:
    """The client's packages, pytest's and our code cannot be written to."""
    assert seen["packages"] == ["EROFS"] * 3


def test_job_cannot_be_changed(seen: dict[str, Any]) -> None:
    """The job can be read only."""
    assert seen["job"] == "EACCES"


def test_writable_places(seen: dict[str, Any]) -> None:
    """What it can write to is the scratch folder, and what is no disk; the answer's folder is in another."""
    assert {place for place in seen["mounts"] if not place.startswith(("/dev", "/proc"))} == {"/tmp"}


def test_scratch(seen: dict[str, Any]) -> None:
    """The scratch folder can be written to."""
    assert seen["tmp"] == "done"


def test_scratch_runs_nothing(seen: dict[str, Any]) -> None:
    """A program that is written to the scratch folder does not start."""
    assert seen["program"] == "EACCES"


def test_ordinary_user(seen: dict[str, Any]) -> None:
    """It is nobody, in no other group."""
    assert seen["ids"] == [65534] * 4
    assert set(seen["groups"]) <= {65534}


def test_cannot_become_root(seen: dict[str, Any]) -> None:
    """It stays nobody."""
    assert seen["become_root"] == "EPERM"


def test_no_capabilities(seen: dict[str, Any]) -> None:
    """It has no capability, and can get none."""
    assert set(seen["capabilities"].values()) == {0}


def test_no_new_privileges(seen: dict[str, Any]) -> None:
    """No program that it starts has more than it has."""
    assert seen["no_new_privileges"] == "1"


def test_seccomp(seen: dict[str, Any]) -> None:
    """The engine's filter of system calls is on."""
    assert seen["seccomp"] == "2"


def test_no_engine_inside(seen: dict[str, Any]) -> None:
    """The engine cannot be asked from within."""
    assert seen["sockets"] == []


def test_no_devices(seen: dict[str, Any]) -> None:
    """There is no device but those that every container has."""
    assert {
        name for name in seen["devices"] if name.startswith(("sd", "vd", "nvme", "kmsg", "mem", "kvm", "fuse"))
    } == set()


def test_processes_of_its_own(seen: dict[str, Any]) -> None:
    """It sees no process but its own."""
    assert seen["processes"] == [seen["pid"]]


def test_environment_is_ours_alone(seen: dict[str, Any]) -> None:
    """No variable of the host's gets in: the image's, and what we set."""
    names = set(seen["environment"])
    ours = {"HOME", "LANG", "PATH", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONNOUSERSITE", "PYTHONPATH"}
    ours |= {"PYTHONDONTWRITEBYTECODE", "SOURCE_DATE_EPOCH", "HOSTNAME", "LC_CTYPE"}
    of_images = {"LD_LIBRARY_PATH", "GPG_KEY", "PYTHON_VERSION", "PYTHON_SHA256"}
    assert names - ours - of_images == set()


def test_limit_of_open_files(seen: dict[str, Any]) -> None:
    """The number of open files is the configured one."""
    assert seen["files"] == [256, 256]


def test_no_core_dumps(seen: dict[str, Any]) -> None:
    """A crash writes no core."""
    assert seen["core"] == [0, 0]


# Limits.


def test_limit_of_processes(run: Callable[..., Ended]) -> None:
    """Forking comes to an end at the configured number."""
    script = """
        pids, result = [], "never"
        for _ in range(200):
            try:
                pid = os.fork()
            except OSError as error:
                result = errno.errorcode[error.errno]
                break
            if pid == 0:
                time.sleep(60)
                os._exit(0)
            pids.append(pid)
        tell(result=result, number=len(pids))
    """
    answer = json.loads(run(script, pids=32).answer or b"")
    assert answer["result"] == "EAGAIN"
    assert answer["number"] < 32


HOARD = """
    tell(begun=True)
    hoard = []
    for _ in range(600):
        hoard.append(bytearray(os.urandom(1024)) * 1024)
    tell(hoarded=len(hoard))
"""


def test_limit_of_memory(run: Callable[..., Ended]) -> None:
    """A cell that takes more memory than it may is ended, and that is its reason."""
    ended = run(HOARD, memory=64 << 20)
    assert ended.status is CellStatus.OOM
    assert "memory limit" in ended.reason
    assert ended.answer == b'{"begun": true}\n'


def test_limit_of_memory_of_a_child(run: Callable[..., Ended]) -> None:
    """A case that takes more memory than there is dies alone, and the sandbox tells why."""
    script = """
        pid = os.fork()
        if pid == 0:
            hoard = [bytearray(os.urandom(1024)) * 1024 for _ in range(600)]
            os._exit(0)
        tell(signal=os.waitpid(pid, 0)[1])
    """
    ended = run(script, memory=64 << 20)
    assert json.loads(ended.answer or b"") == {"signal": 9}
    assert (ended.status, ended.out_of_memory) == (None, True)


@pytest.mark.parametrize("place", ["/tmp/big", "job['answer']"], ids=["scratch", "answer"])
def test_limit_of_a_file(run: Callable[..., Ended], place: str) -> None:
    """No file gets larger than it may, in the scratch folder or beside the answer."""
    path = repr(place) if place.startswith("/") else place
    script = f"""
        def fill(path):
            with open(path, "wb", buffering=0) as file:
                for _ in range(80):
                    file.write(bytes(1 << 20))
        found = dict(result=attempt(fill, {path}), size=os.path.getsize({path}))
        open({path}, "w").close()
        tell(**found)
    """
    found = json.loads(run(script).answer or b"")
    assert found["result"] in {"EFBIG", "ENOSPC"}
    assert found["size"] <= 64 << 20


def test_limit_of_scratch(run: Callable[..., Ended]) -> None:
    """A guest that fills its scratch folder, with however many files, has used up its own room and nobody's else."""
    script = """
        def fill():
            for number in range(10_000):
                with open("/tmp/%d" % number, "wb", buffering=0) as file:
                    file.write(bytes(1 << 20))
        result = attempt(fill)
        used = sum(os.path.getsize("/tmp/" + name) for name in os.listdir("/tmp"))
        tell(result=result, used=used)
    """
    found = json.loads(run(script).answer or b"")
    assert found["result"] == "ENOSPC"
    assert found["used"] <= 64 << 20


@pytest.mark.parametrize(
    "attempt",
    [
        "open(beside + '/more', 'w')",
        "os.mkdir(beside + '/more')",
        "os.unlink(job['answer'])",
        "os.rename(job['answer'], '/tmp/x')",
    ],
    ids=["file", "folder", "remove", "move"],
)
def test_only_one_file_of_the_engines_disk(run: Callable[..., Ended], attempt: str) -> None:
    """Where it answers it can write to that one file: the engine's disk cannot be filled by others beside it."""
    script = f"beside = os.path.dirname(job['answer']); tell(result=attempt(lambda: {attempt}))"
    assert json.loads(run(script).answer or b"")["result"] in {"EACCES", "EXDEV"}


def test_limit_of_time(run: Callable[..., Ended]) -> None:
    """A cell that hangs is ended by us; what it had said is kept."""
    ended = run("tell(begun=True); time.sleep(3600)", cell_seconds=2.0)
    assert (ended.status, ended.reason) == (CellStatus.TIMEOUT, "still running after 2 s")
    assert ended.answer == b'{"begun": true}\n'


BOMB = """
    tell(begun=True)
    while True:
        try:
            os.fork()
        except OSError:
            pass
"""


def test_fork_bomb(run: Callable[..., Ended], engine: DockerClient) -> None:
    """A guest that forks without end stays within its number, is ended in time, and spoils nothing for the next."""
    ended = run(BOMB, cell_seconds=5.0, pids=64)
    assert (ended.status, ended.answer) == (CellStatus.TIMEOUT, b'{"begun": true}\n')
    assert engine.containers.list(filters={"label": f"{OURS}.name=probe"}, ignore_removed=True) == []
    assert json.loads(run("tell(well=True)").answer or b"") == {"well": True}


def test_flood_of_output(run: Callable[..., Ended]) -> None:
    """A guest may print what it likes: the engine keeps little of it, and a reason less."""
    script = """
        for _ in range(64):
            sys.stdout.write("x" * (1 << 20))
        print("the end")
        sys.exit(1)
    """
    ended = run(script)
    assert ended.status is CellStatus.CRASHED
    assert ended.reason.endswith("the end")
    assert len(ended.reason) < 4100


# Answers and ends.


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("os.abort()", "exit code 139|exit code 134"),
        ("raise RuntimeError('in the guest')", "RuntimeError: in the guest"),
    ],
    ids=["aborts", "raises"],
)
def test_crash(run: Callable[..., Ended], script: str, reason: str) -> None:
    """A guest that dies is a crash, with its exit code and its last words."""
    ended = run(script)
    assert ended.status is CellStatus.CRASHED
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(ended.reason)


def test_no_answer(run: Callable[..., Ended]) -> None:
    """A guest that ends well and says nothing has no answer."""
    assert run("pass").answer is None


@pytest.mark.parametrize(
    "place", ["os.mkdir(job['answer'])", "os.symlink('/etc/passwd', job['answer'])", "os.mkfifo(job['answer'])"]
)
def test_answer_is_a_file(run: Callable[..., Ended], place: str) -> None:
    """Nothing else can be put in the place of an answer: no folder, no link that leads elsewhere, no pipe."""
    script = f"""
        attempt(os.unlink, job['answer'])
        tell(result=attempt(lambda: {place}))
    """
    assert json.loads(run(script).answer or b"") == {"result": "EEXIST"}


def test_huge_answer_is_not_read_whole(run: Callable[..., Ended]) -> None:
    """An answer that is too long is seen to be, or none at all: it is never read to its end."""
    ended = run("open(job['answer'], 'wb').truncate(60 << 20)")
    assert ended.answer is None or len(ended.answer) == (16 << 20) + 1


def test_image_is_named(run: Callable[..., Ended]) -> None:
    """The result names the image by its digest."""
    assert "@sha256:" in (run("pass").image or "")


def test_log_is_bounded(sandbox: DockerSandbox, probe: Probe, used: list[Work]) -> None:
    """The engine's record of what a guest prints has a limit, whatever the engine does for others."""
    used.append(probe("pass"))
    image, mounts = sandbox._ready(used[-1].python, used[-1].folders, shared=())
    made = sandbox._guest("matrix.guest", image, mounts, name="log", limits=used[-1].limits, network_mode="none")
    assert made.attrs["HostConfig"]["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "1", "max-size": "1m"}}
    made.remove(v=True)


def test_machinery(run: Callable[..., Ended], sandbox: DockerSandbox, engine: DockerClient, used: list[Work]) -> None:
    """What cells meet is the same for each run on the same image, and another for another image."""
    run("pass")
    python = used[-1].python
    same, another, missing = (DockerSandbox(engine) for _ in range(3))
    assert sandbox.machinery(python) == same.machinery(python) != None  # noqa: E711  all three at once
    for other, image in ((same, None), (another, "leakmatrix/python@sha256:0"), (missing, None)):
        other._images.present = lambda _, image=image: image  # type: ignore[method-assign,misc]
    assert same.machinery(python) == sandbox.machinery(python)  # the engine is asked once in a run
    assert another.machinery(python) != sandbox.machinery(python)
    assert missing.machinery(python) is None


def test_prepared(sandbox: DockerSandbox, probe: Probe, engine: DockerClient, used: list[Work]) -> None:
    """What is prepared ahead is there: the volumes, with byte code of what all cells share. Nothing runs for it."""
    used.append(probe("pass", cell="ahead"))
    sandbox.prepare(used[-1])
    there = {volume.name for volume in engine.volumes.list(filters={"label": f"{OURS}=1"})}
    for folder in used[-1].folders:
        name = f"{OURS}-{folder.kind}-{folder.digest}"
        assert {name, f"{name}-filled"} <= there
        shared = folder is not used[-1].packages
        assert any(each.startswith(f"{name}-compiled-") for each in there) is shared
    assert engine.containers.list(all=True, filters={"label": f"{OURS}.name=ahead"}, ignore_removed=True) == []


def test_worker_prepared(engine: DockerClient) -> None:
    """What the peer runs on is there before the peer, which then has but to be started."""
    sandbox = DockerSandbox(engine)
    sandbox.prepare_worker()
    there = set(sandbox._volumes._ready._made)
    with sandbox.worker() as worker:
        mounts = {mount["Name"] for mount in worker._peer.attrs["Mounts"] if mount["Name"].startswith(f"{OURS}-")}
    assert mounts
    assert mounts == there


def test_container_is_gone(run: Callable[..., Ended], engine: DockerClient, sandbox: DockerSandbox) -> None:
    """After a cell there is its peer and nothing else of the run."""
    run("pass")
    left = engine.containers.list(all=True, filters={"label": f"{OURS}.run={sandbox._run}"})
    assert [container.labels[f"{OURS}.name"].partition("-")[0] for container in left] == ["peer"]


def test_stop(engine: DockerClient, probe: Probe, used: list[Work]) -> None:
    """A cell that runs ends when the sandbox is stopped, and nothing of the run is left."""
    sandbox = DockerSandbox(engine)
    used.append(probe("time.sleep(3600)", cell="stopped", cell_seconds=600.0))
    ended: list[object] = []
    ours = {"label": f"{OURS}.run={sandbox._run}"}

    def work() -> None:
        try:
            ended.append(worker.run(used[-1]))
        except Exception as error:  # noqa: BLE001  whatever it is, it has ended
            ended.append(error)

    with sandbox.worker() as worker:
        thread = threading.Thread(target=work)
        thread.start()
        end = time.monotonic() + DEADLINE
        while len(engine.containers.list(filters=ours)) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        sandbox.stop()
        thread.join(DEADLINE)
    assert len(ended) == 1
    assert engine.containers.list(all=True, filters=ours) == []


def test_nothing_starts_once_stopped(engine: DockerClient, probe: Probe, used: list[Work]) -> None:
    """A container that is made while the sandbox is being stopped is removed again."""
    sandbox = DockerSandbox(engine)
    used.append(probe("time.sleep(3600)", cell="late", cell_seconds=600.0))
    with sandbox.worker() as worker:
        sandbox.stop()
        with pytest.raises(Exception, match="being stopped"):
            worker.run(used[-1])
    assert engine.containers.list(all=True, filters={"label": f"{OURS}.run={sandbox._run}"}) == []
