"""http.client of the standard library: one connection to one host, whose version is the interpreter's."""

import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from urllib.parse import urlsplit

_UNSET = "host.invalid"  # until the first request says where


def open_client(timeout=None, proxy=None):
    return _through(HTTPConnection(_UNSET, timeout=timeout), proxy)


def open_tls_client(timeout=None, proxy=None):
    return _through(HTTPSConnection(_UNSET, timeout=timeout), proxy)


def _through(connection, proxy):
    if proxy is not None:
        connection.through = urlsplit(proxy)
    return connection


def _request(connection, method, url, body=None):
    parts = urlsplit(url)
    proxy = getattr(connection, "through", None)
    if connection.sock is None:
        goal = proxy or parts
        connection.host, connection.port = goal.hostname, goal.port
        if proxy and parts.scheme == "https":
            connection.set_tunnel(parts.hostname, parts.port)
    target = url if proxy and parts.scheme == "http" else parts.path + ("?" + parts.query if parts.query else "")
    connection.request(method, target, body=body)
    return connection.getresponse()


def fetch(connection, url):
    response = _request(connection, "GET", url)
    response.read()
    return response


def send(connection, url, body):
    response = _request(connection, "POST", url, body)
    response.read()
    return response


def head(connection, url):
    response = _request(connection, "HEAD", url)
    response.read()
    return response


def stream(connection, url):
    return _request(connection, "GET", url)


def read(response):
    return response.read()


def read_some(response):
    return response.read(1024)


def status(response):
    return response.status


following = None

ERRORS = {
    "upload": (LookupError,),
    "refused": (ConnectionRefusedError,),
    "connect timeout": (OSError,),
    "read timeout": (OSError,),
    "body timeout": (OSError,),
    "tls timeout": (OSError,),
    "reset": (ConnectionResetError,),
    "reset body": (ConnectionResetError,),
    "truncated": (IncompleteRead,),
    "certificate": (ssl.SSLCertVerificationError,),
    "proxy refused": (OSError,),
    "hung up": (HTTPException,),
}
