"""The tests of the guest on another interpreter of this host, named as in tox.ini, or on all of them.

python tests/guest_on.py guest-3.8 [arguments for pytest]
python tests/guest_on.py all [arguments for pytest]

pytest's exit code is the answer. An interpreter that is not installed is never a pass: it ends
with 3 and says so; `all` runs what is installed and lists the rest as absent.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from matrix.errors import ExitCode, MatrixError
from matrix.order import interpreter_key
from matrix.provision import environment, interpreters
from matrix.provision.interpreters import Interpreter
from matrix.sandbox import variables

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ("pytest>=8.3", "pytest-timeout")
PYTEST = (
    *("-m", "pytest", "-c", os.devnull, "--rootdir", str(ROOT), "--import-mode=importlib"),
    *("-p", "pytest_timeout", "-p", "no:cacheprovider", "--timeout=300", "-W", "error", "-ra"),
    str(ROOT / "tests" / "guest"),
)


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        return _refuse("name an interpreter, such as guest-3.8, or `all`")
    wanted, *rest = arguments
    name = wanted.removeprefix("guest-")
    try:
        installed = interpreters.on_host()
        if name == "all":
            return _run_all(installed, rest)
        if name in installed:
            return _run(installed[name], rest)
    except MatrixError as error:
        return _refuse(f"{error.message}; {error.hint}")
    there = ", ".join(sorted(installed, key=interpreter_key)) or "none"
    return _refuse(
        f"Python {name} is not installed here (there is: {there}); "
        f"`leakmatrix interpreters` gets what a suite or uv has; or run `tests/guest_on.py all` for what there is"
    )


def _run_all(installed: Mapping[str, Interpreter], rest: Sequence[str]) -> int:
    names = sorted({*interpreters.SUPPORTED, *installed}, key=interpreter_key)  # a free-threaded build, too
    codes = {name: _run(installed[name], rest) for name in names if name in installed}
    if not codes:
        return _refuse("no interpreter is installed here; `leakmatrix interpreters` gets those that can be had")
    for name in names:
        said = "absent" if name not in codes else f"failed, exit code {codes[name]}" if codes[name] else "passed"
        _say(f"{name:<8} {said}")
    return max(codes.values())


def _run(interpreter: Interpreter, rest: Sequence[str]) -> int:
    _say(f"Python {interpreter.version}, {interpreter.executable}")
    packages = environment.provide(REQUIREMENTS, python=interpreter.name).folder.path
    return subprocess.run(
        (interpreter.executable, *PYTEST, *rest),
        cwd=ROOT,
        env={**variables.of((packages, ROOT)), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    ).returncode


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"guest_on: {sentence}.\n")
    return ExitCode.ENVIRONMENT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
