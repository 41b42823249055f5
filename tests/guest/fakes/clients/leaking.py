"""A client that keeps the connection of every call."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

POOL = []


def get(url):
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port)
    POOL.append(connection)
    connection.request("GET", parts.path)
    response = connection.getresponse()
    response.read()
    return response
