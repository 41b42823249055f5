"""A client whose every call raises."""


def get(_url):
    raise LookupError("the client is out of order")
