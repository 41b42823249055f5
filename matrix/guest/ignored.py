"""What is there and is not a leak: named rules, each with its reason and the version that needs it.

A rule takes a key (see `things`) and the `Origins`, and says whether to leave it out.
"""


def ended_thread(key, origins):
    """A thread that Python has joined or seen end, still listed by the kernel.

    Up to 3.12 `Thread.join` returns when the thread gives up its state, some
    microseconds before the kernel takes it off its list.
    """
    return key[0] == "thread" and origins.ended(key[1])


RULES = (ended_thread,)


def filtered(keys, origins):
    """`keys` without those that a rule explains."""
    return {key for key in keys if not any(rule(key, origins) for rule in RULES)}
