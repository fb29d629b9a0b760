"""A change in words: each field, its values, and what it does to money and stock."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from dashboard import display, order_change_reads
from dashboard.translation import _, n_
from dashboard.words import said

FIELDS = {
    "ship_to": n_("Delivery address"), "ship_region": n_("Region"), "delivery_method": n_("Delivery method"),
    "shipping": n_("Shipping charge"), "requested_at": n_("Wished for"), "promised_at": n_("Promised by"),
    "comment": n_("Comment"), "quantity": n_("Quantity"), "unit_price": n_("Price"), "discount": n_("Discount"),
    "line": n_("Line"), "net": n_("Net"), "tax": n_("Tax"), "gross": n_("Goods"), "total": n_("Total"),
}  # fmt: skip
_MONEY = {"shipping", "unit_price", "discount", "net", "tax", "gross", "total"}


def field_words(row: Mapping[str, Any]) -> str:
    """The field of a difference; of a line with its product."""
    name = _(FIELDS.get(row["field"], row["field"]))
    return f"{row['sku']} · {name}" if row.get("position") is not None else name


def value_words(field: str, value: Any, currency: str) -> str:  # noqa: ANN401 - whatever a document holds
    """A value of a document as it is read."""
    if value in (None, "", {}):
        return display.NOTHING
    if field in _MONEY:
        return display.money(Decimal(value), currency)
    if field in _WORDS:
        return _WORDS[field](value, currency)
    return ", ".join(str(part) for part in value.values() if part) if isinstance(value, Mapping) else str(value)


def difference_rows(diff: Sequence[Mapping[str, Any]], currency: str) -> list[dict[str, str]]:
    """Differences as rows of a table: the field, what it was and what it becomes."""
    return [
        {
            _("Field"): field_words(row),
            _("Before"): value_words(row["field"], row["before"], currency),
            _("After"): value_words(row["field"], row["after"], currency),
        }
        for row in diff
    ]


def _line_words(line: Mapping[str, str], currency: str) -> str:
    return f"{display.quantity(Decimal(line['quantity']))} × {display.money(Decimal(line['unit_price']), currency)}"


def _moment_words(moment: str, _currency: str) -> str:
    return display.moment(datetime.fromisoformat(moment))


def _method_words(code: str, _currency: str) -> str:
    names = {one.code: said(one.name, one.translations) for one in order_change_reads.delivery_methods()}
    return names.get(code, code)


_WORDS: Mapping[str, Callable[[Any, str], str]] = {
    "line": _line_words, "requested_at": _moment_words, "promised_at": _moment_words, "delivery_method": _method_words,
    "quantity": lambda quantity, _currency: display.quantity(Decimal(quantity)),
}  # fmt: skip
