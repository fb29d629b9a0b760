"""What the pages read, cached where it may be a moment old; the journal's own truth is never older than its time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import streamlit as st

from dashboard.identity import acting, require
from dashboard.shop import open_shop
from oms_core import door
from oms_core.access.models import Role
from oms_core.access.people import Person, list_people
from oms_core.access.permissions import Permission
from oms_core.catalog.places import ChannelView, WarehouseView, list_channels, list_warehouses
from oms_core.integrity import Finding
from oms_core.inventory.availability import StockRow, list_stock
from oms_core.orders.card import list_events, read_order
from oms_core.orders.card_views import EventView, OrderCard
from oms_core.orders.queries import count_views, list_orders
from oms_core.orders.views import Page, SavedView
from oms_core.workflow.definitions import (
    NextStep,
    OrderTypeView,
    ReasonView,
    StatusView,
    list_cancel_reasons,
    list_next_steps,
    list_order_types,
    list_statuses,
)
from oms_core.workflow.validation import list_rule_translations
from pipelines.integrity import check_all

T = TypeVar("T")
PAGE_SIZE = 50
STOCK_ROWS = 200
_RARELY_CHANGED = 60  # seconds: people, channels, definitions
_PILE_SECONDS = 5
_CHECKED_FOR = 600


@dataclass(frozen=True)
class Question:
    """What the order queue is asked for, by codes; an empty one asks for everything."""

    view: str = "all"
    q: str = ""
    group: str = ""
    status: str = ""
    channel: str = ""
    manager: str = ""
    warehouse: str = ""
    sort: str = "newest"

    @property
    def is_narrowed(self) -> bool:
        """Tell whether more than the saved view decides what is listed."""
        return bool(self.q or self.group or self.status or self.channel or self.manager or self.warehouse)


def ask(query: Callable[..., T], **facts: Any) -> T:  # noqa: ANN401 - whatever the query takes
    """Run a reading function of the core in a read-only transaction."""
    return door.read(open_shop().sessions, acting(), query, **facts)


@st.cache_data(ttl=_RARELY_CHANGED, show_spinner=False)
def people() -> list[Person]:
    """Everyone one may act as."""
    return ask(list_people)


def managers() -> list[Person]:
    """Those an order may be given to: managers and leads."""
    return [person for person in people() if person.roles & {Role.MANAGER, Role.LEAD}] or people()


@st.cache_data(ttl=_RARELY_CHANGED, show_spinner=False)
def channels() -> list[ChannelView]:
    """Where orders come from."""
    return ask(list_channels)


@st.cache_data(ttl=_RARELY_CHANGED, show_spinner=False)
def warehouses() -> list[WarehouseView]:
    """Where goods lie."""
    return ask(list_warehouses)


@st.cache_data(ttl=_RARELY_CHANGED, show_spinner=False)
def statuses() -> list[StatusView]:
    """Every status in the order of the lifecycle."""
    return ask(list_statuses)


def rule_translations(messages: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What rules say in other languages, by their messages."""
    return ask(list_rule_translations, messages=messages)


@st.cache_data(ttl=_RARELY_CHANGED, show_spinner=False)
def order_types() -> list[OrderTypeView]:
    """The types of order that may be placed, the usual one first."""
    return ask(list_order_types)


@st.cache_data(ttl=_RARELY_CHANGED, show_spinner=False)
def cancel_reasons() -> list[ReasonView]:
    """Why an order may be cancelled, or might be once: a reason out of use is still named by the past."""
    return ask(list_cancel_reasons, with_retired=True)


def next_steps() -> dict[tuple[str, str], NextStep]:
    """The one next step by status and order type, for the person who acts; never cached: it depends on who looks."""
    return ask(list_next_steps)


def piles(channel: str | None, manager: str) -> Mapping[SavedView, int]:
    """How many orders each saved view holds, for the person who acts."""
    require(Permission.ORDER_VIEW)
    return _piles(channel, manager)


@st.cache_data(ttl=_PILE_SECONDS, show_spinner=False, max_entries=200)
def _piles(channel: str | None, manager: str) -> Mapping[SavedView, int]:
    return ask(count_views, now=datetime.now(UTC), channel=channel, manager=manager)


def order_page(question: Question, cursor: str | None, *, manager: str) -> Page:
    """One page of the queue; never cached: it must show what was just done."""
    return ask(
        list_orders,
        now=datetime.now(UTC),
        view=question.view,
        q=question.q,
        status_group=question.group or None,
        status=question.status or None,
        channel=question.channel or None,
        manager=question.manager or (manager if question.view == "mine" else None),
        warehouse=question.warehouse or None,
        sort=question.sort,
        cursor=cursor,
        limit=PAGE_SIZE,
    )


def order_card(number: str) -> OrderCard:
    """Everything about one order, as it is now."""
    return ask(read_order, number=number)


def earlier_events(number: str, before: int) -> tuple[EventView, ...]:
    """The entries of an order's journal before a sequence, the last of them at the end."""
    return ask(list_events, number=number, before=before)


def stock(q: str, warehouse: str | None) -> list[StockRow]:
    """What lies in each warehouse and is on its way, for the products that ``q`` names a part of."""
    return ask(list_stock, q=q, warehouse=warehouse, limit=STOCK_ROWS)


def findings() -> tuple[list[Finding], datetime]:
    """What the integrity check found, and when; it takes seconds in a large shop, so it is kept for a while."""
    require(Permission.INTEGRITY_VIEW)
    return _findings()


@st.cache_data(ttl=_CHECKED_FOR, show_spinner=False)
def _findings() -> tuple[list[Finding], datetime]:
    now = datetime.now(UTC)
    return ask(check_all, store=open_shop().store, now=now), now


def forget_findings() -> None:
    """Check anew at the next look."""
    _findings.clear()


def forget_piles() -> None:
    """Count the saved views anew at the next look: something was just done."""
    _piles.clear()


def channel_named(code: str) -> ChannelView | None:
    """Find a channel by its code."""
    return next((channel for channel in channels() if channel.code == code), None)
