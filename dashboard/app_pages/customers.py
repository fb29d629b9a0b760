"""Customers: who they are, in segments, and who may be there twice."""

from typing import Any

import streamlit as st

from dashboard import customer_list, customer_reads, identity, reads
from dashboard.customer_doubles import show_pairs
from dashboard.customer_segments import show_segments
from dashboard.customer_words import KINDS
from dashboard.export_lists import customers_listing
from dashboard.exporting import offer_export
from dashboard.filters import in_address, search_field
from dashboard.layout import empty_state, page_header
from dashboard.translation import _, n_
from dashboard.words import person_name
from oms_core.access.permissions import Permission

TABS = {"list": n_("List"), "segments": n_("Segments"), "doubles": n_("Doubles")}
SEES_PEOPLE = identity.may(Permission.PERSONAL_DATA_VIEW)


def choose_tab() -> str:
    names = {code: _(words) for code, words in TABS.items()}
    tab: str | None = st.segmented_control(
        _("What is shown"), list(names), required=True, format_func=names.__getitem__, label_visibility="collapsed",
        **in_address("tab", list(names), "list"),
    )  # fmt: skip
    return tab or "list"


def ask_filters() -> dict[str, Any]:
    segments = {"": _("Everybody")} | {str(one.id): one.name for one in customer_reads.segments()}
    kinds = {"": _("People and companies")} | {code: _(words) for code, words in KINDS.items()}
    owners = {"": _("Any owner")} | {person.login: person_name(person.name) for person in reads.managers()}
    with st.container(horizontal=True, vertical_alignment="center", key="customer-filters"):
        hint = _("Name, phone or its last digits, e-mail, tag") if SEES_PEOPLE else _("Tag")
        q = search_field(_("Search customers"), "q", hint)
        chosen = {
            name: st.selectbox(label, list(names), format_func=names.__getitem__, label_visibility="collapsed",
                               width=190, **in_address(name, list(names), ""))
            for name, label, names in (
                ("segment", _("Segment"), segments), ("kind", _("Kind"), kinds), ("owner", _("Owner"), owners),
            )
        }  # fmt: skip
    segment = int(chosen["segment"]) if chosen["segment"] else None
    return {"q": q, "segment": segment, "kind": chosen["kind"] or None, "manager": chosen["owner"] or None}


def told_of(filters: dict[str, Any]) -> list[tuple[str, str]]:
    """What was chosen, in words."""
    segment, kind = filters["segment"], filters["kind"]
    return [
        (_("Search"), filters["q"]),
        (_("Segment"), next((one.name for one in customer_reads.segments() if one.id == segment), "")),
        (_("Kind"), _(KINDS[kind]) if kind else ""), (_("Owner"), filters["manager"] or ""),
    ]  # fmt: skip


def show_list() -> None:
    filters = ask_filters()
    page = customer_reads.customer_page(customer_list.cursor_of(filters), **filters)
    if not page.rows and any(filters.values()):
        empty_state("search_off", _("No customer matches"), _("Try fewer letters, or clear the filters."))
    elif not page.rows:
        empty_state("group", _("No customers yet"), _("They come with their first order."))
    else:
        customer_list.show_rows(page.rows)
        customer_list.show_pager(filters, page)
        with actions:
            offer_export(customers_listing(filters, told_of(filters)))


actions = page_header(_("Customers"))
tab = choose_tab()
if tab == "list":
    show_list()
elif tab == "segments":
    show_segments(customer_reads.segments())
else:
    with_unlike = st.toggle(_("Other names, too"), key="unlike", help=_("People of one household share a phone."))
    show_pairs(customer_reads.doubles(), with_unlike=bool(with_unlike))
