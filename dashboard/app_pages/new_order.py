"""New order: who wants what, on one form."""

from decimal import Decimal

import streamlit as st

from dashboard import identity, order_actions, reads
from dashboard.layout import page_header, section
from dashboard.navigation import go
from dashboard.notices import show_notices
from dashboard.order_entry import read_lines
from dashboard.translation import _
from dashboard.words import person_name, said
from oms_core.access.permissions import Permission
from oms_core.customers.registration import CustomerRef

CARD, LIST = "app_pages/order.py", "app_pages/orders.py"


def ask_customer() -> CustomerRef:
    with section(_("Customer"), key="new_customer"):
        name = st.text_input(_("Name or company"), key="customer_name", autocomplete="off")
        phone, email = st.columns(2)
        address = st.text_input(_("Delivery address"), key="customer_address", autocomplete="off")
        return CustomerRef(
            name=name or None,
            phone=phone.text_input(_("Phone"), key="customer_phone", type="phone", autocomplete="off") or None,
            email=email.text_input(_("E-mail"), key="customer_email", type="email", autocomplete="off") or None,
            address=address or None,
        )


def ask_lines() -> str:
    with section(_("Lines"), hint=_("One line per product: SKU;quantity or SKU;quantity;price"), key="new_lines"):
        pasted = st.text_area(
            _("Lines, one per row"),
            key="pasted_lines",
            height=148,
            placeholder="A-100;2\nB-205;1;19.90",
            help=_("Paste from a spreadsheet or type. Without a price the price list's is taken."),
        )
        return pasted or ""


def ask_terms() -> tuple[str, dict[str, object]]:
    channels = {item.code: _(item.name) for item in reads.channels() if not item.is_simulated}
    with section(_("Terms"), key="new_terms"):
        left, right = st.columns(2)
        codes = list(channels)
        channel = left.selectbox(
            _("Channel"),
            codes,
            index=codes.index("desk") if "desk" in channels else 0,
            format_func=channels.__getitem__,
            key="new_channel",
        )
        shipping = right.number_input(_("Shipping charge"), min_value=0.0, step=1.0, format="%.2f", key="new_shipping")
        order_type = ask_type()
        manager = ask_manager()
        comment = st.text_input(_("Comment"), key="new_comment", autocomplete="off")
        partly = st.checkbox(_("Take the order even if some of it is out of stock"), value=True, key="new_backorder")
    terms: dict[str, object] = {
        "shipping": Decimal(str(shipping)),
        "comment": comment or "",
        "allow_backorder": partly,
        "manager": manager,
        **({"order_type": order_type} if order_type else {}),
    }
    return channel, terms


def ask_type() -> str | None:
    """What kind of order it is, where there is a choice; the usual kind stands first."""
    types = {one.code: said(one.name, one.translations) for one in reads.order_types()}
    if len(types) < 2:
        return next(iter(types), None)
    return st.selectbox(_("Order type"), list(types), format_func=types.__getitem__, key="new_type")


def ask_manager() -> str | None:
    """Who answers for the order: whoever enters it, if they move orders; another only by who may give it to them."""
    me = identity.person()
    own = [me.login] if identity.may(Permission.ORDER_MOVE) else []
    if not identity.may(Permission.ORDER_ASSIGN):
        return own[0] if own else None
    names = {person.login: person_name(person.name) for person in [*reads.managers(), me]}
    logins = [*own, *(login for login in names if login != me.login)]
    return st.selectbox(
        _("Manager"), [*logins, None], key="new_manager", format_func=lambda login: names.get(login, _("Nobody")),
    )  # fmt: skip


st.page_link(LIST, label=_("Orders"), icon=":material/arrow_back:")
actions = page_header(_("New order"))
left, right = st.columns([1, 1], gap="medium")
with left:
    customer = ask_customer()
    channel, terms = ask_terms()
with right:
    lines, unreadable = read_lines(ask_lines())
    for fault in unreadable:
        st.error(_("Row {row} is not SKU;quantity: {text}").format(row=fault.row, text=fault.text))
is_ready = bool(customer.name and lines and not unreadable)
with actions:
    wanted = st.button(_("Place order"), key="place", type="primary", shortcut="Mod+Enter", disabled=not is_ready,
                       help=None if is_ready else _("A customer's name and at least one line are needed."))  # fmt: skip
if wanted and is_ready:
    placed = order_actions.place(customer, lines, channel, **terms)
    if placed:
        go(CARD, number=placed.number)
    show_notices()
