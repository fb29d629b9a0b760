"""What the pages of quotations read; never cached: each shows what was just done."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dashboard.reads import ask
from oms_core.orders.quotation_reads import list_quotations, read_quotation
from oms_core.orders.quotation_views import QuotationCard, QuotationRow, QuotationState

PAGE_SIZE = 50
_OF_CUSTOMER = 10


def page(
    state: str | None, q: str, cursor: str | None
) -> tuple[Sequence[QuotationRow], str | None]:  # fmt: skip
    """One page of the list, and the cursor of the next."""
    return ask(list_quotations, now=datetime.now(UTC), state=state, q=q, cursor=cursor, limit=PAGE_SIZE)


def open_of(customer_id: int) -> Sequence[QuotationRow]:
    """What a customer was offered and may still take, the newest first."""
    rows, _following = ask(
        list_quotations, now=datetime.now(UTC), customer_id=customer_id, state=QuotationState.OPEN, limit=_OF_CUSTOMER
    )
    return rows


def card(number: str) -> QuotationCard:
    """A quotation whole."""
    return ask(read_quotation, number=number, now=datetime.now(UTC))
