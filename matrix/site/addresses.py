"""Where each page is: addresses that stay the same for ever, in a folder, a URL and a file URL alike.

Two names never share an address (file_names.py). A cell is a page and each of its answers a fragment of it:
100,000 files of HTML would be heavier than all they say.
"""

import os
import re

from matrix.file_names import coded, file_name, shortened

FRONT = "index.html"
GAPS = "gaps.html"
READING = "reading.html"
STYLE = "site.css"
SCRIPT = "site.js"
ICON = "icon.svg"
SCHEMA = "report.schema.json"
REPORT = "report.jsonl.gz"
RETIRED = "retired.jsonl.gz"

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


def fragment(case: str) -> str:
    """`session[left_open]` as `session.left_open`; a case whose id is not of this form is written in full."""
    subject, bracket, rest = case.partition("[")
    parts = (subject, rest[:-1]) if bracket and rest.endswith("]") else (case,)
    return ".".join(coded(_UNSAFE, part) for part in parts) or "~"


def cell_page(cell: str) -> str:
    return f"cells/{file_name(cell)}.html"


def cell_data(cell: str) -> str:
    """The cell's own records, a report that `leakmatrix show --report` reads."""
    return f"cells/{file_name(cell)}.jsonl"


def answer(cell: str, case: str) -> str:
    return f"{cell_page(cell)}#{fragment(case)}"


def client_page(client: str) -> str:
    return f"clients/{file_name(client)}.html"


def case_page(case: str) -> str:
    """Named as its fragment is, which is easier to read in an address than a coded bracket."""
    return f"cases/{shortened(fragment(case))}.html"


def matrix_page(interpreter: str) -> str:
    return f"matrix/{file_name(interpreter)}.html"


def badge(client: str) -> str:
    return f"badges/{file_name(client)}.json"


def relative(address: str, page: str) -> str:
    """An address as it is written on a page: the site works from any folder."""
    path, hash_, name = address.partition("#")
    if path == page and hash_:
        return f"#{name}"
    folder = os.path.dirname(page)  # noqa: PTH120  an address is no path of this machine
    return os.path.relpath(path, folder or ".") + hash_ + name
