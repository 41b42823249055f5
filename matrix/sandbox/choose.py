"""Which sandbox a run uses, and the sentence that says why. The first line of every output."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from matrix.errors import EnvironmentLacks
from matrix.provision import interpreters
from matrix.sandbox import Sandbox

Choice = Literal["auto", "docker", "process"]


Say = Callable[[str], None]


def _docker(say: Say) -> Sandbox:
    with ThreadPoolExecutor(1) as asking:
        on_host = asking.submit(interpreters.on_host)  # a process answers that, while this one imports the SDK
        from matrix.sandbox.docker import DockerSandbox, connect  # noqa: PLC0415  0.1 s
        from matrix.sandbox.images import Images  # noqa: PLC0415  with it

        client = connect()
        return DockerSandbox(client, Images(client, say, on_host.result))


def _process(say: Say) -> Sandbox:
    from matrix.sandbox.process import ProcessSandbox  # noqa: PLC0415  one of two

    return ProcessSandbox(say)


SANDBOXES: dict[str, Callable[[Say], Sandbox]] = {"docker": _docker, "process": _process}


def choose(choice: Choice, say: Say = lambda _: None) -> tuple[Sandbox, str]:
    """The sandbox, and why this one. `auto` falls back from Docker to processes, and says so.

    `say` is told what takes a while: an image that is made, an interpreter that is got.
    """
    if choice != "auto":
        return SANDBOXES[choice](say), "asked for"
    try:
        return _docker(say), "an engine answers"
    except EnvironmentLacks as error:
        reason = f"NOT ISOLATED, for {error.message.splitlines()[0]}"
        return _process(say), reason
