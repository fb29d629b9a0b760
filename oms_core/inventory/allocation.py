"""Allocation: deciding from where a need is served. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Need:
    """What a line still needs of a product; ``line`` is whatever names the line to the caller."""

    line: int
    product_id: int
    quantity: Decimal


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


def allocate(needs: Sequence[Need], levels: Sequence[Level], *, prefer: Sequence[int | None] = ()) -> Allocation:
    """Serve the needs in their order from what is free, the warehouses of ``prefer`` first, then by location.

    A need may be split over locations. Lines of one product draw on the same stock, so that together they never
    take more than there is. Locations with nothing free (a level is never negative) are passed over.
    """
    rank = {warehouse_id: place for place, warehouse_id in reversed(list(enumerate(prefer)))}
    free: dict[int, list[list[Decimal | int]]] = {}
    for level in sorted(levels, key=lambda row: (rank.get(row.warehouse_id, len(rank)), row.location_id)):
        free.setdefault(level.product_id, []).append([level.location_id, level.available])
    taken: list[Taken] = []
    short: list[Short] = []
    for need in needs:
        missing = need.quantity
        for place in free.get(need.product_id, ()):
            portion = min(missing, Decimal(place[1]))
            if portion > 0:
                taken.append(Taken(need.line, int(place[0]), need.product_id, portion))
                place[1] = Decimal(place[1]) - portion
                missing -= portion
        if missing > 0:
            short.append(Short(need.line, need.product_id, missing))
    return Allocation(taken, short)
