"""The site on disk, one file at a time: all pages of 100,000 answers need not fit in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from matrix import report
from matrix.model import Report
from matrix.site import addresses, site
from matrix.site.retired import retired_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    files: int
    size: int


def build(done: Report, out: Path, *, earlier: Path | None, schedule: float) -> Written:
    """Write the whole site. `earlier`: a report, or the folder of an earlier site. Raises MatrixError."""
    previous = report.read(earlier) if earlier is not None else None
    kept = _retired_before(earlier)
    retired = retired_of(done, *kept, *([previous] if previous is not None else []))
    files = site(done, previous=previous, retired=retired, schedule=schedule)
    return _write(_all(files, done, retired), out)


def _retired_before(earlier: Path | None) -> list[Report]:
    """What an earlier site had kept already."""
    path = earlier / addresses.RETIRED if earlier is not None else None
    return [report.read(path)] if path is not None and path.exists() else []


def _all(files: Iterable[tuple[str, str]], done: Report, retired: Report | None) -> Iterator[tuple[str, str | bytes]]:
    yield from files
    yield addresses.REPORT, report.packed(done)
    if retired is not None:
        yield addresses.RETIRED, report.packed(retired)


def _write(files: Iterable[tuple[str, str | bytes]], out: Path) -> Written:
    """Each file whole or not at all; what else is in the folder is left alone."""
    report.make_folder(out)
    number = size = 0
    for address, content in files:
        report.write_whole(out / address, content)
        number, size = number + 1, size + len(content)
    return Written(files=number, size=size)
