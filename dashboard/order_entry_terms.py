"""On which terms: channel, type, delivery with its charge, from where, until when, for how long goods are held."""

import streamlit as st

from dashboard import identity, order_entry_reads, reads
from dashboard.layout import section
from dashboard.translation import _
from dashboard.words import person_name, said
from oms_core.access.permissions import Permission


def ask_terms() -> bool:
    """Ask for the terms; returns whether what is out of stock may wait."""
    with section(_("Terms"), key="new_terms"):
        left, right = st.columns(2)
        with left:
            _choose(_("Channel"), "new_channel", _channels(), "desk")
            _ask_delivery()
            types = {one.code: said(one.name, one.translations) for one in reads.order_types()}
            if len(types) > 1:
                _choose(_("Order type"), "new_type", types, next(iter(types)))
            _ask_manager()
        with right:
            places = {"": _("Wherever it is free")} | {one.code: _(one.name) for one in reads.warehouses()}
            _choose(_("From warehouse"), "new_warehouse", places, "")
            st.number_input(
                _("Shipping charge"), min_value=0.0, step=1.0, format="%.2f", key="new_shipping", value=None,
                placeholder=_("Automatic"),
            )  # fmt: skip
            st.date_input(_("Wanted not before"), value=None, key="new_day", format="YYYY-MM-DD")
            _choose(_("Hold the goods"), "new_hold", _holds(), "")
        st.text_input(_("Comment"), key="new_comment", autocomplete="off")
        return st.checkbox(_("Take the order even if some of it is out of stock"), value=True, key="new_backorder")


def _channels() -> dict[str, str]:
    return {item.code: _(item.name) for item in reads.channels() if not item.is_simulated}


def _holds() -> dict[str, str]:
    return {
        "": _("Until it is shipped"), "30": _("For 30 minutes"), "60": _("For an hour"), "240": _("For four hours"),
        "1440": _("For a day"), "4320": _("For three days"),
    }  # fmt: skip


def _ask_delivery() -> None:
    names = {"": _("Not agreed yet")}
    names |= {one.code: said(one.name, one.translations) for one in order_entry_reads.delivery_methods()}
    _choose(_("Delivery"), "new_delivery", names, "", on_change=_take_charge)


def _take_charge() -> None:
    """A method chosen brings its charge; it may be changed afterwards."""
    chosen = st.session_state["new_delivery"]
    charges = {one.code: float(one.charge) for one in order_entry_reads.delivery_methods()}
    st.session_state["new_shipping"] = charges.get(chosen)


def _ask_manager() -> None:
    """Who answers for the order: whoever enters it, if they move orders; another only by who may give it to them."""
    me = identity.person()
    own = [me.login] if identity.may(Permission.ORDER_MOVE) else []
    if not identity.may(Permission.ORDER_ASSIGN):
        st.session_state["new_manager"] = own[0] if own else None
        return
    names = {person.login: person_name(person.name) for person in [*reads.managers(), me]}
    logins = [*own, *(login for login in names if login != me.login)]
    if st.session_state.get("new_manager") not in logins:
        st.session_state["new_manager"] = None
    st.selectbox(
        _("Manager"), [*logins, None], key="new_manager", format_func=lambda login: names.get(login, _("Nobody")),
    )  # fmt: skip


def _choose(label: str, key: str, names: dict[str, str], usual: str, **given: object) -> None:
    """Ask for one of these codes; what is kept and no longer there gives way to the usual."""
    if st.session_state.get(key) not in names:
        st.session_state[key] = usual if usual in names else next(iter(names), None)
    st.selectbox(label, list(names), format_func=names.__getitem__, key=key, **given)  # type: ignore[call-overload]
