"""The form of a new order: filled from where one came, its widgets read back as a document, saved while one types."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import customer_reads, identity, order_entry_actions, order_entry_reads, reads
from oms_core.access.permissions import Permission
from oms_core.customers.editing import address_text
from oms_core.customers.privacy import HIDDEN
from oms_core.errors import NotFound
from oms_core.orders.entry_document import EntryCustomer, EntryDocument, EntryLine, number_of

ALWAYS_THERE = "new_channel"
"""Key of a widget that stands on the page whenever the page does."""
CUSTOMER, LINES, REVISION = "_entry_customer", "_entry_lines", "_entry_revision"
_SOURCE, _DRAFT, _SAVED, _BEGUN = "_entry_source", "_entry_draft", "_entry_saved", "_entry_begun"
_SOURCES = ("customer", "from", "template", "draft")
_HELD = {"", "30", "60", "240", "1440", "4320"}


def open_form() -> None:
    """Fill the form when one comes to the page or to another of its addresses; else leave it as it is."""
    source = {name: st.query_params[name] for name in _SOURCES if name in st.query_params}
    if ALWAYS_THERE in st.session_state and st.session_state.get(_SOURCE) == source:
        _drop_removed()
        return
    draft_id = _id(source.get("draft"))
    try:
        document = _document_of(source)
    except NotFound:
        document, draft_id = EntryDocument(), None
    st.session_state[_SOURCE], st.session_state[_DRAFT] = source, draft_id
    st.session_state[_BEGUN] = document
    fill(document)
    st.session_state[_SAVED] = document


def fill(document: EntryDocument) -> None:
    """Let the widgets show a document; call it before they are built."""
    state, who = st.session_state, document.customer
    state[CUSTOMER] = who.id
    state["customer_name"], state["customer_phone"], state["customer_email"] = who.name, who.phone, who.email
    state["customer_address"] = state["known_address"] = who.address
    state[ALWAYS_THERE] = document.channel
    state["new_type"], state["new_comment"] = document.order_type, document.comment
    state["new_delivery"], state["new_warehouse"] = document.delivery_method, document.warehouse
    charge = number_of(document.shipping)
    state["new_shipping"] = None if charge is None else float(charge)
    day = document.requested_at[:10]
    state["new_day"] = datetime.fromisoformat(day).date() if _is_day(day) else None
    state["new_hold"] = document.hold_minutes if document.hold_minutes in _HELD else ""
    state["new_manager"] = document.manager or _usual_manager()
    set_lines(document.lines)


def read_form(*, template: str = "") -> EntryDocument:
    """What stands in the widgets; what the form began with tells the rest."""
    state = st.session_state
    begun: EntryDocument = state[_BEGUN]
    charge = state.get("new_shipping")
    day = state.get("new_day")
    channel = reads.channel_named(state[ALWAYS_THERE])
    zone = ZoneInfo(channel.time_zone if channel else "UTC")
    return EntryDocument(
        channel=state[ALWAYS_THERE] or "", order_type=state.get("new_type") or begun.order_type,
        customer=_customer(), lines=lines(), delivery_method=state.get("new_delivery") or "",
        shipping="" if charge is None else f"{charge:.2f}", warehouse=state.get("new_warehouse") or "",
        requested_at=datetime.combine(day, time(23, 59), tzinfo=zone).isoformat() if day else "",
        comment=state.get("new_comment") or "", manager=state.get("new_manager") or "",
        hold_minutes=state.get("new_hold") or "", template=template or begun.template, copied_from=begun.copied_from,
    )  # fmt: skip


def save_itself(document: EntryDocument) -> None:
    """Keep what was typed since it was last kept, as a draft whose number stands in the address from then on."""
    state = st.session_state
    is_as_opened = document == state[_SAVED] or (state[_DRAFT] is None and nothing_typed(document))
    if is_as_opened:
        return
    draft_id = order_entry_actions.keep_draft(document.as_dict(), state[_DRAFT])
    if draft_id is None:
        return
    state[_SAVED], state[_DRAFT] = document, draft_id
    for name in _SOURCES:
        st.query_params.pop(name, None)
    st.query_params["draft"] = str(draft_id)
    state[_SOURCE] = {"draft": str(draft_id)}


def nothing_typed(document: EntryDocument) -> bool:
    """Whether it says no more than what it was opened with."""
    begun: EntryDocument = st.session_state[_BEGUN]
    return document.is_empty or (document.customer, document.lines, document.comment) == (
        begun.customer, begun.lines, begun.comment,
    )  # fmt: skip


def draft_id() -> int | None:
    """The draft that the form is kept in; None before anything was typed."""
    kept: int | None = st.session_state.get(_DRAFT)
    return kept


def apply_template(template_id: int) -> None:
    """Let the form begin with a template for the customer who was chosen already."""
    kept = replace(order_entry_reads.template(template_id).document, customer=_customer())
    st.session_state[_BEGUN] = kept
    fill(kept)


def choose_customer(customer_id: int | None) -> None:
    """Take a known customer, with where they are delivered to; None gives the fields of a new one."""
    st.session_state[CUSTOMER] = customer_id
    st.session_state["known_address"] = usual_address(customer_id) if customer_id else ""


def usual_address(customer_id: int) -> str:
    """Where a customer is delivered to first; nothing where one may not see it."""
    places = customer_reads.brief(customer_id).addresses
    told = address_text(places[0].details) if places else ""
    return "" if told == HIDDEN else told


def editor_key() -> str:
    """The key of the table of lines: another one whenever its rows are others."""
    return f"entry_lines_{st.session_state[REVISION]}"


def lines() -> tuple[EntryLine, ...]:
    """The lines as they are edited on the page."""
    kept: tuple[EntryLine, ...] = st.session_state[LINES]
    edits: Mapping[str, Any] = st.session_state.get(editor_key()) or {}
    rows: Mapping[int, Mapping[str, Any]] = edits.get("edited_rows") or {}
    return tuple(
        replace(line, **_texts(rows[place])) if place in rows else line
        for place, line in enumerate(kept)
        if not (place in rows and rows[place].get("remove"))
    )


def set_lines(wanted: tuple[EntryLine, ...]) -> None:
    """Let the table have these rows."""
    st.session_state[LINES] = tuple(wanted)
    st.session_state[REVISION] = st.session_state.get(REVISION, 0) + 1


def add_line(sku: str) -> None:
    """Add one of a product: to its line where there is one without a price of its own, as a scanner does."""
    present = list(lines())
    for place, line in enumerate(present):
        count = number_of(line.quantity)
        if line.sku == sku and not line.unit_price and not line.discount and count is not None:
            present[place] = replace(line, quantity=f"{count + 1:f}")
            break
    else:
        present.append(EntryLine(sku))
    set_lines(tuple(present))


def _drop_removed() -> None:
    """Take the rows off the table that were ticked to be removed."""
    left = lines()
    if len(left) < len(st.session_state[LINES]):
        set_lines(left)


def _document_of(source: Mapping[str, str]) -> EntryDocument:
    """What the address names: a draft, an order to copy, a template, a customer."""
    if wanted := _id(source.get("draft")):
        return order_entry_reads.draft(wanted).document
    document = EntryDocument(channel="desk")
    if number := source.get("from"):
        document = order_entry_reads.copied(number)
    elif wanted := _id(source.get("template")):
        document = order_entry_reads.template(wanted).document
    wanted = _id(source.get("customer"))
    if wanted and identity.may(Permission.CUSTOMER_VIEW):
        brief = customer_reads.brief(wanted)
        customer_id = brief.merged_into_id or brief.id
        document = replace(document, customer=EntryCustomer(id=customer_id, address=usual_address(customer_id)))
    return document


def _customer() -> EntryCustomer:
    state = st.session_state
    if state[CUSTOMER] is not None:
        return EntryCustomer(id=state[CUSTOMER], address=state.get("known_address") or "")
    name, phone, email, address = (
        state.get(f"customer_{name}") or "" for name in ("name", "phone", "email", "address")
    )
    return EntryCustomer(name=name, phone=phone, email=email, address=address)


def _usual_manager() -> str | None:
    """Whoever enters it, if they move orders."""
    return identity.person().login if identity.may(Permission.ORDER_MOVE) else None


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(row[name] or "") for name in ("quantity", "unit_price", "discount") if name in row}


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def _is_day(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
