"""A client that waits for ever."""

import threading


def get(_url):
    threading.Event().wait()
