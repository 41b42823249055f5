"""What changed from one release of a client to the next that was tested, from its ranges."""

from dataclasses import dataclass

from matrix.model import Verdict
from matrix.order import column_key
from matrix.render.table import Row
from matrix.site.book import Client
from matrix.site.ranges import State, follow

_WORSE = list(Verdict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One case, and on which interpreters it changed."""

    row: Row
    before: State
    after: State
    interpreters: tuple[str, ...]

    @property
    def worse(self) -> bool:
        return _WORSE.index(self.after.verdict) > _WORSE.index(self.before.verdict)

    @property
    def better(self) -> bool:
        return _WORSE.index(self.after.verdict) < _WORSE.index(self.before.verdict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """Two tested releases and all that changed between them."""

    client: str
    older: str
    newer: str
    changes: tuple[Change, ...]
    gap: bool  # whether there may be releases between them

    @property
    def worse(self) -> int:
        return sum(change.worse for change in self.changes)

    @property
    def better(self) -> int:
        return sum(change.better for change in self.changes)


def edges_of(client: Client) -> tuple[Edge, ...]:
    """The newest first."""
    found: dict[tuple[str, str], list[Change]] = {}
    for row in client.rows:
        for story in client.stories[row.case]:
            for older, newer in zip(story.ranges, story.ranges[1:], strict=False):
                change = Change(row=row, before=older.state, after=newer.state, interpreters=story.interpreters)
                found.setdefault((older.last, newer.first), []).append(change)
    ordered = sorted(found, key=lambda pair: [column_key(version, version) for version in reversed(pair)], reverse=True)
    return tuple(
        Edge(
            client=client.name,
            older=older,
            newer=newer,
            changes=tuple(found[older, newer]),
            gap=not follow(older, newer, of_python=client.bundled),
        )
        for older, newer in ordered
    )
