"""Which rows of a table may be folded away because they do not tell anything apart."""

from collections.abc import Iterable

from matrix.model import CaseStatus
from matrix.render import signs
from matrix.render.table import Place


def says_nothing(places: Iterable[Place]) -> bool:
    """One answer of all who have such a feature, not that of a broken guarantee, nor of a list that is out of date."""
    records = ((place.face, place.record) for place in places if place.record is not None)
    faces = {face for face, record in records if record.status is not CaseStatus.UNSUPPORTED}
    return len(faces) < 2 and not any(face.sign in {signs.BROKEN, signs.STALE} for face in faces)
