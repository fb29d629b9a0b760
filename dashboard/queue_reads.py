"""What the queue's page reads beside the page of orders: kept views with their counts, all that matches."""

from collections.abc import Mapping
from datetime import UTC, datetime

import streamlit as st

from dashboard import reads
from dashboard.identity import acting
from dashboard.reads import Question
from oms_core.customers.directory import find_customers
from oms_core.customers.views import Found as FoundCustomer
from oms_core.orders.queries import count_matching, find_numbers, list_orders
from oms_core.orders.queue_views import KeptView, count_kept_views, list_kept_views
from oms_core.orders.views import OrderRow, QueueFilters

_COUNT_SECONDS = 10


def kept_views() -> list[KeptView]:
    """The views this person keeps and those shared with them."""
    return reads.ask(list_kept_views)


def kept_counts() -> Mapping[int, int]:
    """How many orders each of these views holds."""
    return _kept_counts(acting().id)


@st.cache_data(ttl=_COUNT_SECONDS, show_spinner=False, max_entries=200)
def _kept_counts(person_id: int) -> Mapping[int, int]:  # noqa: ARG001 - whose they are: the key of the cache
    return reads.ask(count_kept_views, now=datetime.now(UTC))


def filters_of(question: Question) -> QueueFilters:
    """Which orders the question is about, whatever its sorting."""
    return QueueFilters(
        view=question.view,
        q=question.q,
        status_group=question.group or None,
        status=question.status or None,
        channel=question.channel or None,
        manager=question.manager or None,
        warehouse=question.warehouse or None,
    )


def count_of(question: Question) -> int:
    """How many orders the question is about, up to ``queries.COUNTED``."""
    return reads.ask(count_matching, now=datetime.now(UTC), filters=filters_of(question))


def numbers_of(question: Question) -> list[str]:
    """Numbers of all that the question is about, the newest first, ``queries.MAX_CHOSEN`` at most."""
    return reads.ask(find_numbers, now=datetime.now(UTC), filters=filters_of(question))


def orders_like(q: str, limit: int) -> tuple[OrderRow, ...]:
    """The orders a few letters may mean, the best first."""
    return reads.ask(list_orders, now=datetime.now(UTC), q=q, sort="match", limit=limit).rows


def customers_like(q: str, limit: int) -> list[FoundCustomer]:
    """The customers a few letters may mean."""
    return reads.ask(find_customers, q=q, limit=limit)
