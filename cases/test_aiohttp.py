"""What only aiohttp has: a resolver of one's own, uploads that go on beside the answer, a jar of cookies."""

import asyncio

import pytest

from cases.cancelling import cancelled_once
from cases.troubles import raises

PLACE = 170  # in the table

pytestmark = pytest.mark.client("aiohttp")

PATHS = 20
HOST = "http://some.host.invalid/"


class Endless:
    """A body that is never all sent."""

    parts = 0

    async def __aiter__(self):
        while True:
            self.parts += 1
            yield b"x" * (1 << 16)

    async def stuck(self, transport):
        """Once nobody takes any more of it, for all buffers are full: the kernel's, and so the transport's."""
        seen = -1
        while self.parts > seen or not transport.get_write_buffer_size():
            seen = self.parts
            await asyncio.sleep(0.1)


@pytest.mark.guarantee("A response closed while its request's body is still being sent; the session stays open.")
async def test_aiohttp_closed_while_sending(client, peer):
    session = client.open_async_client()
    body = Endless()
    response = await session.post(peer.url("/answer-early"), data=body)
    assert response.status == 200
    await body.stuck(response.connection.transport)
    response.close()


@pytest.mark.guarantee("A request cancelled while its host's name is looked up; then the session is closed.")
async def test_aiohttp_cancelled_in_look_up(client, peer):
    import aiohttp
    from aiohttp.abc import AbstractResolver

    class Slow(AbstractResolver):
        begun = False

        async def resolve(self, *_name, **_options):
            self.begun = True
            await asyncio.sleep(60)

        async def close(self):
            pass

    resolver = Slow()
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=resolver))

    async def begun():
        while not resolver.begun:
            await asyncio.sleep(0.001)

    await cancelled_once(session.get(HOST), begun())
    await session.close()


@pytest.mark.objects("aiohttp.client_reqrep.ClientResponse")
@pytest.mark.guarantee("The server hangs up before its answer; the session stays open: no response is left over.")
async def test_aiohttp_hung_up(client, peer):
    session = client.open_async_client()
    with raises(client.errors("hung up")):
        await session.get(peer.url("/hang-up"))


@pytest.fixture
def jar():
    """A jar that is there before the case, as a program's is."""
    import aiohttp
    from yarl import URL

    made = []

    async def make():
        made.append(aiohttp.CookieJar())
        made[0].update_cookies({"name": "value"}, URL(HOST))

    asyncio.run(make())
    return made[0]


@pytest.mark.memory
@pytest.mark.guarantee("One jar of cookies, asked for those of ever new paths of a host: it does not grow.")
async def test_aiohttp_jar(client, peer, jar):
    from yarl import URL

    global CALLS
    CALLS += 1
    for number in range(PATHS):
        jar.filter_cookies(URL(HOST + "%d/%d" % (CALLS, number)))


CALLS = 0
