"""What a path may ask for: numbers within limits."""

MAX_SECONDS = 60.0
MAX_BYTES = 1 << 30
MAX_REDIRECTS = 1000
MAX_DIGITS = 10


class BadParameterError(Exception):
    """What the path asks for cannot be had; the message is the answer."""


def read_number(text: str, low: int, high: int) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    if not (is_number and low <= int(text) <= high):
        raise BadParameterError(f"A whole number from {low} to {high} is wanted, not {text!r}.")
    return int(text)


def read_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise BadParameterError(f"Seconds from 0 to {MAX_SECONDS:.0f} are wanted, not {text!r}.")
    return seconds
