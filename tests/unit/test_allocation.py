from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from oms_core.inventory.allocation import Level, Need, Short, Taken, allocate

HERE, THERE = 1, 2


def test_the_preferred_warehouse_serves_first_and_the_rest_is_split_off():
    levels = [Level(10, HERE, 7, Decimal(5)), Level(20, THERE, 7, Decimal(2))]
    decision = allocate([Need(1, 7, Decimal(4), (THERE, HERE))], levels)
    assert decision.taken == [Taken(1, 20, 7, Decimal(2)), Taken(1, 10, 7, Decimal(2))]
    assert decision.short == []


def test_without_a_preference_the_first_location_serves():
    levels = [Level(20, THERE, 7, Decimal(5)), Level(10, HERE, 7, Decimal(5))]
    assert allocate([Need(1, 7, Decimal(1), (None,))], levels).taken == [Taken(1, 10, 7, Decimal(1))]


def test_two_lines_of_one_product_draw_on_the_same_stock():
    decision = allocate([Need(1, 7, Decimal(3)), Need(2, 7, Decimal(3))], [Level(10, HERE, 7, Decimal(4))])
    assert [part.quantity for part in decision.taken] == [3, 1]
    assert decision.short == [Short(2, 7, Decimal(2))]


def test_a_product_without_any_level_is_short():
    assert allocate([Need(1, 7, Decimal(3))], []).short == [Short(1, 7, Decimal(3))]


units = st.integers(0, 6)
needs_of_units = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.lists(st.sampled_from([1, 2, 3, None]), max_size=3)), max_size=6
)
levels_of_units = st.dictionaries(st.tuples(st.integers(1, 4), st.integers(1, 3)), units, max_size=8)


@given(needs_of_units, levels_of_units)
def test_it_decides_as_handing_out_one_unit_at_a_time_would(asked, stock):
    needs = [
        Need(line, product_id, Decimal(quantity), tuple(prefer))
        for line, (product_id, quantity, prefer) in enumerate(asked)
    ]
    levels = [
        Level(location_id, location_id % 3 + 1, product_id, Decimal(available))
        for (location_id, product_id), available in stock.items()
    ]
    decision = allocate(needs, levels)
    assert _by_place(decision.taken) == _unit_by_unit(needs, levels)
    for need in needs:
        served = sum((part.quantity for part in decision.taken if part.line == need.line), Decimal(0))
        missing = sum((part.quantity for part in decision.short if part.line == need.line), Decimal(0))
        assert served + missing == need.quantity


def _by_place(taken):
    totals = {}
    for part in taken:
        key = (part.line, part.location_id, part.product_id)
        assert key not in totals
        totals[key] = part.quantity
    return totals


def _unit_by_unit(needs, levels):
    """The slow twin: each unit goes to the best place that still has one."""
    free = {(level.location_id, level.product_id): level.available for level in levels}
    totals = {}
    for need in needs:
        for _ in range(int(need.quantity)):
            places = [level for level in levels if level.product_id == need.product_id and free[_key(level)] > 0]
            if not places:
                break
            best = min(places, key=lambda level: (_rank(need, level), level.location_id))
            free[_key(best)] -= 1
            key = (need.line, best.location_id, need.product_id)
            totals[key] = totals.get(key, Decimal(0)) + 1
    return totals


def _rank(need, level):
    return need.prefer.index(level.warehouse_id) if level.warehouse_id in need.prefer else len(need.prefer)


def _key(level):
    return (level.location_id, level.product_id)
