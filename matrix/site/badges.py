"""A badge for each client, in the form that shields' endpoint reads."""

import json

from matrix.render.plain import one_line
from matrix.site import addresses
from matrix.site.current import Release


def badge(release: Release) -> tuple[str, str]:
    """What the current release keeps of what it promises."""
    message, color = _said(release)
    version = "" if release.client.bundled else f" {one_line(release.client.current)}"
    data = {
        "schemaVersion": 1,
        "label": f"{one_line(release.client.name)}{version} leaks",
        "message": message,
        "color": color,
    }
    return addresses.badge(release.client.name), json.dumps(data, indent=1) + "\n"


def _said(release: Release) -> tuple[str, str]:
    if not release.guarantees:
        return "no result", "lightgrey"
    if not release.broken:
        words = f"none in {release.guarantees} guarantees{release.not_answered}"
        return words, "yellow" if release.silent else "brightgreen"
    words = f"{len(release.broken)} of {release.guarantees} guarantees broken{release.not_answered}"
    return words, "orange" if release.known == len(release.broken) else "red"
