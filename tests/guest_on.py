"""The tests of the guest on another interpreter of this host, named as in tox.ini, or on all of them.

python tests/guest_on.py guest-3.8 [--sandbox docker] [arguments for pytest]
python tests/guest_on.py all [--sandbox docker] [arguments for pytest]

As a process of this host, or in a container that is isolated as a cell's is. pytest's exit
code is the answer. An interpreter that is not installed is never a pass: it ends
with 3 and says so; `all` runs what is installed and lists the rest as absent.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from docker import DockerClient
from docker.types import Ulimit

from matrix.errors import ExitCode, MatrixError
from matrix.order import interpreter_key
from matrix.provision import code, environment, interpreters
from matrix.provision.folders import Folder
from matrix.provision.interpreters import Interpreter
from matrix.sandbox import container, docker, orphans, variables
from matrix.sandbox.images import Images
from matrix.sandbox.labels import labels
from matrix.sandbox.volumes import Volumes

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests" / "guest"
REQUIREMENTS = ("pytest>=8.3", "pytest-timeout")
PYTEST = (
    *("-m", "pytest", "-c", os.devnull, "--import-mode=importlib"),
    *("-p", "pytest_timeout", "-p", "no:cacheprovider", "--timeout=300", "-W", "error", "-ra"),
)
Run = Callable[[Interpreter, Sequence[str]], int]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="guest_on", usage="guest_on.py guest-3.8|all [--sandbox docker] [...]")
    parser.add_argument("wanted")
    parser.add_argument("--sandbox", choices=("process", "docker"), default="process")
    options, rest = parser.parse_known_args(arguments)
    name = options.wanted.removeprefix("guest-")
    try:
        run = _run_in_process if options.sandbox == "process" else partial(_run_in_docker, docker.connect())
        installed = interpreters.on_host()
        if name == "all":
            return _run_all(run, installed, rest)
        if name in installed:
            return run(installed[name], rest)
    except MatrixError as error:
        return _refuse(f"{error.message}; {error.hint}")
    there = ", ".join(sorted(installed, key=interpreter_key)) or "none"
    return _refuse(
        f"Python {name} is not installed here (there is: {there}); "
        f"`leakmatrix interpreters` gets what a suite or uv has; or run `tests/guest_on.py all` for what there is"
    )


def _run_all(run: Run, installed: Mapping[str, Interpreter], rest: Sequence[str]) -> int:
    names = sorted({*interpreters.SUPPORTED, *installed}, key=interpreter_key)  # a free-threaded build, too
    codes = {name: run(installed[name], rest) for name in names if name in installed}
    if not codes:
        return _refuse("no interpreter is installed here; `leakmatrix interpreters` gets those that can be had")
    for name in names:
        said = "absent" if name not in codes else f"failed, exit code {codes[name]}" if codes[name] else "passed"
        _say(f"{name:<8} {said}")
    return max(codes.values())


def _packages(interpreter: Interpreter) -> Folder:
    return environment.provide(REQUIREMENTS, python=interpreter.name).folder


def _run_in_process(interpreter: Interpreter, rest: Sequence[str]) -> int:
    _say(f"Python {interpreter.version}, {interpreter.executable}")
    return subprocess.run(
        (interpreter.executable, *PYTEST, "--rootdir", str(ROOT), str(TESTS), *rest),
        cwd=ROOT,
        env={**variables.of((_packages(interpreter).path, ROOT)), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    ).returncode


def _run_in_docker(client: DockerClient, interpreter: Interpreter, rest: Sequence[str]) -> int:
    image = Images(client, _say).ensure(interpreter.name)
    volumes = Volumes(client)
    folders = (_packages(interpreter), code.provide(own=TESTS))
    mounts = [volumes.mount(folder, image) for folder in folders]
    ours = str(mounts[-1]["Target"])
    made = container.create(
        client,
        image,
        ["python3", *PYTEST, "--rootdir", ours, f"{ours}/{code.OWN}", *rest],
        mounts,
        labels=labels(name=f"guest-{interpreter.name}") | orphans.owner(),
        network_mode="none",
        mem_limit=2048 * container.MEBIBYTE,  # more than a cell's: many guests at a time, and one leaves 5,000 sockets
        pids_limit=1024,
        ulimits=[*container.FILES, Ulimit(name="nofile", soft=8192, hard=8192)],
    )
    try:
        _say(f"Python {interpreter.version}, in a container of {image}")
        made.start()
        for part in made.logs(stream=True, follow=True):
            sys.stdout.buffer.write(part)
            sys.stdout.flush()
        return int(made.wait()["StatusCode"])
    finally:
        container.remove(made)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"guest_on: {sentence}.\n")
    return ExitCode.ENVIRONMENT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
