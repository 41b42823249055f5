"""curl_cffi: requests' interface on libcurl, whose sockets Python never sees; with an asynchronous twin."""

import os

import pytest
from curl_cffi import requests

_CA = os.environ.get("SSL_CERT_FILE", "")


def get(url):
    return requests.get(url, verify=_CA)


def _options(timeout, proxy):
    options = {"verify": _CA}
    if timeout is not None:
        options["timeout"] = timeout
    if proxy is not None:
        options["proxies"] = {"http": proxy, "https": proxy}
    return options


def open_client(timeout=None, proxy=None, http2=False):
    return requests.Session(**_options(timeout, proxy))


def open_async_client(timeout=None, pool=None, proxy=None, http2=False):
    options = _options(timeout, proxy)
    if pool is not None:
        options["max_clients"] = pool
    return requests.AsyncSession(**options)


def fetch(session, url):
    return session.get(url)


def send(session, url, body):
    return session.post(url, data=_bytes(body))


def _bytes(body):
    if not isinstance(body, bytes):
        pytest.skip("curl_cffi sends bytes alone")
    return body


def head(session, url):
    return session.head(url)


def stream(session, url):
    return session.get(url, stream=True)


def read(response):
    return b"".join(response.iter_content())


def read_some(response):
    return next(response.iter_content())


def shared(session):
    return session


async def fetch_async(session, url):
    return await session.get(url)


async def send_async(session, url, body):
    return await session.post(url, data=_bytes(body))


async def stream_async(session, url):
    return await session.get(url, stream=True)


async def read_async(response):
    return await response.acontent()


async def read_some_async(response):
    return await response.aiter_content().__anext__()


async def close_async(session):
    await session.close()


async def close_response_async(response):
    await response.aclose()


_ERROR = requests.errors.RequestsError
ERRORS = dict.fromkeys(
    (
        *("refused", "connect timeout", "read timeout", "body timeout", "tls timeout", "reset", "reset body"),
        *("truncated", "certificate", "too many redirects", "bad redirect", "proxy refused"),
    ),
    (_ERROR,),
)
