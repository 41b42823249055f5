"""Our own code as it goes into a sandbox: guest, peer and cases in one folder.

The sandboxed interpreters import from this folder alone, in Docker and without.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from matrix import builtin
from matrix.provision.folders import Folder, digest_of, make_once


def provide(cases: Path = builtin.CASES) -> Folder:
    """`matrix/` (guest and peer only) and `cases/`, as they are at this moment."""
    sources = sorted(_sources(cases))
    digest = digest_of(part for name, path in sources for part in (name, path.read_bytes()))

    def fill(folder: Path) -> None:
        for name, path in sources:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    return make_once("code", digest, fill)


def _sources(cases: Path) -> Iterator[tuple[str, Path]]:
    yield "matrix/__init__.py", builtin.PACKAGE / "__init__.py"
    for part in ("guest", "peer"):
        for path in (builtin.PACKAGE / part).rglob("*.py"):
            yield f"matrix/{path.relative_to(builtin.PACKAGE)}", path
    for path in cases.rglob("*.py"):
        yield f"cases/{path.relative_to(cases)}", path
