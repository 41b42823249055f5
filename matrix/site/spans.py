"""Several interpreters or versions in few words: `3.8 to 3.12 and pypy3.11`."""

from collections.abc import Callable, Collection, Sequence

from matrix.order import interpreter_family
from matrix.render.plain import in_words, one_line


def interpreters_in_words(names: Collection[str], among: Sequence[str]) -> str:
    """Neighbours of one family joined; and said to be all of them where none is missing."""
    if len(among) > 1 and set(names) >= set(among):
        return f"{all_of(len(among))} interpreters"
    return runs_in_words([name for name in among if name in names], among, interpreter_family)


def versions_in_words(names: Collection[str], among: Sequence[str]) -> str:
    """Neighbours joined; every one of them where none is missing."""
    if len(among) > 1 and set(names) >= set(among):
        return f"{all_of(len(among))} versions"
    return runs_in_words([name for name in among if name in names], among, lambda _name: "")


def all_of(number: int) -> str:
    """`both`, `all 3`."""
    return "both" if number == 2 else f"all {number}"


def runs_in_words(names: Sequence[str], among: Sequence[str], family: Callable[[str], str]) -> str:
    """Three and more in a row as `3.8 to 3.12`."""
    place = {name: number for number, name in enumerate(among)}
    runs: list[list[str]] = []
    for name in names:
        last = runs[-1][-1] if runs else None
        if last is not None and place[name] == place[last] + 1 and family(name) == family(last):
            runs[-1].append(name)
        else:
            runs.append([name])
    words = [word for run in runs for word in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else run)]
    return in_words([one_line(word) for word in words])
