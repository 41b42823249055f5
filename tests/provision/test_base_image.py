"""`matrix.provision.base_image`: the tar that an image is made of, from the interpreter that runs this."""

import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from matrix.provision import base_image
from matrix.provision.interpreters import Interpreter, ask


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    """The interpreter under the one that runs these tests."""
    found = ask(Path(sys.executable).resolve())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def root(interpreter: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tar."""
    path = tmp_path_factory.mktemp("image") / "root.tar"
    base_image.write(interpreter, path)
    return path


@pytest.fixture(scope="module")
def members(root: Path) -> dict[str, tarfile.TarInfo]:
    """What is in it, by name."""
    with tarfile.open(root) as archive:
        return {member.name: member for member in archive}


def library(interpreter: Interpreter) -> str:
    return f"usr/local/lib/{interpreter.standard_library.name}"


@pytest.mark.parametrize("name", ["python", "python3"])
def test_python_by_its_usual_names(members: dict[str, tarfile.TarInfo], interpreter: Interpreter, name: str) -> None:
    """The interpreter is on the path, itself or as a link that is not dangling."""
    member = members[f"usr/local/bin/{name}"]
    assert member.isfile() or f"usr/local/bin/{member.linkname}" in members
    assert members[f"usr/local/bin/{interpreter.executable.name}"].mode & 0o111


@pytest.mark.parametrize("name", ["json/__init__.py", "asyncio/base_events.py", "encodings/utf_8.py", "lib-dynload"])
def test_standard_library(members: dict[str, tarfile.TarInfo], interpreter: Interpreter, name: str) -> None:
    """The standard library is whole enough to start and to import from."""
    assert f"{library(interpreter)}/{name}" in members


@pytest.mark.parametrize("name", ["site-packages", "dist-packages", "test", "tkinter", "ensurepip"])
def test_left_out(members: dict[str, tarfile.TarInfo], name: str) -> None:
    """None of the host's packages, and nothing that no client needs."""
    assert not [each for each in members if f"/{name}/" in f"/{each}/"]


def test_what_ldd_names(members: dict[str, tarfile.TarInfo], interpreter: Interpreter) -> None:
    """Every shared library that the interpreter needs is where its loader will look, libc among them."""
    said = subprocess.run(("ldd", interpreter.executable), capture_output=True, text=True, check=True).stdout
    needed = {Path(word) for word in said.split() if word.startswith("/")}
    there = {f"/{name}" for name in members}
    assert any(path.name.startswith("libc.so") for path in needed)
    assert {path.name for path in needed if not {str(path), f"/usr/local/lib/{path.name}"} & there} == set()


def test_libraries_are_files(members: dict[str, tarfile.TarInfo]) -> None:
    """No library is a link to something that is not there."""
    links = {name: member.linkname for name, member in members.items() if member.issym()}
    missing = {name for name, target in links.items() if os.path.normpath(Path(name).parent / target) not in members}
    assert missing == set()


def test_everything_is_roots(members: dict[str, tarfile.TarInfo]) -> None:
    """Nothing belongs to the user who made it."""
    assert {(member.uid, member.gid) for member in members.values()} == {(0, 0)}


@pytest.mark.parametrize(("name", "mode"), [("tmp", 0o1777), ("leakmatrix", 0o755)])
def test_folders_to_mount_on(members: dict[str, tarfile.TarInfo], name: str, mode: int) -> None:
    """The folders that a sandbox mounts on are there: the root is read-only."""
    assert (members[name].isdir(), members[name].mode) == (True, mode)


def test_nobody_has_a_name(root: Path) -> None:
    """The user of a sandbox is in the list of users."""
    with tarfile.open(root) as archive:
        file = archive.extractfile("etc/passwd")
        assert file is not None
        assert b"nobody:x:65534:" in file.read()


def test_no_shell(members: dict[str, tarfile.TarInfo]) -> None:
    """There is no program in it but Python."""
    assert not {"bin/sh", "usr/bin/env", "bin/bash"} & set(members)


def test_identity_is_stable(interpreter: Interpreter) -> None:
    """The same interpreter is the same image."""
    assert base_image.identity(interpreter) == base_image.identity(interpreter)


def test_identity_of_another_build(interpreter: Interpreter, tmp_path: Path) -> None:
    """An executable that was built anew is another image, though its version is the same."""
    executable = tmp_path / "python"
    built = Interpreter(
        name=interpreter.name,
        version=interpreter.version,
        executable=executable,
        standard_library=interpreter.standard_library,
    )
    executable.touch()
    before = base_image.identity(built)
    os.utime(executable, (0, 0))
    assert base_image.identity(built) != before


def test_settings_of_the_machine_are_left_out(interpreter: Interpreter, tmp_path: Path) -> None:
    """Debian has a link to a file of /etc's in its standard library: that file would be missing."""
    library = tmp_path / "python3"
    library.mkdir()
    (library / "os.py").touch()
    (library / "sitecustomize.py").symlink_to("/etc/python3/sitecustomize.py")
    base_image.write(replace(interpreter, standard_library=library), tmp_path / "root.tar")
    with tarfile.open(tmp_path / "root.tar") as archive:
        names = set(archive.getnames())
    assert {Path(name).name for name in names if name.startswith("usr/local/lib/python3/")} == {"os.py"}
