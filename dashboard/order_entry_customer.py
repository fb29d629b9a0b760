"""Who orders: whoever is known is found as one types and taken with one click; everybody else is new."""

import streamlit as st

from dashboard import customer_reads, display, order_entry_form, order_entry_reads
from dashboard.identity import may
from dashboard.layout import section
from dashboard.translation import _, ngettext
from oms_core.access.permissions import Permission
from oms_core.customers.editing import address_text
from oms_core.customers.privacy import HIDDEN
from oms_core.customers.views import CustomerBrief, Found

_SHORTEST = 2  # characters that are looked for


def ask_customer() -> None:
    """Ask for the customer; whoever is chosen is shown with what is known of them."""
    with section(_("Customer"), key="new_customer"):
        known: int | None = st.session_state[order_entry_form.CUSTOMER]
        if known is None:
            _ask_new()
        else:
            _show_known(known)


def _ask_new() -> None:
    name = st.text_input(
        _("Name or company"), key="customer_name", required=True, autocomplete="off", live="250ms",
        help=_("Known customers are offered as you type a name, a phone or an e-mail."),
    )  # fmt: skip
    left, right = st.columns(2)
    phone = left.text_input(_("Phone"), key="customer_phone", type="phone", autocomplete="off", live="250ms")
    email = right.text_input(_("E-mail"), key="customer_email", type="email", autocomplete="off", live="250ms")
    _offer_known(next((q.strip() for q in (phone, email, name) if q and len(q.strip()) >= _SHORTEST), ""))
    st.text_input(_("Delivery address"), key="customer_address", autocomplete="off")


def _offer_known(q: str) -> None:
    found = order_entry_reads.customers(q) if q and may(Permission.CUSTOMER_VIEW) else []
    if not found:
        return
    st.caption(_("Known already?"))
    with st.container(horizontal=True, gap="xsmall", key="known-customers"):
        for one in found:
            st.button(
                _found_words(one), key=f"choose_{one.id}", on_click=order_entry_form.choose_customer, args=(one.id,),
                icon=":material/person_check:",
            )  # fmt: skip


def _found_words(one: Found) -> str:
    orders = ngettext("{count} order", "{count} orders", one.orders).format(count=one.orders)
    return " · ".join(display.plain(part) for part in (one.name, one.phone or one.email or "", orders) if part)


def _show_known(customer_id: int) -> None:
    if not may(Permission.CUSTOMER_VIEW):  # an order copied by who may not look at customers
        st.markdown(_("№{id}").format(id=customer_id))
        return
    brief = customer_reads.brief(customer_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{display.plain(brief.name)}**", width="stretch")
        st.button(
            _("Another customer"), key="another_customer", on_click=order_entry_form.choose_customer, args=(None,),
            type="tertiary", icon=":material/person_search:",
        )  # fmt: skip
    st.markdown("  \n".join(_known_words(brief)))
    places = [address_text(place.details) for place in brief.addresses]
    typed = st.session_state.get("known_address") or ""
    options = [place for place in dict.fromkeys([*places, typed]) if place and place != HIDDEN]
    names = {"": _("Not known yet")}
    st.selectbox(
        _("Delivery address"), ["", *options], key="known_address", accept_new_options=True,
        format_func=lambda place: names.get(place, place), help=_("Choose one, or type another for this order."),
    )  # fmt: skip


def _known_words(brief: CustomerBrief) -> list[str]:
    told = [f":material/call: {display.plain(phone)}" for phone in brief.reached_by("phone")]
    told += [f":material/mail: {display.plain(email)}" for email in brief.reached_by("email")]
    if brief.terms_days:
        days = ngettext("{count} day to pay", "{count} days to pay", brief.terms_days)
        told.append(f":material/schedule: {days.format(count=brief.terms_days)}")
    if brief.note:
        told.append(f":material/sticky_note_2: {display.plain(brief.note)}")
    return told or [f":material/info: {_('No phone, no e-mail')}"]
