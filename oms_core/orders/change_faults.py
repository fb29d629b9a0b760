"""What forbids a change of a placed order, field by field. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from oms_core.orders.change_document import CLEARABLE, LineEdit, OrderEdit
from oms_core.orders.change_standing import Line, Standing
from oms_core.orders.placement_request import MAX_LINES, Fault, fault, is_money, is_number
from oms_core.workflow.models import Group

_LONGEST_COMMENT, _LONGEST_REGION = 10_000, 60


def header_faults(standing: Standing, edit: OrderEdit) -> list[Fault]:
    """What is wrong with all that is no line."""
    faults = [fault(name, None, "cannot be emptied") for name in sorted(edit.cleared - CLEARABLE)]
    if edit.shipping is not None and not is_money(edit.shipping):
        faults.append(fault("shipping", edit.shipping, "must be money of at least 0 with at most two decimals"))
    if edit.requested_at is not None and edit.requested_at.tzinfo is None:
        faults.append(fault("requested_at", edit.requested_at, "must name its time zone"))
    for name, text, limit in (
        ("comment", edit.comment, _LONGEST_COMMENT), ("ship_region", edit.ship_region, _LONGEST_REGION),
    ):  # fmt: skip
        if text is not None and (len(text) > limit or "\0" in text):
            faults.append(fault(name, text[:60], f"must be text of at most {limit} characters"))
    code = edit.delivery_method
    if code is not None and standing.delivery is None:
        faults.append(fault("delivery_method", code[:40], "is unknown"))
    elif (
        standing.delivery is not None and not standing.delivery.is_active and code != standing.header["delivery_method"]
    ):
        faults.append(fault("delivery_method", code, "is no longer in use"))
    return faults


def line_faults(name: str, asked: LineEdit, before: Line | None, standing: Standing, taken: set[int]) -> list[Fault]:
    """What is wrong with a line that is asked for: ``before`` is as it stands, ``taken`` positions named already."""
    if asked.position is not None and (before is None or asked.position in taken):
        said = "is no line of this order" if before is None else "is there twice"
        return [fault(f"{name}.position", asked.position, said)]
    faults = _malformed(name, asked)
    if before is not None and before.sku != asked.sku:
        faults.append(fault(f"{name}.sku", asked.sku[:100], "is another product: remove the line and add one"))
    if before is None:
        faults += _offer_faults(name, asked, standing)
    if faults:
        return faults
    price = asked.unit_price if asked.unit_price is not None else known_price(asked, before, standing)
    discount = asked.discount if asked.discount is not None else before.discount if before else Decimal(0)
    if discount > price * asked.quantity:
        faults.append(fault(f"{name}.discount", discount, "is more than the line is worth"))
    if before is not None and asked.quantity < before.settled:
        faults.append(fault(f"{name}.quantity", asked.quantity, f"cannot be below {_short(before.settled)}"))
    if before is not None and before.settled > 0 and (price, discount) != (before.unit_price, before.discount):
        said = "cannot change: a part is shipped or cancelled at it"
        faults.append(fault(f"{name}.{'unit_price' if price != before.unit_price else 'discount'}", None, said))
    if standing.group is Group.SHIP and asked.quantity > (before.quantity if before else 0):
        faults.append(fault(f"{name}.quantity", asked.quantity, "cannot grow once it is packed: take it back first"))
    return faults


def _malformed(name: str, asked: LineEdit) -> list[Fault]:
    faults = []
    if not is_number(asked.quantity, decimals=3) or asked.quantity <= 0:
        faults.append(fault(f"{name}.quantity", asked.quantity, "must be above 0, with at most three decimals"))
    for field_name, money in (("unit_price", asked.unit_price), ("discount", asked.discount)):
        if money is not None and not is_money(money):
            said = "must be money of at least 0 with at most two decimals"
            faults.append(fault(f"{name}.{field_name}", money, said))
    return faults


def _offer_faults(name: str, asked: LineEdit, standing: Standing) -> list[Fault]:
    offer, is_active = standing.offers.get(asked.sku, (None, False))
    if offer is None:
        return [fault(f"{name}.sku", asked.sku[:100], "is unknown")]
    if not is_active:
        return [fault(f"{name}.sku", asked.sku, "is no longer sold")]
    if asked.unit_price is None and offer.unit_price is None:
        return [fault(f"{name}.unit_price", None, "is needed, the price list has none")]
    return []


def set_faults(standing: Standing, lines: Sequence[Line]) -> list[Fault]:
    """What is wrong with the lines together."""
    kept = {line.position for line in lines}
    faults = [
        fault("lines", line.sku, "cannot be removed: a part is shipped or cancelled")
        for line in standing.lines
        if line.position not in kept and line.settled > 0
    ]
    if not lines:
        faults.append(fault("lines", None, "must hold at least one line"))
    elif len(lines) > MAX_LINES:
        faults.append(fault("lines", len(lines), f"may hold at most {MAX_LINES} lines"))
    elif all(line.open == 0 and line.shipped == 0 for line in lines):
        faults.append(fault("lines", None, "would leave nothing of the order: cancel it with a reason"))
    return faults


def known_price(asked: LineEdit, before: Line | None, standing: Standing) -> Decimal:
    """The price of a line that is asked for without one: its own, or the list's."""
    listed = before.unit_price if before is not None else standing.offers[asked.sku][0].unit_price
    return listed if listed is not None else Decimal(0)


def _short(value: Decimal) -> str:
    return format(value.normalize(), "f")
