"""A root filesystem made from an interpreter of this host: its own tree and the libraries it needs.

What `python:X.Y-slim` gives, for where no registry can be reached, and without network:
`/usr/local/bin/python3`, its standard library, the shared libraries that `ldd` names for it
and its extensions, and the few files that libc wants. One from a suite has all these in a tree of its
own, which is taken as it is. No shell, no package manager, none of the host's installed packages. A tar
file; what to do with it is the engine's business.
"""

import io
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from matrix.provision.folders import digest_of
from matrix.provision.interpreters import Interpreter
from matrix.provision.tree import LAUNCHER, UNNEEDED, program

# Raise it when the recipe below changes: images made by another recipe are made again.
RECIPE = "3"

# Where libraries from outside the system's own folders go: libpython, an OpenSSL of pyenv's.
LIBRARIES = "/usr/local/lib"
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LD_LIBRARY_PATH": LIBRARIES}

_SYSTEM = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/")
# This machine's own settings, often a link to a file outside: Debian's has one.
_SETTINGS = ("sitecustomize.py", "usercustomize.py")
_LDD_LINE = re.compile(r"(?:\S+ => )?(/\S+) \(0x[0-9a-f]+\)")
# What a manylinux wheel may count on (PEP 600), and what libc loads by name while running.
_EXPECTED: tuple[str, ...] = (
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "libm.so.6",
    "libresolv.so.2",
)
_EXPECTED += ("libgcc_s.so.1", "libstdc++.so.6", "libz.so.1", "libnss_files.so.2", "libnss_dns.so.2")
_FILES = {
    "etc/passwd": "root:x:0:0:root:/:/bin/false\nnobody:x:65534:65534:nobody:/tmp:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


def identity(interpreter: Interpreter) -> str:
    """Equal for images that would come out equal: the recipe and the interpreter's own build."""
    if interpreter.root is not None:  # named after its content
        return digest_of((RECIPE, interpreter.version, interpreter.root.name))
    stamp = interpreter.executable.stat()
    return digest_of((RECIPE, interpreter.version, str(interpreter.executable), str(stamp.st_mtime_ns)))


def write(interpreter: Interpreter, target: Path) -> None:
    """Write the root filesystem to a tar file."""
    with tarfile.open(target, "w") as archive:
        for name in ("tmp", "leakmatrix", "usr/local/lib"):
            _folder(archive, name)
        for name, text in _FILES.items():
            _text(archive, name, text)
        if interpreter.root is not None:
            _whole(archive, interpreter.root, f"/{program(interpreter.name)}")
            return
        _interpreter(archive, interpreter)
        for path, name in sorted(_libraries(interpreter).items()):
            archive.add(path.resolve(), arcname=name, filter=_as_root)


def _interpreter(archive: tarfile.TarFile, interpreter: Interpreter) -> None:
    name = interpreter.executable.name
    archive.add(interpreter.executable, arcname=f"usr/local/bin/{name}", filter=_as_root)
    _aliases(archive, name)
    library = interpreter.standard_library
    archive.add(library, arcname=f"usr/local/lib/{library.name}", filter=_wanted)


def _whole(archive: tarfile.TarFile, root: Path, program: str) -> None:
    """A tree as it is, but for its launcher: here the libc is its own."""

    def keep(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if member.name == LAUNCHER else _as_root(member)

    for path in sorted(root.iterdir()):
        archive.add(path, arcname=path.name, filter=keep)
    _aliases(archive, program)


def _aliases(archive: tarfile.TarFile, target: str) -> None:
    """The usual names, on the path."""
    for alias in ("python", "python3"):
        if alias != target:
            link = tarfile.TarInfo(f"usr/local/bin/{alias}")
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)


def _wanted(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = Path(member.name).name
    unwanted = name in UNNEEDED or name in _SETTINGS or name.startswith("config-")
    if unwanted or name.endswith((".a", ".opt-1.pyc", ".opt-2.pyc")):
        return None
    return _as_root(member)


def _as_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _libraries(interpreter: Interpreter) -> dict[Path, str]:
    """Shared library -> where it goes."""
    extensions = sorted((interpreter.standard_library / "lib-dynload").glob("*.so"))
    found = {path for binary in (interpreter.executable, *extensions) for path in _needed(binary)}
    system = {path.parent for path in found if str(path).startswith(_SYSTEM)}
    found |= {folder / name for folder in system for name in _EXPECTED if (folder / name).exists()}
    return {path: _destination(path) for path in found}


def _needed(binary: Path) -> Iterator[Path]:
    done = subprocess.run(("ldd", binary), capture_output=True, text=True, check=False)
    for match in _LDD_LINE.finditer(done.stdout):
        yield Path(match[1])


def _destination(path: Path) -> str:
    """The same place for the system's libraries: the dynamic loader looks there by itself."""
    if str(path).startswith(_SYSTEM):
        return str(path).lstrip("/")
    return f"{LIBRARIES}/{path.name}".lstrip("/")


def _folder(archive: tarfile.TarFile, name: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type = tarfile.DIRTYPE
    entry.mode = 0o1777 if name == "tmp" else 0o755
    archive.addfile(entry)


def _text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    data = text.encode()
    entry.size, entry.mode = len(data), 0o644
    archive.addfile(entry, io.BytesIO(data))
