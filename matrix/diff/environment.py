"""What else changed in a cell: packages, the interpreter, the image, the sandbox.

Said beside an answer that changed, because it may explain it. That it does is not claimed here:
`leakmatrix bisect` finds out.
"""

from collections.abc import Iterator

from matrix.diff.model import Moved
from matrix.model import CellRecord


def moved(old: CellRecord, new: CellRecord) -> tuple[Moved, ...]:
    """Everything but what the cell is named after, packages first. What one of them does not say did not change."""
    return (*_packages(old, new), *_ground(old, new))


def _packages(old: CellRecord, new: CellRecord) -> Iterator[Moved]:
    if old.resolved and new.resolved:
        for package in sorted({*old.resolved, *new.resolved} - {new.client}):
            before, after = old.resolved.get(package, ""), new.resolved.get(package, "")
            if before != after:
                yield Moved(what=package, before=before, after=after)


def _ground(old: CellRecord, new: CellRecord) -> Iterator[Moved]:
    same = old.interpreter == new.interpreter
    if same and old.python != new.python and _ran(old) and _ran(new):
        yield Moved(what="Python", before=old.python, after=new.python)
    if same and old.image and new.image and old.image != new.image:
        yield Moved(what="image", before=old.image, after=new.image)
    if old.sandbox != new.sandbox:
        yield Moved(what="sandbox", before=old.sandbox, after=new.sandbox)


def _ran(cell: CellRecord) -> bool:
    """Where nothing ran, `python` is only what was asked for."""
    return cell.python != cell.interpreter
