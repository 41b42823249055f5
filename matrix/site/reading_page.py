"""How to read a verdict, each with a real example from the report."""

from matrix.model import Contract, Verdict
from matrix.order import implementation, interpreter_key
from matrix.render import signs
from matrix.render.table import Place
from matrix.site import addresses
from matrix.site.book import Book
from matrix.site.templating import Pages


def reading_page(pages: Pages) -> tuple[str, str]:
    return pages.page(
        "reading",
        addresses.READING,
        ladder=[
            (v, signs.verdict_sign(v), signs.verdict_tone(v), signs.verdict_meaning(v), _example(pages.book, v))
            for v in Verdict
        ],
        contracts=[(c, signs.contract_meaning(c)) for c in Contract],
        other_signs=signs.OTHER_SIGNS,
    )


def _example(book: Book, verdict: Verdict) -> Place | None:
    """Of a current release, if any has it; on the newest CPython, if it is there."""
    current = [(client, cell) for client in book.clients.values() for cell in client.cells if client.is_current(cell)]
    current.sort(key=lambda each: interpreter_key(each[1].interpreter), reverse=True)
    current.sort(key=lambda each: implementation(each[1].interpreter) != "cpython")
    for client, cell in current:
        for row in client.rows:
            place = client.places.get((cell.cell, row.case))
            if place is not None and place.record is not None and place.record.verdict is verdict:
                return place
    return None
