"""urllib.request of the standard library: a connection for each request, whose version is the interpreter's."""

import urllib.error
import urllib.request
from http.client import IncompleteRead

from ._promises import CLOSED, HTTP_CLIENT, first, of

ERROR = urllib.error.URLError


def get(url):
    try:
        response = urllib.request.urlopen(url)
    except urllib.error.HTTPError as error:
        if error.code < 400:
            raise  # one redirect too many
        response = error  # which is a response, too
    response.read()
    return response


class Opener:
    """An OpenerDirector, and how long each of its requests may wait, which it is told with the request."""

    def __init__(self, director, timeout):
        self.director = director
        self.timeout = timeout

    def open(self, request):
        """Open a URL or a request."""
        options = {} if self.timeout is None else {"timeout": self.timeout}
        return self.director.open(request, **options)

    def close(self):
        """Close the director."""
        self.director.close()


def open_client(timeout=None, proxy=None):
    handlers = [urllib.request.ProxyHandler({} if proxy is None else {"http": proxy, "https": proxy})]
    return Opener(urllib.request.build_opener(*handlers), timeout)


def fetch(opener, url):
    response = opener.open(url)
    response.read()
    return response


def send(opener, url, body):
    response = opener.open(urllib.request.Request(url, data=body, method="POST"))
    response.read()
    return response


def head(opener, url):
    return opener.open(urllib.request.Request(url, method="HEAD"))


def stream(opener, url):
    return opener.open(url)


def read(response):
    return response.read()


def read_some(response):
    return response.read(1024)


def status(response):
    return response.status


def shared(opener):
    return opener


ERRORS = {
    "upload": (LookupError,),
    "refused": (ERROR,),
    "connect timeout": (ERROR, OSError),
    "read timeout": (OSError,),
    "body timeout": (OSError,),
    "tls timeout": (OSError,),
    "reset": (ConnectionResetError,),
    "reset body": (ConnectionResetError,),
    "truncated": (IncompleteRead,),
    "certificate": (ERROR,),
    "too many redirects": (urllib.error.HTTPError,),
    "bad redirect": (urllib.error.HTTPError,),
    "proxy refused": (OSError,),
    "status": (urllib.error.HTTPError,),
}

# What is not read has to be closed by its user, errors too: "every result of urllib.request.open() and similar
# functions and any HTTPError exception should be explicitly closed" (python/cpython#128734).
_LEFT_TO_THE_USER = ("stream_empty", "head", "redirect_trouble*", "error_kept*", "one_shot_redirects_kept")
_ONE_REQUEST = '"make sure the connection gets closed after the (only) request" (urllib: comment in request.py)'

PROMISES = first(
    of(_LEFT_TO_THE_USER, ""),
    {
        "one_shot*": _ONE_REQUEST,
        "session[closed_twice]": _ONE_REQUEST,
    },
    HTTP_CLIENT,
    of(CLOSED, _ONE_REQUEST),
)
