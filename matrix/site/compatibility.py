"""COMPATIBILITY.md: the current release of each client times what matters, short enough to read in a repository.

The site has the rest. The table stands between two marks, so that the README can show the very same one.
"""

from collections.abc import Iterator

from matrix.model import Report, Verdict
from matrix.render import signs
from matrix.render.markdown import code, escape
from matrix.render.plain import counted, in_words
from matrix.site import addresses
from matrix.site.age import moment_of
from matrix.site.book import Book, Client, book_of
from matrix.site.current import Broken, Release, Way, of_cpython, releases_of
from matrix.site.spans import interpreters_in_words

BEGIN = "<!-- table -->"
END = "<!-- /table -->"

# What most people get wrong, and what becomes of it: head of the column -> case.
HAZARDS = {
    "session left open": "session[left_open]",
    "async client left open": "async_client[left_open]",
    "response unread": "stream[unread]",
    "async response unread": "async_stream[unread]",
}
_STAR, _NOTHING = "\\*", "–"  # noqa: RUF001  # a dash
_OTHERS = {_STAR: "better on some interpreters", _NOTHING: "the client has no such use, or gave no answer"}
MOST_BROKEN = 40
MOST_NAMED = 12
_VERDICTS = list(Verdict)


def compatibility(report: Report, *, url: str = "") -> str:
    """The whole file; `url` is where the site is published."""
    return "\n".join(_lines(book_of(report), url.rstrip("/"))).rstrip() + "\n"


def excerpt(text: str) -> str | None:
    """The table of such a file, or of a README; None where there is none."""
    _, begin, rest = text.partition(BEGIN)
    table, end, _ = rest.partition(END)
    return table.strip() if begin and end else None


def renewed(text: str, table: str) -> str | None:
    """A text with this table between its marks; None where it has none."""
    if excerpt(text) is None:
        return None
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _lines(book: Book, url: str) -> Iterator[str]:
    releases = releases_of(book)
    yield "# Compatibility"
    yield ""
    yield (
        "What the current release of each client leaves behind after a call. Made by `leakmatrix` from one report of "
        f"{escape(moment_of(book.report.header.started).words)}, in the {escape(book.report.header.sandbox)} sandbox: "
        f"{counted(len(book.report.cells), 'cell')} on {counted(len(book.interpreters), 'interpreter')}. "
        + (f"[The site]({url}/) has every version, and the evidence." if url else "`leakmatrix site` makes the rest.")
    )
    yield ""
    yield BEGIN
    table = list(_table(book, releases, url))
    yield from table
    yield END
    yield ""
    yield from _legend("\n".join(table))
    yield from _broken(book, releases, url)
    yield from _elsewhere(releases)
    yield from _silent(releases)


def _table(book: Book, releases: tuple[Release, ...], url: str) -> Iterator[str]:
    columns = {head: case for head, case in HAZARDS.items() if case in book.rows}
    yield (
        f"| client | release | guarantees | {' | '.join(columns)} |" if columns else "| client | release | guarantees |"
    )
    yield "| --- " * (3 + len(columns)) + "|"
    for release in releases:
        client = release.client
        name = escape(client.name)
        cells = [
            f"[{name}]({url}/{addresses.client_page(client.name)})" if url else name,
            "with Python" if client.bundled else escape(client.current),
            _guarantees(release, book),
            *(_hazard(client, case) for case in columns.values()),
        ]
        yield f"| {' | '.join(cells)} |"


def _guarantees(release: Release, book: Book) -> str:
    if not release.guarantees:
        return "no result"
    more = f"; on PyPy {len(release.elsewhere)}{' more' if release.broken else ' broken'}" if release.elsewhere else ""
    if not release.broken:
        kept = f"! {release.kept} of" if release.silent else "✓ all"
        return f"{kept} {release.guarantees} hold{release.not_answered}{more}"
    known = f", {release.known} known" if release.known else ""
    where = f", on {interpreters_in_words(release.broken_on, book.interpreters)} alone" if release.broken_on else ""
    broken = f"{signs.BROKEN} {len(release.broken)} of {release.guarantees} broken"
    return f"{broken}{known}{where}{release.not_answered}{more}"


def _hazard(client: Client, case: str) -> str:
    """The worst verdict of the current release on CPython, with a star where an interpreter gives another.

    A dash where there is none: as a rule, the client has no such use.
    """
    cells = of_cpython([cell for cell in client.cells if client.is_current(cell)])
    places = [client.places.get((cell.cell, case)) for cell in cells]
    records = [place.record for place in places if place is not None and place.record is not None]
    verdicts = {record.verdict for record in records if record.verdict is not None}
    if not verdicts:
        return _NOTHING
    worst = max(verdicts, key=_VERDICTS.index)
    return f"{signs.verdict_sign(worst)} {worst}" + (_STAR if len(verdicts) > 1 else "")


def _legend(table: str) -> Iterator[str]:
    told = [f"{signs.verdict_sign(verdict)} `{verdict}`: {signs.verdict_meaning(verdict)}" for verdict in Verdict]
    told += [f"{sign}: {meaning}" for sign, meaning in _OTHERS.items() if sign in table]
    yield "; ".join(told) + ". PyPy counts no references: there `refcount` is `gc`."
    yield ""


def _broken(book: Book, releases: tuple[Release, ...], url: str) -> Iterator[str]:
    broken = [each for release in releases for each in release.broken]
    if not broken:
        return
    yield f"## {counted(len(broken), 'broken guarantee')}"
    yield ""
    for one in broken[:MOST_BROKEN]:
        yield _broken_line(book, one, url)
    if len(broken) > MOST_BROKEN:
        yield f"- and {len(broken) - MOST_BROKEN} more"
    yield ""


def _elsewhere(releases: tuple[Release, ...]) -> Iterator[str]:
    found = [release for release in releases if release.elsewhere]
    if found:
        yield "## On PyPy alone"
        yield ""
        for release in found:
            cases = [code(one.row.case) for one in release.elsewhere]
            more = f" and {len(cases) - MOST_NAMED} more" if len(cases) > MOST_NAMED else ""
            known = "" if any(not one.known for one in release.elsewhere) else " (known)"
            yield f"- **{escape(_who(release.elsewhere[0]))}** {', '.join(cases[:MOST_NAMED])}{more}{known}"
        yield ""


def _who(one: Broken) -> str:
    return f"{one.client} {one.version}".strip()


def _broken_line(book: Book, one: Broken, url: str) -> str:
    address = addresses.answer(one.ways[0].place.column.cell.cell, one.row.case)
    case = f"[{code(one.row.case)}]({url}/{address})" if url else code(one.row.case)
    ways = [f"it {escape(way.state.phrase)} ({escape(_where(book, way))})" for way in one.ways]
    does = "; ".join(ways)
    known = f" Listed: {escape(one.known)}." if one.known else ""
    return f"- **{escape(_who(one))}** {case}: {escape(one.row.sentence)} {does[:1].upper()}{does[1:]}.{known}"


def _where(book: Book, way: Way) -> str:
    where = interpreters_in_words(way.interpreters, book.interpreters)
    return f"{where}, {way.growth}" if way.growth else where


def _silent(releases: tuple[Release, ...]) -> Iterator[str]:
    silent = [release for release in releases if release.untested]
    if silent:
        yield "## Not tested"
        yield ""
        for release in silent:
            name, version = escape(release.client.name), escape(release.client.current)
            yield f"- {name} {version} on {escape(in_words(release.untested))}"
        yield ""
