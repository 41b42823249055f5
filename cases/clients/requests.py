"""requests: synchronous only."""

import requests

get = requests.get
open_client = requests.Session


def fetch(client, url):
    return client.get(url)


def stream(client, url):
    return client.get(url, stream=True)


def read(response):
    return response.content
