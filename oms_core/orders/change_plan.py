"""Planning a change: what a placed order would be, what it would cost, and what forbids it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oms_core.inventory.allocation import Need
from oms_core.money import OrderTotal, line_total, order_total
from oms_core.orders.change_document import LineEdit, OrderEdit
from oms_core.orders.change_faults import header_faults, known_price, line_faults, set_faults
from oms_core.orders.change_standing import Line, Standing
from oms_core.orders.placement_request import Fault


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What a change would make of an order; with ``faults`` nothing of it can be done.

    ``releases`` is how much reserved stock each position gives back, ``needs`` (``line`` is a position) what more is
    to be reserved.
    """

    lines: Sequence[Line]
    header: Mapping[str, Any]
    totals: OrderTotal
    faults: Sequence[Fault]
    releases: Mapping[int, Decimal]
    needs: Sequence[Need]
    removed: frozenset[int]

    @property
    def open(self) -> Decimal:
        """What would be neither handed over nor cancelled."""
        return sum((line.open for line in self.lines), Decimal(0))

    @property
    def leaves_nothing_open(self) -> bool:
        """Whether all that is left of it was handed over: the order then goes into delivery."""
        return self.open == 0 and bool(self.lines)


def plan_change(standing: Standing, edit: OrderEdit) -> ChangePlan:
    """Plan an edit of a placed order; every fault of it is named at once."""
    faults = header_faults(standing, edit)
    header = _header(standing, edit)
    lines, of_lines = _lines(standing, edit)
    faults += of_lines
    kept = {line.position for line in lines}
    removed = frozenset(line.position for line in standing.lines if line.position not in kept)
    if edit.lines is not None and not of_lines:
        faults += set_faults(standing, lines)
    held = {line.position: line for line in standing.lines}
    releases = {position: held[position].held for position in removed if held[position].held > 0}
    releases |= {line.position: line.held - line.open for line in lines if line.held > line.open}
    totals = order_total([line.total for line in lines], header["shipping"])
    needs = [] if faults else _needs(standing, lines, everything=edit.delivery_method is not None)
    return ChangePlan(lines, header, totals, faults, releases, needs, removed)


def _header(standing: Standing, edit: OrderEdit) -> dict[str, Any]:
    before = standing.header
    header = {name: edit.given(name, before[name]) for name in before}
    chosen = standing.delivery
    if chosen is not None and edit.delivery_method is not None:
        header["delivery_method"] = chosen.code
        if edit.shipping is None and chosen.code != before["delivery_method"]:
            header["shipping"] = chosen.charge
        if edit.promised_at is None:
            wanted = header["requested_at"]
            is_later = wanted is not None and wanted.tzinfo is not None and wanted > chosen.promised_at
            header["promised_at"] = wanted if is_later else chosen.promised_at
    return header


def _lines(standing: Standing, edit: OrderEdit) -> tuple[list[Line], list[Fault]]:
    if edit.lines is None:
        return list(standing.lines), []
    known = {line.position: line for line in standing.lines}
    lines: list[Line] = []
    faults: list[Fault] = []
    taken: set[int] = set()
    fresh = standing.next_position
    for index, asked in enumerate(edit.lines):
        before = None if asked.position is None else known.get(asked.position)
        wrong = line_faults(f"lines[{index}]", asked, before, standing, taken)
        if wrong:
            faults += wrong
        else:
            lines.append(_line(standing, asked, before, fresh))
            fresh += before is None
        if asked.position is not None:
            taken.add(asked.position)
    return sorted(lines, key=lambda line: line.position), faults


def _line(standing: Standing, asked: LineEdit, before: Line | None, position: int) -> Line:
    price = asked.unit_price if asked.unit_price is not None else known_price(asked, before, standing)
    if before is not None:
        discount = before.discount if asked.discount is None else asked.discount
        if (asked.quantity, price, discount) == (before.quantity, before.unit_price, before.discount):
            return before
        product_id, tax_rate, unit_cost = before.product_id, before.tax_rate, before.unit_cost
    else:
        offer = standing.offers[asked.sku][0]
        discount = asked.discount or Decimal(0)
        product_id, tax_rate, unit_cost = offer.product_id, offer.tax_rate, offer.unit_cost
    total = line_total(
        quantity=asked.quantity, unit_price=price, discount=discount, tax_rate=tax_rate,
        prices_include_tax=standing.prices_include_tax, rule=standing.rounding_rule,
    )  # fmt: skip
    kept = (before.shipped, before.cancelled, before.held, before.is_direct) if before else ()
    return Line(
        before.position if before else position, asked.sku, product_id, asked.quantity, price, discount, tax_rate,
        unit_cost, total, *kept,
    )  # fmt: skip


def _needs(standing: Standing, lines: Sequence[Line], *, everything: bool) -> list[Need]:
    """What more is to be reserved: for what grew, or with ``everything`` for all that is open."""
    before = {line.position: line.quantity for line in standing.lines}
    needs = []
    for line in lines:
        missing = line.open - line.held
        grown = missing if everything else min(missing, line.quantity - before.get(line.position, Decimal(0)))
        if grown > 0 and not line.is_direct:
            needs.append(Need(line.position, line.product_id, grown, standing.prefer))
    return needs
