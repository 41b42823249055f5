"""Tiny programs that leave something, or nothing, for `detectors.py`: the truth is in their names' table.

Each is a function of a URL, plain or a coroutine function, and can be called again and again in one process.
"""

import _thread
import asyncio
import ctypes
import os
import socket
import subprocess
import sys
import tempfile
import threading

import aiohttp
import httpx
import requests

KEPT = []
POOLS = {}
_C = ctypes.CDLL(None)


def socket_closed(_url):
    socket.socket().close()


def session_closed(url):
    with requests.Session() as session:
        session.get(url)


def httpx_closed(url):
    with httpx.Client() as client:
        client.get(url)


async def aiohttp_closed(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        await response.read()


def thread_joined(_url):
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


async def task_awaited(_url):
    await asyncio.ensure_future(asyncio.sleep(0))


def child_waited_for(_url):
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)


def file_deleted(_url):
    with tempfile.NamedTemporaryFile():
        pass


def socket_unclosed(_url):
    sock = socket.socket()
    assert sock.fileno() >= 0


def socket_in_cycle(_url):
    cycle = [socket.socket()]
    cycle.append(cycle)


def socket_kept(_url):
    KEPT.append(socket.socket())


def session_left_open(url):
    session = requests.Session()
    session.get(url)


def session_kept(url):
    KEPT.append(requests.Session())
    KEPT[-1].get(url)


def httpx_left_open(url):
    client = httpx.Client()
    client.get(url)


def stream_unread(url):
    response = requests.get(url, stream=True)
    assert response.status_code == 200


async def aiohttp_left_open(url):
    session = aiohttp.ClientSession()
    async with session.get(url) as response:
        await response.read()


def thread_waiting(_url):
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def raw_thread(_url):
    lock = _thread.allocate_lock()
    lock.acquire()
    _thread.start_new_thread(lock.acquire, ())


async def task_pending(_url):
    KEPT.append(asyncio.ensure_future(asyncio.sleep(3600)))


async def timer_scheduled(_url):
    asyncio.get_running_loop().call_later(3600, int)


async def generator_suspended(_url):
    async def numbers():
        yield 1
        yield 2

    KEPT.append(numbers())
    await KEPT[-1].__anext__()


def loop_unclosed(_url):
    KEPT.append(asyncio.new_event_loop())


def child_not_waited_for(_url):
    if os.fork() == 0:
        os._exit(0)


def file_kept(_url):
    os.close(tempfile.mkstemp()[0])


def native_descriptor(_url):
    _C.inotify_init()


def pool_of_one(url):
    """A connection that is used again: one is kept, however often it is called."""
    POOLS.setdefault("one", requests.Session()).get(url)


def pool_of_ten(url):
    """urllib3 keeps ten pools, one for each host, and drops the oldest."""
    number = POOLS["number"] = POOLS.get("number", 0) + 1
    POOLS.setdefault("ten", requests.Session()).get(url.replace("127.0.0.1", f"127.3.0.{number}"))


CLEAN = [
    socket_closed,
    session_closed,
    httpx_closed,
    aiohttp_closed,
    thread_joined,
    task_awaited,
    child_waited_for,
    file_deleted,
]
LEAKING = [
    socket_unclosed,
    socket_in_cycle,
    socket_kept,
    session_left_open,
    session_kept,
    httpx_left_open,
    stream_unread,
    aiohttp_left_open,
    thread_waiting,
    raw_thread,
    task_pending,
    timer_scheduled,
    generator_suspended,
    loop_unclosed,
    child_not_waited_for,
    file_kept,
    native_descriptor,
]
# Left on purpose, and no more of it with each call: how much is the answer.
POOLING = {pool_of_one: "constant 1", pool_of_ten: "bounded at 10"}
