"""The log, with literals."""

import pytest

from matrix.peer.log import Entry, Log


def entry(address: str = "127.1.0.1", port: int = 40000, opened: int = 10) -> Entry:
    return Entry(address=address, port=port, tls=False, opened=opened)


def test_open_connection_has_no_end() -> None:
    """A connection that is open is listed with neither end nor reason."""
    log = Log()
    log.open(entry())
    (seen,) = log.entries("127.1.0.1")
    assert (seen.opened, seen.closed, seen.how) == (10, None, None)


def test_end_that_is_not_seen() -> None:
    """Of a connection that nobody reads any more nobody sees the end; one that is forgotten is not brought back."""
    log = Log()
    number = log.open(entry())
    log.lose_sight(number)
    assert [seen.unread for seen in log.entries("127.1.0.1")] == [True]
    log.forget(number)
    log.lose_sight(number)
    assert log.entries("127.1.0.1") == []


def test_first_end_stays() -> None:
    """A reset after the FIN does not change how and when the connection ended."""
    log = Log()
    number = log.open(entry())
    log.close(number, "fin", 20)
    log.close(number, "reset", 30)
    (seen,) = log.entries("127.1.0.1")
    assert (seen.closed, seen.how) == (20, "fin")


def test_addresses_are_told_apart() -> None:
    """Only the connections to the address asked about are listed."""
    log = Log()
    log.open(entry(address="127.1.0.1", port=1))
    log.open(entry(address="127.1.0.2", port=2))
    assert [seen.port for seen in log.entries("127.1.0.2")] == [2]


def test_open_ones_come_first() -> None:
    """Open connections are listed before finished ones, whenever they came."""
    log = Log()
    log.close(log.open(entry(port=1)), "fin", 20)
    log.open(entry(port=2))
    assert [seen.port for seen in log.entries("127.1.0.1")] == [2, 1]


@pytest.mark.parametrize(("since", "ports"), [(0, [1, 2]), (10, [1, 2]), (11, [2]), (21, [])], ids=str)
def test_since_is_about_the_opening(since: int, ports: list[int]) -> None:
    """A connection counts from the moment it was opened at, that moment included."""
    log = Log()
    log.open(entry(port=1, opened=10))
    log.open(entry(port=2, opened=20))
    assert [seen.port for seen in log.entries("127.1.0.1", since=since)] == ports


def test_oldest_finished_ones_are_dropped() -> None:
    """Finished connections are kept up to a number, open ones all."""
    log = Log(keep=2)
    for port in (1, 2, 3):
        log.close(log.open(entry(port=port)), "fin", 20)
    for port in (4, 5, 6):
        log.open(entry(port=port))
    assert [seen.port for seen in log.entries("127.1.0.1")] == [4, 5, 6, 2, 3]


def test_forgotten_has_never_been() -> None:
    """A connection taken out is not listed, neither open nor finished."""
    log = Log()
    number, finished = log.open(entry()), log.open(entry())
    log.close(finished, "fin", 20)
    log.forget(number)
    log.forget(finished)
    log.close(number, "fin", 30)
    assert log.entries("127.1.0.1") == []
