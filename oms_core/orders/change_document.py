"""What of a placed order may be changed: the order as a document, an edit of it, and what differs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

Document = dict[str, Any]
CLEARABLE = frozenset({"ship_to", "ship_region", "delivery_method", "requested_at", "comment"})
"""Fields that an edit may empty."""
_HEADER = ("ship_to", "ship_region", "delivery_method", "shipping", "requested_at", "promised_at", "comment")
_OF_LINE = ("quantity", "unit_price", "discount")
TOTALS = ("net", "tax", "gross", "total")


@dataclass(frozen=True, slots=True)
class LineEdit:
    """A line as it shall be: one that is there by ``position``, a new one without.

    Without ``unit_price`` and ``discount`` a line keeps its own; a new one takes the price list's, and no discount.
    """

    sku: str
    quantity: Decimal
    position: int | None = None
    unit_price: Decimal | None = None
    discount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEdit:
    """What is to be changed; None leaves a field as it is, ``cleared`` names those to be emptied.

    ``lines`` are all that the order shall have: one that is not among them is removed. ``promised_at`` stays what it
    is unless a delivery method is chosen, which promises anew.
    """

    lines: Sequence[LineEdit] | None = None
    ship_to: Mapping[str, Any] | None = None
    ship_region: str | None = None
    delivery_method: str | None = None
    shipping: Decimal | None = None
    requested_at: datetime | None = None
    comment: str | None = None
    promised_at: datetime | None = None
    cleared: frozenset[str] = field(default_factory=frozenset)

    def given(self, name: str, before: Any) -> Any:  # noqa: ANN401 - whatever the field holds
        """What a field of the header shall be."""
        if name in self.cleared & CLEARABLE:
            return "" if name == "comment" else None
        value = getattr(self, name)
        return before if value is None else value


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs; of a line with its position and SKU, None on one side where the line is not there."""

    field: str
    before: Any
    after: Any
    position: int | None = None
    sku: str = ""

    def row(self) -> dict[str, Any]:
        """As the journal and the kept change tell it."""
        told = {"field": self.field, "before": self.before, "after": self.after}
        return told if self.position is None else told | {"position": self.position, "sku": self.sku}


def differences(before: Document, after: Document) -> list[Difference]:
    """List what differs between two documents: the header, then line by line, then the totals."""
    found = [Difference(name, before[name], after[name]) for name in _HEADER if before[name] != after[name]]
    old, new = _by_position(before), _by_position(after)
    for position in sorted(old.keys() | new.keys()):
        was, now = old.get(position), new.get(position)
        sku = (now or was or {})["sku"]
        if was is None or now is None:
            found.append(Difference("line", was and _told(was), now and _told(now), position, sku))
        else:
            found += [
                Difference(name, was[name], now[name], position, sku) for name in _OF_LINE if was[name] != now[name]
            ]
    return found + [Difference(name, before[name], after[name]) for name in TOTALS if before[name] != after[name]]


def edit_back(before: Document, diff: Sequence[Mapping[str, Any]]) -> OrderEdit:
    """The edit that takes a change back: what it touched becomes as it was, the rest stays.

    A line that was removed comes back as a new one at its former price.
    """
    touched = {row["field"] for row in diff if "position" not in row} - set(TOTALS)
    emptied = frozenset(name for name in touched & CLEARABLE if before[name] in (None, ""))
    edit = OrderEdit(cleared=emptied)
    for name in touched - emptied:
        edit = replace(edit, **{name: _typed(name, before[name])})
    if any("position" in row for row in diff):
        removed = {row["position"] for row in diff if row["field"] == "line" and row["after"] is None}
        edit = replace(edit, lines=[_line_edit(line, is_new=line["position"] in removed) for line in before["lines"]])
    return edit


def _by_position(document: Document) -> dict[int, Mapping[str, Any]]:
    return {line["position"]: line for line in document["lines"]}


def _told(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in _OF_LINE}


def _line_edit(line: Mapping[str, Any], *, is_new: bool) -> LineEdit:
    return LineEdit(
        line["sku"], Decimal(line["quantity"]), None if is_new else line["position"], Decimal(line["unit_price"]),
        Decimal(line["discount"]),
    )  # fmt: skip


def _typed(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever the field holds
    if name in {"requested_at", "promised_at"}:
        return None if value is None else datetime.fromisoformat(value)
    return Decimal(value) if name == "shipping" else value
