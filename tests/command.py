"""What the tests of the command share: the types of its fixtures, and this interpreter as a cell's name has it."""

import subprocess
import sys
from collections.abc import Callable

Done = subprocess.CompletedProcess[str]
Command = Callable[..., Done]
HERE = f"py{sys.version_info.major}.{sys.version_info.minor}"
