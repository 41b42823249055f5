"""Our own code as it goes into a sandbox: guest, peer and cases in one folder.

The sandboxed interpreters import from this folder alone, in Docker and without.
"""

import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from matrix import builtin
from matrix.errors import UsageError
from matrix.provision.folders import Folder, digest_of, make_once
from matrix.provision.once import Once

_COLLECTED = ("test_*.py", "*_test.py")  # by pytest
OWN = "own"  # where cases of somebody's own are, beside the built-in ones

# What is in folders that are named after their content: many cells ask at a time, and 0.7 MB are read for each client.
_READ: Once[Path, dict[Path, bytes]] = Once()


def provide(cases: Path = builtin.CASES, own: Path | None = None) -> Folder:
    """`matrix/` (guest and peer only), `cases/`, and a file or folder of somebody's own, as they are at this moment."""
    sources = sorted([*_sources(cases), *_own(own)])
    digest = digest_of(part for name, path in sources for part in (name, path.read_bytes()))

    def fill(folder: Path) -> None:
        for name, path in sources:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    return make_once("code", digest, fill)


def adapter(client: str, cases: Path = builtin.CASES) -> Path:
    """The file that says how a client does what the cases ask for, if there is one."""
    return cases / "clients" / f"{client.replace('-', '_')}.py"


@lru_cache(maxsize=256)
def digest_for(client: str, folder: Path) -> str:
    """Of a folder that `provide` gave, what the cells of a client can see: not the adapters of the others.

    What adapters share is in files that begin with `_`.
    """
    mine = adapter(client, folder / "cases")
    contents = _READ.get(folder, lambda: {path: path.read_bytes() for path in sorted(folder.rglob("*.py"))})
    others = {path for path in contents if path.parent == mine.parent and path != mine and path.name[0] != "_"}
    seen = ((path, content) for path, content in contents.items() if path not in others)
    return digest_of(part for path, content in seen for part in (str(path.relative_to(folder)), content))


def _own(path: Path | None) -> Iterator[tuple[str, Path]]:
    if path is None:
        return
    found = [path] if path.is_file() else sorted(path.rglob("*.py"))
    if not any(file.match(name) for file in found for name in _COLLECTED):
        raise UsageError(f"no cases at {path}", hint="--cases takes a file test_*.py, or a folder with such files")
    for file in found:
        yield f"{OWN}/{file.name if path.is_file() else file.relative_to(path)}", file


def _sources(cases: Path) -> Iterator[tuple[str, Path]]:
    yield "matrix/__init__.py", builtin.PACKAGE / "__init__.py"
    for part in ("guest", "peer"):
        for path in (builtin.PACKAGE / part).rglob("*.py"):
            yield f"matrix/{path.relative_to(builtin.PACKAGE)}", path
    for path in cases.rglob("*.py"):
        yield f"cases/{path.relative_to(cases)}", path
