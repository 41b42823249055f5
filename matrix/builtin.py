"""Where the built-in cases, the Docker data and the default configuration are.

In a checkout they stand beside the package; the wheel carries them inside it, in the
same layout. Paths only: nothing here is read or imported.
"""

from pathlib import Path

_HERE = Path(__file__).parent
_CARRIED = _HERE / "_builtin"

ROOT = _CARRIED if _CARRIED.is_dir() else _HERE.parent
CASES = ROOT / "cases"
DOCKER = ROOT / "docker"
CONFIG = ROOT / "pyproject.toml"

PACKAGE = _HERE
