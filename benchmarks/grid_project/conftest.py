"""What somebody would write to look for leaks with pytest alone, in one environment after the other.

A peer as a process; tests of other clients left out; coroutines run; and, with LOOK set, after
each test what goleak does: look at the descriptors again and again until nothing more is open than before.
"""

import asyncio
import gc
import inspect
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
LOOKS = [min(0.001 * 2**look, 0.1) for look in range(20)]  # 1.4 s, as leakmatrix


class Peer:
    def __init__(self, port):
        self._port = port

    def url(self, path="/"):
        return f"http://127.0.0.1:{self._port}{path}"


@pytest.fixture(scope="session")
def peer():
    process = subprocess.Popen([sys.executable, os.path.join(HERE, "peer.py")], stdout=subprocess.PIPE)
    yield Peer(int(process.stdout.readline()))
    process.kill()
    process.wait()
    process.stdout.close()


def pytest_configure(config):
    config.addinivalue_line("markers", "client(name): the client that a case is about")


def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if item.get_closest_marker("client").args[0] == os.environ["CLIENT"]]


def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}))
    return True


@pytest.fixture(autouse=True)
def leftovers(peer, request):
    before = descriptors()
    yield
    if os.environ.get("LOOK"):
        for delay in LOOKS:
            if not descriptors() - before:
                break
            time.sleep(delay)
        gc.collect()
        left = len(descriptors() - before)
        with Path(os.environ["LOOK"]).open("a") as found:
            found.write(f"{request.node.name} {left}\n")


def descriptors():
    return set(os.listdir("/proc/self/fd"))
