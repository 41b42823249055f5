"""httpx: a client and its asynchronous twin. Streaming by `send`, which needs no `with`."""

import httpx

get = httpx.get
open_client = httpx.Client
open_async_client = httpx.AsyncClient


def fetch(client, url):
    return client.get(url)


def stream(client, url):
    return client.send(client.build_request("GET", url), stream=True)


def read(response):
    return response.read()


async def fetch_async(client, url):
    return await client.get(url)
