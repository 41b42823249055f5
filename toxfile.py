"""A tox plugin of ours: the environments `guest-3.8` ... are named after the interpreter that they test.

tox would make them of that very interpreter, which virtualenv may no longer support; they run
on the host's, which finds the other one and runs the tests there (`tests/guest_on.py`).
"""

from tox.plugin import impl
from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner
from tox.tox_env.register import ToxEnvRegister


class OnHost(VirtualEnvRunner):
    """A virtual environment of the host's interpreter, whatever its name says."""

    @staticmethod
    def id() -> str:
        """The name in `runner =`."""
        return "on-host"

    @classmethod
    def extract_base_python(cls, env_name: str) -> None:
        """No interpreter is meant by the name."""


@impl
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Make the runner known."""
    register.add_run_env(OnHost)
