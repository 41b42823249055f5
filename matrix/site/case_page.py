"""A page for each case: what it means, who promises it, and its answer in every cell."""

from dataclasses import dataclass

from matrix.model import Contract
from matrix.render import signs
from matrix.render.table import Column, Place, Row
from matrix.site import addresses
from matrix.site.blame import Blame
from matrix.site.book import Book, Client
from matrix.site.ranges import Story
from matrix.site.templating import Pages


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One client's answers: a line for each version, newest first."""

    client: Client
    stories: tuple[Story, ...]
    blame: Blame | None
    lines: tuple[tuple[Column | None, tuple[Place | None, ...]], ...]


def case_page(pages: Pages, row: Row) -> tuple[str, str]:
    entries = [_entry(client, row) for client in pages.book.clients.values() if row.case in client.stories]
    fix = _fix(pages.book, entries, row)
    return pages.page(
        "case",
        addresses.case_page(row.case),
        row=row,
        contracts=_contracts(row.case, entries),
        promises=_promises(entries),
        fix=fix,
        entries=entries,
    )


def _entry(client: Client, row: Row) -> Entry:
    lines = tuple(
        (head, tuple(client.places.get((cell.cell, row.case)) if cell else None for cell in cells))
        for head, cells in client.lines
    )
    return Entry(client=client, stories=client.stories[row.case], blame=client.blame(row.case), lines=lines)


def _contracts(case: str, entries: list[Entry]) -> list[tuple[Contract, str, list[str]]]:
    """What the case is and what that means; with whose, where clients differ."""
    whose: dict[Contract, list[str]] = {}
    for entry in entries:
        [own] = (each.contract for each in entry.client.rows if each.case == case)
        whose.setdefault(own, []).append(entry.client.name)
    return [
        (contract, signs.contract_meaning(contract), whose[contract] if len(whose) > 1 else [])
        for contract in Contract
        if contract in whose
    ]


def _promises(entries: list[Entry]) -> list[tuple[list[str], str]]:
    """Each promise once, with the clients that make it."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        for _head, places in entry.lines:
            for place in places:
                if place is not None and place.record is not None and place.record.promise:
                    names = found.setdefault(place.record.promise, [])
                    if entry.client.name not in names:
                        names.append(entry.client.name)
    return [(names, promise) for promise, names in found.items()]


def _fix(book: Book, entries: list[Entry], row: Row) -> Row | None:
    places = (place for entry in entries for _head, places in entry.lines for place in places)
    named = (place.record.fix for place in places if place is not None and place.record is not None)
    return next((book.rows[fix] for fix in named if fix and fix in book.rows and fix != row.case), None)
