"""The page of all that could not be tested, with its reasons."""

from collections.abc import Mapping

from matrix.site import addresses
from matrix.site.front_page import silent_in_words
from matrix.site.gaps import Gap
from matrix.site.templating import Pages


def gaps_page(pages: Pages, gaps: Mapping[str, tuple[Gap, ...]]) -> tuple[str, str]:
    return pages.page("gaps", addresses.GAPS, gaps=gaps, silent=silent_in_words(pages.book.report))
