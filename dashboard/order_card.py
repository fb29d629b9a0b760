"""The parts of an order's card: where it stands, its lines, its money, its customer, its way out."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display
from dashboard.display import Color
from dashboard.layout import section
from dashboard.order_change_words import value_words
from dashboard.order_list import ROW_HEIGHT, unusual_type
from dashboard.translation import _, ngettext
from dashboard.words import PAID, person_name
from dashboard.workflow_words import status_name
from oms_core.orders.card_views import LineView, OrderCard
from oms_core.workflow.models import CLOSED_GROUPS

_PAID_COLORS: Mapping[str, Color] = {
    "unpaid": "gray", "partly_paid": "yellow", "paid": "green", "overpaid": "orange", "refunded": "violet",
}  # fmt: skip


def show_badges(card: OrderCard) -> None:
    """Say in words how the order stands: status, payment, and what calls for somebody."""
    st.badge(status_name(card.status, card.status_name), color=display.GROUP_COLORS[card.status_group])
    st.badge(_(PAID[card.totals.paid_state]), color=_PAID_COLORS[card.totals.paid_state])
    marks: tuple[tuple[bool, str, Color], ...] = (
        (is_late(card), _("Late"), "red"),
        (bool(card.holds), _("On hold"), "violet"),
        (card.backordered > 0, _("Backordered"), "orange"),
        (card.is_simulated, _("Simulated"), "gray"),
    )
    for holds, word, color in marks:
        if holds:
            st.badge(word, color=color)


def is_late(card: OrderCard) -> bool:
    """Tell whether an open order is past its promise."""
    return card.closed_at is None and card.promised_at is not None and card.promised_at < datetime.now(UTC)


def facts_line(card: OrderCard) -> str:
    """When and where it was placed, by when it is promised, and who answers for it."""
    parts = [_("Placed {moment}").format(moment=display.moment(card.placed_at)), display.plain(_(card.channel_name))]
    parts += [display.plain(word) for word in unusual_type(card)]
    if card.external_ref:
        parts.append(_("their number {number}").format(number=display.plain(card.external_ref)))
    if card.copied_from:
        parts.append(_("copy of {number}").format(number=display.plain(card.copied_from)))
    if card.delivery_method:
        method = value_words("delivery_method", card.delivery_method, card.currency)
        parts.append(_("by {method}").format(method=display.plain(method)))
    if card.promised_at and card.status_group not in CLOSED_GROUPS:
        parts.append(_("promised by {day}").format(day=display.moment(card.promised_at)))
    if card.closed_at:
        parts.append(_("closed {moment}").format(moment=display.moment(card.closed_at)))
    parts.append(display.plain(person_name(card.manager_name)) if card.manager_name else _("nobody answers for it"))
    return " · ".join(parts)


def waiting_words(card: OrderCard) -> str:
    """How many lines of an open order wait for stock; empty where none does."""
    short = sum(line.backordered > 0 for line in card.lines)
    if not short:
        return ""
    return ngettext("{count} line waits for stock", "{count} lines wait for stock", short).format(count=short)


def show_lines(card: OrderCard) -> None:
    """Show the lines with what became of each and where its goods lie, and the totals."""
    with section(_("Lines"), key="order-lines"):
        if not card.lines:
            st.caption(_("This order has no lines."))
        elif display.on_phone():
            for line in card.lines:
                _show_line(line, card.currency)
        else:
            _show_line_grid(card.lines, card.currency)
        with st.container(key="order-totals"):
            st.table(_totals(card), border="horizontal", hide_header=True)


def states_of(line: LineView) -> list[tuple[str, Color]]:
    """What became of a line's quantity, in words with their colours."""
    parts: tuple[tuple[Any, str, Color], ...] = (
        (line.reserved, _("{quantity} reserved"), "blue"),
        (line.backordered, _("{quantity} backordered"), "orange"),
        (line.shipped, _("{quantity} shipped"), "green"),
        (line.cancelled, _("{quantity} cancelled"), "red"),
        (line.returned, _("{quantity} returned"), "violet"),
    )
    return [(word.format(quantity=display.quantity(amount)), color) for amount, word, color in parts if amount]


def stock_words(line: LineView) -> str:
    """What is free of a line's product, warehouse by warehouse."""
    if line.supplier:
        return _("shipped by {supplier}").format(supplier=line.supplier)
    free = [place for place in line.stock if place.available]
    return " · ".join(f"{place.warehouse} {display.quantity(place.available)}" for place in free) or "0"


def _show_line_grid(lines: Sequence[LineView], currency: str) -> None:
    marks = {word: color for line in lines for word, color in states_of(line)}
    column = st.column_config
    st.dataframe(
        pl.DataFrame(
            {
                "sku": [line.sku for line in lines],
                "name": [line.name for line in lines],
                "quantity": [display.quantity(line.quantity) for line in lines],
                "state": [[word for word, _color in states_of(line)] for line in lines],
                "stock": [stock_words(line) for line in lines],
                "unit_price": [display.money(line.unit_price, currency) for line in lines],
                "discount": [display.money(line.discount, currency) if line.discount else "" for line in lines],
                "gross": [display.money(line.gross, currency) for line in lines],
            },
            schema_overrides={"state": pl.List(pl.String)},
        ),
        key="order_lines",
        column_order=[name for name in _LINE_COLUMNS if name != "discount" or any(line.discount for line in lines)],
        column_config={
            "sku": column.TextColumn(_("SKU"), pinned=True),
            "name": column.TextColumn(_("Product")),
            "quantity": column.TextColumn(_("Quantity"), alignment="right", width=80),
            "state": column.MultiselectColumn(_("State"), options=list(marks), color=list(marks.values())),
            "stock": column.TextColumn(_("Free in stock")),
            "unit_price": column.TextColumn(_("Price"), alignment="right"),
            "discount": column.TextColumn(_("Discount"), alignment="right"),
            "gross": column.TextColumn(_("Sum"), alignment="right"),
        },
        hide_index=True,
        row_height=ROW_HEIGHT,
        height="content",
        alt=_("Lines of the order"),
    )


# Money stands before what may grow long: a narrow window cuts the stock of distant warehouses, never a sum.
_LINE_COLUMNS = ("sku", "name", "quantity", "unit_price", "discount", "gross", "state", "stock")


def _show_line(line: LineView, currency: str) -> None:
    head = st.container(horizontal=True, vertical_alignment="center", gap="small")
    name = f"**{display.plain(line.name)}**  \n:gray[{display.plain(line.sku)} · "
    head.markdown(
        f"{name}{display.quantity(line.quantity)} × {display.money(line.unit_price, currency)}]", width="stretch"
    )
    head.markdown(f"**{display.money(line.gross, currency)}**", width="content")
    foot = st.container(horizontal=True, gap="xsmall")
    for word, color in states_of(line):
        foot.badge(word, color=color)


def _totals(card: OrderCard) -> dict[str, str]:
    totals, currency = card.totals, card.currency
    total = _("Total")
    shown = {
        _("Goods"): display.money(totals.gross, currency),
        _("of it tax"): display.money(totals.tax, currency),
        _("Shipping"): display.money(totals.shipping, currency),
        f"**{total}**": f"**{display.money(totals.total, currency)}**",
        _("Paid"): display.money(totals.paid, currency),
    }
    if totals.refunded:
        shown[_("Refunded")] = display.money(totals.refunded, currency)
    if totals.due > 0:
        shown[_("Still to pay")] = f"**{display.money(totals.due, currency)}**"
    return shown
