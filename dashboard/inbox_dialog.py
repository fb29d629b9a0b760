"""One message opened: what came, why it is no order, and each thing that may be made of it, prefilled."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import display, inbox_actions, inbox_reads, reads
from dashboard.identity import may, person
from dashboard.inbox_words import REASONS, cause_words, icon_of, what_words
from dashboard.notices import show_notices
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.intake.inbound_models import MessageForm, Outcome
from oms_core.intake.inbound_views import WholeMessage
from oms_core.orders.entry_document import EntryCustomer, EntryDocument, EntryLine

_COLUMNS = ("sku", "quantity", "unit_price", "discount")


def open_message(message_id: int) -> None:
    """Show a message in a dialog."""
    whole = inbox_reads.message(message_id)
    title = f"{whole.view.channel} · {whole.view.external_id}"
    st.dialog(title[:80], width="large", icon=icon_of(whole.view))(_show)(whole)


def open_rejection(message_ids: list[int]) -> None:
    """Ask why these messages are rejected."""
    st.dialog(_("Reject"), icon=":material/block:")(_ask_reason)(message_ids)


def _show(whole: WholeMessage) -> None:
    view = whole.view
    facts = [display.moment(view.received_at), display.plain(view.sender), display.plain(whole.status)]
    st.markdown(f"**{display.plain(what_words(view))}**  \n:gray[{' · '.join(fact for fact in facts if fact)}]")
    if cause := cause_words(view):
        st.info(cause, icon=":material/help:")
    if view.form is MessageForm.LETTER:
        _show_letter(whole.body)
    if view.outcome is Outcome.ORDER:
        st.page_link(
            "app_pages/order.py", label=_("Order {number}").format(number=view.number or ""),
            icon=":material/receipt_long:", query_params={"number": view.number or ""},
        )  # fmt: skip
    else:
        _show_acts(whole)
    with st.expander(_("As it came"), icon=":material/data_object:"):
        st.code(json.dumps(whole.body, ensure_ascii=False, indent=1)[:20_000], language="json")


def _show_letter(body: Mapping[str, Any]) -> None:
    with st.container(border=True, height=220):
        st.text(str(body.get("text") or ""))
    for name in body.get("attachments") or ():
        st.caption(f":material/attach_file: {display.plain(str(name))}")


def _show_acts(whole: WholeMessage) -> None:
    names = {"take": _("Take as an order"), "attach": _("Attach"), "hand": _("Give to somebody"), "no": _("Reject")}
    # Whoever sees dots where a name stands would order in the name of the dots.
    if not (may(Permission.ORDER_PLACE) and may(Permission.PERSONAL_DATA_VIEW)):
        names.pop("take")
    first = "attach" if whole.view.before else next(iter(names))
    act = st.segmented_control(
        _("What becomes of it"), list(names), format_func=names.__getitem__, default=first, required=True,
        key=f"inbox_act_{whole.view.id}", label_visibility="collapsed",
    )  # fmt: skip
    shown = {"take": _ask_order, "attach": _ask_number, "hand": _ask_person, "no": _ask_no}
    shown[str(act)](whole)
    show_notices()


def _ask_order(whole: WholeMessage) -> None:
    """The order as it was read, to be mended where it is wrong."""
    document, key = whole.document, f"inbox_{whole.view.id}"
    who = document.customer
    left, right = st.columns(2)
    name = left.text_input(_("Name or company"), who.name, key=f"{key}_name", autocomplete="off")
    email = right.text_input(_("E-mail"), who.email, key=f"{key}_email", autocomplete="off")
    phone = left.text_input(_("Phone"), who.phone, key=f"{key}_phone", autocomplete="off")
    address = right.text_input(_("Delivery address"), who.address, key=f"{key}_address", autocomplete="off")
    rows = [{name: getattr(line, name) for name in _COLUMNS} for line in document.lines]
    labels = {"sku": _("SKU"), "quantity": _("Quantity"), "unit_price": _("Price"), "discount": _("Discount")}
    lines: Any = st.data_editor(
        rows or [dict.fromkeys(_COLUMNS, "")], key=f"{key}_lines", num_rows="dynamic", hide_index=True, row_height=34,
        column_config={name: st.column_config.TextColumn(label) for name, label in labels.items()},
    )  # fmt: skip
    comment = st.text_area(_("Comment"), document.comment, key=f"{key}_comment", height=80)
    if st.button(_("Place order"), key=f"{key}_place", type="primary", width="stretch"):
        wanted = tuple(_line(row) for row in lines if str(row.get("sku") or "").strip())
        customer = EntryCustomer(name=name or "", email=email or "", phone=phone or "", address=address or "")
        made: EntryDocument = replace(document, customer=customer, lines=wanted, comment=comment or "")
        if inbox_actions.mended(whole.view.id, made):
            st.rerun()


def _line(row: Mapping[str, Any]) -> EntryLine:
    return EntryLine(*(str(row.get(name) or "").strip() for name in _COLUMNS))


def _ask_number(whole: WholeMessage) -> None:
    number = st.text_input(
        _("Order"), whole.view.before or "", key=f"inbox_{whole.view.id}_number", autocomplete="off",
        help=_("The number of the order that this is about."),
    )  # fmt: skip
    if st.button(
        _("Attach"), key=f"inbox_{whole.view.id}_attach", type="primary", width="stretch", disabled=not number
    ) and inbox_actions.attach(whole.view.id, (number or "").strip()):
        st.rerun()


def _ask_person(whole: WholeMessage) -> None:
    names = {one.login: person_name(one.name) for one in reads.managers()}
    mine = person().login
    logins = [mine, *(login for login in names if login != mine)]
    to = st.selectbox(
        _("Person"), logins, format_func=lambda login: names.get(login, login), key=f"inbox_{whole.view.id}_person"
    )
    if st.button(
        _("Give to somebody"), key=f"inbox_{whole.view.id}_hand", type="primary", width="stretch"
    ) and inbox_actions.hand(whole.view.id, to):
        st.rerun()


def _ask_no(whole: WholeMessage) -> None:
    _ask_reason([whole.view.id], notices=False)


def _ask_reason(message_ids: list[int], *, notices: bool = True) -> None:
    reasons = [_(reason) for reason in REASONS]
    reason = st.selectbox(
        _("Reason"), reasons, index=None, accept_new_options=True, key=f"inbox_reason_{message_ids[0]}",
        placeholder=_("Choose or type"),
    )  # fmt: skip
    if st.button(
        _("Reject"), key=f"inbox_reject_{message_ids[0]}", type="primary", width="stretch", disabled=not reason
    ) and inbox_actions.reject(message_ids, str(reason)):
        st.rerun()
    if notices:
        show_notices()
