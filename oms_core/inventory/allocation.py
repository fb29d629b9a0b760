"""Allocation: deciding from where a need is served. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Need:
    """What a line still needs of a product; ``line`` is whatever names the line to the caller.

    The warehouses of ``prefer`` are asked first, in their order (None is nobody).
    """

    line: int
    product_id: int
    quantity: Decimal
    prefer: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """What is free (on hand − reserved) of a product at a stock location."""

    location_id: int
    warehouse_id: int
    product_id: int
    available: Decimal


@dataclass(frozen=True, slots=True)
class Taken:
    """A part of a need that a location serves."""

    line: int
    location_id: int
    product_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Short:
    """A part of a need that nothing serves."""

    line: int
    product_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """The decision: ``taken`` and ``short`` together are exactly the needs."""

    taken: list[Taken]
    short: list[Short]


def allocate(needs: Sequence[Need], levels: Sequence[Level]) -> Allocation:
    """Serve the needs in their order from what is free: the preferred warehouses first, then by location.

    A need may be split over locations. Lines of one product draw on the same stock, so that together they never
    take more than there is.
    """
    places: dict[int, list[Level]] = {}
    for level in sorted(levels, key=lambda level: level.location_id):
        places.setdefault(level.product_id, []).append(level)
    free = {(level.location_id, level.product_id): level.available for level in levels}
    taken: list[Taken] = []
    short: list[Short] = []
    for need in needs:
        missing = need.quantity
        for level in _in_order_of_preference(places.get(need.product_id, []), need.prefer):
            portion = min(missing, free[level.location_id, need.product_id])
            if portion > 0:
                taken.append(Taken(need.line, level.location_id, need.product_id, portion))
                free[level.location_id, need.product_id] -= portion
                missing -= portion
        if missing > 0:
            short.append(Short(need.line, need.product_id, missing))
    return Allocation(taken, short)


def _in_order_of_preference(levels: list[Level], prefer: tuple[int | None, ...]) -> list[Level]:
    if len(levels) < 2 or not prefer:
        return levels
    return sorted(
        levels, key=lambda level: prefer.index(level.warehouse_id) if level.warehouse_id in prefer else len(prefer)
    )
