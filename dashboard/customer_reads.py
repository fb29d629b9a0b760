"""What the pages of customers read; never cached, but for who may be whose double: that looks at everybody."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard.identity import acting, require
from dashboard.reads import ask
from oms_core.access.permissions import Permission
from oms_core.customers.directory import list_customers
from oms_core.customers.duplicates import Pair, find_duplicates
from oms_core.customers.editing import CustomerEdit, read_edit
from oms_core.customers.privacy import sees_personal_data
from oms_core.customers.profile import brief_of, read_customer, read_history
from oms_core.customers.segments import SegmentView, count_customers, list_categories, list_segments
from oms_core.customers.views import CustomerBrief, CustomerPage, CustomerProfile, HistoryPage
from oms_core.inventory.product_card import ProductCard, read_product_card
from oms_core.tasks.worklist import TaskView, list_tasks

PAGE_SIZE = 50
_LOOKED_THROUGH_FOR = 60


def customer_page(cursor: str | None, **filters: Any) -> CustomerPage:  # noqa: ANN401 - those of list_customers
    """One page of the list."""
    return ask(list_customers, now=datetime.now(UTC), cursor=cursor, limit=PAGE_SIZE, **filters)


def profile(customer_id: int) -> CustomerProfile:
    """Everything about a customer."""
    return ask(read_customer, customer_id=customer_id, now=datetime.now(UTC))


def brief(customer_id: int) -> CustomerBrief:
    """Who a customer is, for the panel beside an order."""
    return ask(brief_of, customer_id=customer_id, now=datetime.now(UTC))


def history(customer_id: int, cursor: str) -> HistoryPage:
    """What happened further back."""
    return ask(read_history, customer_id=customer_id, cursor=cursor)


def edit(customer_id: int) -> tuple[CustomerEdit, int]:
    """A customer as they are edited, and the version."""
    return ask(read_edit, customer_id=customer_id)


def open_tasks(customer_id: int) -> Sequence[TaskView]:
    """What is to be done about a customer."""
    return ask(list_tasks, now=datetime.now(UTC), customer_id=customer_id).rows


def segments() -> list[SegmentView]:
    """Every saved segment."""
    return ask(list_segments)


def count(conditions: Sequence[Mapping[str, Any]]) -> int:
    """How many meet these conditions."""
    return ask(count_customers, now=datetime.now(UTC), conditions=conditions)


def categories() -> list[str]:
    """The codes of all categories."""
    return ask(list_categories)


def doubles_of(customer_id: int) -> list[Pair]:
    """With whom a customer shares a contact."""
    return ask(find_duplicates, customer_id=customer_id)


def doubles() -> list[Pair]:
    """Who shares a contact with whom, kept for a minute."""
    require(Permission.CUSTOMER_VIEW)
    return _doubles(is_shown=sees_personal_data(acting()))


@st.cache_data(ttl=_LOOKED_THROUGH_FOR, show_spinner=False)
def _doubles(*, is_shown: bool) -> list[Pair]:  # noqa: ARG001 - what may be seen parts what is kept
    return ask(find_duplicates)


def forget_doubles() -> None:
    """Look for doubles anew: two were merged, or parted."""
    _doubles.clear()


def product_card(sku: str) -> ProductCard:
    """What lies where of a product, what is coming, and what it costs."""
    return ask(read_product_card, sku=sku, now=datetime.now(UTC))
