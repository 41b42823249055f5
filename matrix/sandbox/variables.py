"""The environment variables of a sandboxed interpreter: these, and none of the host's."""

from collections.abc import Iterable

PACKAGES_ONLY = {
    "HOME": "/tmp",  # noqa: S108  in the sandbox
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # a client may bring a plugin of its own
    "PYTHONNOUSERSITE": "1",
    "SOURCE_DATE_EPOCH": "315532800",  # a wheel that is built twice is the same one
}


def of(import_path: Iterable[object]) -> dict[str, str]:
    """The variables for an import path. No proxy, no credentials, no other path."""
    return {**PACKAGES_ONLY, "PYTHONPATH": ":".join(map(str, import_path))}
