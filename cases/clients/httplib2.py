"""httplib2: a connection for each host is kept until somebody closes it; no `with`, no streamed responses."""

import os
import ssl

import httplib2

from ._promises import CLOSED, of


def open_client(timeout=None):
    return httplib2.Http(timeout=timeout, ca_certs=os.environ["SSL_CERT_FILE"])


def fetch(http, url):
    response, _ = http.request(url)
    return response


def send(http, url, body):
    response, _ = http.request(url, "POST", body)
    return response


def head(http, url):
    response, _ = http.request(url, "HEAD")
    return response


def status(response):
    return response.status


ERRORS = {
    "refused": (ConnectionRefusedError,),
    "read timeout": (OSError,),
    "certificate": (ssl.SSLError,),
    "too many redirects": (httplib2.RedirectLimit,),
}

PROMISES = of(CLOSED, '"Close persistent connections, clear sensitive data." (httplib2: Http.close)')
