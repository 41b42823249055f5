"""A probe in the place of the guest: what a cell sees and may do, told in its answer."""

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient

from matrix.config import Limits
from matrix.provision.folders import Folder, digest_of
from matrix.sandbox import Work
from matrix.sandbox.docker import connect

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PREAMBLE = """
import errno, json, os, resource, socket, subprocess, sys, time
job = json.load(open(sys.argv[1]))

def tell(**found):
    with open(job["answer"], "a") as answer:
        answer.write(json.dumps(found) + "\\n")
        answer.flush()

def attempt(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

"""


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerClient]:
    """The engine."""
    client = connect()
    yield client
    client.close()


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Work]:
    """Work whose guest is a script of the test's own. It has `job`, `tell` and `attempt`."""

    def build(script: str, cell: str = "probe", **limits: Any) -> Work:
        source = PREAMBLE + textwrap.dedent(script)
        digest = digest_of((source,))
        folders = []
        for kind in ("probe-packages", "probe-runner", "probe"):
            path = tmp_path_factory.mktemp(kind)
            (path / f"{kind.replace('-', '_')}.txt").write_text(kind)
            folders.append(Folder(kind=kind, digest=digest, path=path))
        guest = folders[-1].path / "matrix" / "guest"
        guest.mkdir(parents=True)
        (guest.parent / "__init__.py").touch()
        (guest / "__init__.py").touch()
        (guest / "__main__.py").write_text(source)
        return Work(
            cell=cell,
            python=PYTHON,
            packages=folders[0],
            runner=folders[1],
            code=folders[2],
            job={"protocol": 1, "cell": cell},
            limits=Limits(**limits),
        )

    return build


@pytest.fixture(scope="session")
def write_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Folder]:
    """A folder with some files, under a digest of its own."""

    def write(kind: str, **files: str) -> Folder:
        path: Path = tmp_path_factory.mktemp(kind)
        for name, text in files.items():
            (path / name).write_text(text)
        return Folder(kind=kind, digest=digest_of((str(path), *files, *files.values())), path=path)

    return write
