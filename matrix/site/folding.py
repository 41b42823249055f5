"""Which rows of a table may be folded away because they do not tell anything apart."""

from collections.abc import Iterable

from matrix.render import signs
from matrix.render.table import Place


def says_nothing(places: Iterable[Place]) -> bool:
    """One answer everywhere, and not that of a broken guarantee, nor of a list that is out of date."""
    faces = {place.face for place in places if place.record is not None}
    return len(faces) < 2 and not any(face.sign in {signs.BROKEN, signs.STALE} for face in faces)
