"""Ctrl-K: one field that goes anywhere: an order, a customer, a page, an action."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import display, queue_reads
from dashboard.identity import may
from dashboard.navigation import go
from dashboard.queue_words import found_words
from dashboard.translation import _
from dashboard.workflow_words import status_name
from oms_core.access.permissions import Permission

_STATIC = Path(__file__).parent / "static"
_KEY = "palette"
ORDERS, CUSTOMERS, SHORTEST = 6, 4, 2


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go: what it is called, what tells it apart, and the page with its address."""

    kind: str
    name: str
    hint: str
    page: str
    address: Mapping[str, str] = field(default_factory=dict)


@st.fragment
def show_palette(pages: Sequence[st.Page]) -> None:
    """Have the field at hand on every page; it opens in the browser at once, and asks as it is typed in."""
    typed = str(_state("query") or "").strip()
    places = [*_found(typed), *_actions(), *_pages(pages)]
    component = st.components.v2.component(
        "palette",
        html='<div class="palette" hidden></div>',
        css=(_STATIC / "palette.css").read_text(),
        js=(_STATIC / "palette.js").read_text(),
    )
    with st.container(key="palette-place"):
        component(
            key=_KEY,
            data={
                "query": typed,
                "places": [{"at": at, **asdict(place)} for at, place in enumerate(places)],
                "label": _("Go to an order, a customer, a page or an action"),
                "hint": _("Number, name, phone, page…"),
                "nothing": _("Nothing is called so"),
            },
            on_query_change=_nothing,
            on_chosen_change=_nothing,
        )
    chosen = _state("chosen")
    if chosen:
        go(chosen["page"], **chosen["address"])


def _state(name: str) -> Any:  # noqa: ANN401 - of a component
    return getattr(st.session_state[_KEY], name, None) if _KEY in st.session_state else None


def _nothing() -> None:
    """A component keeps a value only where its change is listened to."""


def _found(typed: str) -> list[Place]:
    """What the letters may mean; orders first, for they are what is mostly looked for."""
    if len(typed) < SHORTEST:
        return []
    places = []
    if may(Permission.ORDER_VIEW):
        for row in queue_reads.orders_like(typed, ORDERS):
            facts = [row.customer, status_name(row.status, row.status_name), display.money(row.total, row.currency)]
            hint = " · ".join([*facts, *([found_words(row)] if row.found else [])])
            places.append(Place("order", row.number, hint, "app_pages/order.py", {"number": row.number}))
    if may(Permission.CUSTOMER_VIEW):
        for one in queue_reads.customers_like(typed, CUSTOMERS):
            hint = " · ".join(part for part in (one.phone, one.email, display.orders(one.orders)) if part)
            places.append(Place("customer", one.name, hint, "app_pages/customer.py", {"id": str(one.id)}))
    return places


def _actions() -> list[Place]:
    actions = []
    if may(Permission.ORDER_PLACE):
        actions.append(Place("action", _("New order"), _("Action"), "app_pages/new_order.py"))
    if may(Permission.ORDER_VIEW):
        for view, name in (("mine", _("My orders")), ("late", _("Late orders"))):
            actions.append(Place("action", name, _("Action"), "app_pages/orders.py", {"view": view}))
    return actions


def _pages(pages: Sequence[st.Page]) -> list[Place]:
    hint = _("Page")
    return [Place("page", page.title, hint, f"app_pages/{page.url_path}.py") for page in pages]
