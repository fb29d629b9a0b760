"""What the pages read, cached where it may be a moment old; the journal's own truth is never older than its time."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from dashboard.shop import open_shop
from oms_core import door
from oms_core.access.models import Role
from oms_core.access.people import Person, list_people
from oms_core.catalog.places import ChannelView, WarehouseView, list_channels, list_warehouses
from oms_core.workflow.definitions import ReasonView, StatusView, list_cancel_reasons, list_statuses

T = TypeVar("T")
_RARELY_CHANGED = 60  # seconds: people, channels, definitions


def ask(query: Callable[..., T], **facts: Any) -> T:  # noqa: ANN401 - whatever the query takes
    """Run a reading function of the core in a read-only transaction."""
    return door.read(open_shop().sessions, query, **facts)


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


@st.cache_data(ttl=_RARELY_CHANGED, show_spinner=False)
def cancel_reasons() -> list[ReasonView]:
    """Why an order may be cancelled."""
    return ask(list_cancel_reasons)


def channel_named(code: str) -> ChannelView | None:
    """Find a channel by its code."""
    return next((channel for channel in channels() if channel.code == code), None)
