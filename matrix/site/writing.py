"""The site on disk, one file at a time: a site of 100,000 answers is larger than what fits in memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from matrix.report import make_folder, write_whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    files: int
    size: int


def write(files: Iterable[tuple[str, str]], out: Path) -> Written:
    """Each file whole or not at all; what else is in the folder is left alone. Raises EnvironmentLacks."""
    make_folder(out)
    number = size = 0
    for address, text in files:
        write_whole(out / address, text)
        number, size = number + 1, size + len(text)
    return Written(files=number, size=size)
