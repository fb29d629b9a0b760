"""What the form of a new order reads; prices and stock are never cached."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from dashboard.reads import ask
from oms_core.catalog.products import ProductRow, list_products
from oms_core.customers.directory import find_customers
from oms_core.customers.views import Found
from oms_core.orders.batch_entry import CheckedBatch, check_batch
from oms_core.orders.copying import copy_of
from oms_core.orders.delivery_methods import DeliveryMethodView, list_delivery_methods
from oms_core.orders.drafts import DraftView, list_drafts, read_draft
from oms_core.orders.entry_document import EntryDocument, EntryLine
from oms_core.orders.entry_pricing import PricedEntry, price_entry
from oms_core.orders.templates import TemplateView, list_templates, read_template

FOUND = 6


def drafts() -> list[DraftView]:
    """One's own drafts, the newest first."""
    return ask(list_drafts)


def draft(draft_id: int) -> DraftView:
    """A draft of one's own."""
    return ask(read_draft, draft_id=draft_id)


def templates() -> list[TemplateView]:
    """What one may begin with."""
    return ask(list_templates)


def template(template_id: int) -> TemplateView:
    """A template whole."""
    return ask(read_template, template_id=template_id)


def copied(number: str) -> EntryDocument:
    """An order as a form to begin with."""
    return ask(copy_of, number=number)


def delivery_methods() -> list[DeliveryMethodView]:
    """The ways to the customer."""
    return ask(list_delivery_methods)


def customers(q: str) -> list[Found]:
    """Whom somebody may mean as they type."""
    return ask(find_customers, q=q, limit=FOUND)


def priced(document: EntryDocument) -> PricedEntry:
    """What the form costs now."""
    return ask(price_entry, document=document, now=datetime.now(UTC))


def checked(channel: str, pasted: str) -> CheckedBatch:
    """What was pasted, line by line."""
    return ask(check_batch, channel=channel, pasted=pasted, now=datetime.now(UTC))


def products(q: str, channel: str) -> Sequence[tuple[ProductRow, Decimal | None, Mapping[str, Decimal]]]:
    """Products by a part of SKU or name, or a barcode: each with its price in the channel, and what is free where."""
    found = [row for row in ask(list_products, now=datetime.now(UTC), q=q, limit=FOUND) if row.is_active]
    document = EntryDocument(channel=channel, lines=tuple(EntryLine(row.sku) for row in found))
    lines = priced(document).lines
    return [(row, line.list_price, line.free) for row, line in zip(found, lines, strict=True)]
