"""`matrix.shard`: the parts are the plan, end together, and come out the same wherever they are cut."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.errors import UsageError
from matrix.model import Cell, CellRecord, CellStatus
from matrix.shard import Shard, costs, cut, parse, plan_digest
from tests.records import make_cell, make_report


def a_plan(number: int) -> tuple[Cell, ...]:
    return tuple(Cell(python="3.12", client="httpx", version=f"0.{minor}") for minor in range(number))


def a_record(cell: Cell, seconds: float, status: CellStatus = CellStatus.RAN) -> CellRecord:
    return make_cell(cell.python, cell.client, cell.version, seconds=seconds, status=status)


seconds = st.floats(0, 1e5)
plans = st.lists(seconds, max_size=60)
numbers = st.integers(1, 20)


@given(plans, numbers)
def test_union_is_the_plan(cost: list[float], number: int) -> None:
    """Each cell is in one part and in one only, and in the order of the plan there."""
    plan = a_plan(len(cost))
    parts = [part.cells for part in cut(plan, cost, number)]
    assert len(parts) == number
    assert sorted(cell for part in parts for cell in part) == sorted(plan)
    assert [part for part in parts if list(part) != [cell for cell in plan if cell in part]] == []


@given(plans.filter(len), numbers)
def test_parts_end_together(cost: list[float], number: int) -> None:
    """None has more to do than its share and one cell: what is promised of the longest cell first."""
    longest = max(part.seconds for part in cut(a_plan(len(cost)), cost, number))
    assert longest <= sum(cost) / number + max(cost) + 1e-6


@given(plans, numbers)
def test_cut_is_the_same_everywhere(cost: list[float], number: int) -> None:
    """Every machine cuts the same parts from the same plan."""
    plan = a_plan(len(cost))
    assert cut(plan, cost, number) == cut(list(plan), tuple(cost), number)


@given(st.integers(0, 60), numbers)
def test_without_times(count: int, number: int) -> None:
    """Without times all cost the same: the parts differ by one cell at the most."""
    plan = a_plan(count)
    sizes = [len(part.cells) for part in cut(plan, costs(plan, None), number)]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("cost", "parts"),
    [
        ((9.0, 9.0, 1.0, 1.0, 1.0, 1.0), [["0.0", "0.2", "0.4"], ["0.1", "0.3", "0.5"]]),
        ((4.0, 1.0, 1.0, 1.0, 1.0), [["0.0"], ["0.1", "0.2", "0.3", "0.4"]]),
        ((1.0, 1.0, 1.0, 1.0, 4.0), [["0.4"], ["0.0", "0.1", "0.2", "0.3"]]),
        ((3.0, 3.0, 2.0, 2.0, 2.0), [["0.0", "0.2", "0.4"], ["0.1", "0.3"]]),
    ],
    ids=["two long ones", "a long one first", "a long one last", "as near as it gets"],
)
def test_cut_by_times(cost: tuple[float, ...], parts: list[list[str]]) -> None:
    """Long cells go apart, and the short ones to whoever has the least to do."""
    found = cut(a_plan(len(cost)), cost, 2)
    assert [[cell.version for cell in part.cells] for part in found] == parts
    assert sum(part.seconds for part in found) == sum(cost)


def test_cells_that_cost_nothing_are_spread() -> None:
    """Where nothing is known to cost anything, the parts are still of one size."""
    assert [len(part.cells) for part in cut(a_plan(6), (0.0,) * 6, 3)] == [2, 2, 2]


def test_costs_of_an_earlier_report() -> None:
    """A cell costs what it did; one that is new as much as its client's usually do, or anybody's."""
    first, second = a_plan(2)
    other = replace(first, client="requests")
    report = make_report(*(a_record(cell, cost) for cell, cost in ((first, 2.0), (second, 4.0), (other, 9.0))))
    new, stranger = replace(first, python="3.13"), replace(first, client="aiohttp")
    assert costs((first, second, other, new, stranger), report) == (2.0, 4.0, 9.0, 3.0, 6.0)


def test_costs_of_what_had_no_result() -> None:
    """What cannot be installed costs nothing; what was not run then is as good as new."""
    plan = a_plan(3)
    report = make_report(
        a_record(plan[0], 5.0),
        a_record(plan[1], 0.0, CellStatus.UNINSTALLABLE),
        a_record(plan[2], 0.0, CellStatus.NOT_RUN),
    )
    assert costs(plan, report) == (5.0, 0.0, 5.0)


def test_costs_of_an_empty_report() -> None:
    """A report that knows no times is as good as none."""
    assert costs(a_plan(2), make_report()) == (1.0, 1.0)


@pytest.mark.parametrize(("text", "shard"), [("1/1", (1, 1)), ("2/3", (2, 3)), ("10/12", (10, 12))])
def test_shard_is_read(text: str, shard: tuple[int, int]) -> None:
    """What is written is read, and written again in the same way."""
    read = parse(text)
    assert (read, str(read)) == (Shard(index=shard[0], of=shard[1]), text)


@pytest.mark.parametrize(
    "text", ["0/3", "4/3", "1/0", "1", "1/3/5", "a/b", "-1/3", "01/3", "1/3 ", "1,2/3", "", "1/99999"]
)
def test_no_shard(text: str) -> None:
    """What is no shard is said, with how one is written."""
    with pytest.raises(UsageError, match="is no shard") as caught:
        parse(text)
    assert "1/3" in caught.value.hint


PLAN = a_plan(3)
DIGEST = plan_digest(PLAN, (1.0, 1.0, 1.0), {"httpx": ("*",)}, "code")


@pytest.mark.parametrize(
    "other",
    [
        plan_digest(PLAN[:2], (1.0, 1.0), {"httpx": ("*",)}, "code"),
        plan_digest(PLAN[::-1], (1.0, 1.0, 1.0), {"httpx": ("*",)}, "code"),
        plan_digest(PLAN, (1.0, 1.0, 2.0), {"httpx": ("*",)}, "code"),
        plan_digest(PLAN, (1.0, 1.0, 1.0), {"httpx": ("session*",)}, "code"),
        plan_digest(PLAN, (1.0, 1.0, 1.0), {"httpx": ("*",)}, "other code"),
    ],
    ids=["cells", "order", "times", "cases", "code"],
)
def test_another_plan(other: str) -> None:
    """Whatever could make shards not fit together makes another plan."""
    assert other != DIGEST


def test_name_of_a_plan_stays() -> None:
    """The name is the plan's own: the same on every machine, in every process."""
    assert plan_digest(list(PLAN), [1.0, 1.0, 1.0], {"httpx": ["*"]}, "code") == DIGEST
