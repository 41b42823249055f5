"""A page for each client: its ranges as sentences, what changed from release to release, and its cells."""

from collections.abc import Mapping
from dataclasses import dataclass

from matrix.model import CaseStatus, CellRecord, CellStatus, Contract
from matrix.render import signs
from matrix.render.table import Column, Row
from matrix.site import addresses
from matrix.site.blame import Blame
from matrix.site.book import Client
from matrix.site.current import Release
from matrix.site.edges import edges_of
from matrix.site.gaps import Gap
from matrix.site.ranges import Story
from matrix.site.templating import Pages


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One use, in which versions it does what, and whose fault it is."""

    row: Row
    stories: tuple[Story, ...]
    blame: Blame | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """A cell in a word, for the grid of versions and interpreters."""

    id: str
    sign: str
    words: str
    tone: str


def client_page(pages: Pages, release: Release, gaps: Mapping[str, tuple[Gap, ...]]) -> tuple[str, str]:
    client = release.client
    return pages.page(
        "client",
        addresses.client_page(client.name),
        client=client,
        release=release,
        ranges=_ranges(client),
        clean=[row for row in client.rows if _always_clean(client.stories[row.case])],
        edges=edges_of(client),
        grid=_grid(client),
        gaps=gaps.get(client.name, ()),
    )


def entry_of(client: Client, row: Row) -> Entry:
    return Entry(row=row, stories=client.stories[row.case], blame=client.blame(row.case))


def _always_clean(stories: tuple[Story, ...]) -> bool:
    return bool(stories) and all(not story.changes and story.now.passing for story in stories)


def _ranges(client: Client) -> list[tuple[str, list[Entry]]]:
    """Broken guarantees first, then what changed, then hazards that are always the same."""
    told: dict[str, list[Entry]] = {
        "Guarantees broken in some version": [],
        "Hazards whose cost has changed": [],
        "Hazards with the same cost in every version": [],
    }
    broken, changed, steady = told.values()
    for row in client.rows:
        stories = client.stories[row.case]
        entry = entry_of(client, row)
        if not stories or (_always_clean(stories) and entry.blame is None):
            continue
        if row.contract is Contract.GUARANTEE:
            broken.append(entry)
        elif any(story.changes for story in stories) or entry.blame:
            changed.append(entry)
        else:
            steady.append(entry)
    return [(heading, entries) for heading, entries in told.items() if entries]


def _grid(client: Client) -> list[tuple[Column | None, list[Summary | None]]]:
    return [(head, [_summary(client, cell) if cell else None for cell in cells]) for head, cells in client.lines]


def _summary(client: Client, cell: CellRecord) -> Summary:
    places = [place for row in client.rows if (place := client.places.get((cell.cell, row.case))) is not None]
    if cell.status is not CellStatus.RAN:
        face = signs.of_cell(cell.status)
        return Summary(id=cell.cell, sign=face.sign, words=face.word, tone=face.tone)
    broken = [place for place in places if place.face.sign == signs.BROKEN]
    failed = [
        place
        for place in places
        if place.record is not None and place.record.status not in {CaseStatus.ANSWERED, CaseStatus.UNSUPPORTED}
    ]
    if broken:
        tone = signs.Tone.WARN if all(place.face.mark == "known" for place in broken) else signs.Tone.BAD
        return Summary(id=cell.cell, sign=signs.BROKEN, words=f"{len(broken)} broken", tone=tone)
    if failed:
        return Summary(id=cell.cell, sign="!", words=f"{len(failed)} without result", tone=signs.Tone.WARN)
    return Summary(id=cell.cell, sign="✓", words="holds", tone=signs.Tone.OK)
