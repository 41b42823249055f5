"""pycurl: a handle for one transfer at a time, whose sockets Python never sees."""

import io
import os

import pycurl
import pytest

_CA = os.environ.get("SSL_CERT_FILE", "")


class Response:
    """What a handle says after a transfer; curl itself has no such object."""

    def __init__(self, status, body):
        self.status_code = status
        self.body = body


def get(url):
    with open_client() as handle:
        return fetch(handle, url)


def open_client(timeout=None, proxy=None, http2=False):
    handle = pycurl.Curl()
    handle.setopt(pycurl.CAINFO, _CA)
    handle.setopt(pycurl.FOLLOWLOCATION, 1)
    handle.setopt(pycurl.MAXREDIRS, 10)
    if timeout is not None:
        handle.setopt(pycurl.TIMEOUT_MS, int(timeout * 1000))
    if proxy is not None:
        handle.setopt(pycurl.PROXY, proxy)
    if http2:
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2_0)
    return handle


def fetch(handle, url):
    body = io.BytesIO()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.WRITEDATA, body)
    handle.perform()
    return Response(handle.getinfo(pycurl.RESPONSE_CODE), body.getvalue())


def send(handle, url, body):
    if not isinstance(body, bytes):
        pytest.skip("this adapter sends bytes alone")
    handle.setopt(pycurl.POSTFIELDS, body)
    return fetch(handle, url)


def head(handle, url):
    handle.setopt(pycurl.NOBODY, 1)
    return fetch(handle, url)


ERRORS = dict.fromkeys(
    (
        *("refused", "connect timeout", "read timeout", "body timeout", "tls timeout", "reset", "reset body"),
        *("truncated", "certificate", "too many redirects", "bad redirect", "proxy refused"),
    ),
    (pycurl.error,),
)
