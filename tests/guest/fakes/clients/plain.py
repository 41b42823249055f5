"""A client that leaves nothing. It imports a module at its first use, as many do."""

from http.client import HTTPConnection
from urllib.parse import urlsplit


def get(url):
    import colorsys  # noqa: F401

    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        response.read()
        return response
    finally:
        connection.close()
