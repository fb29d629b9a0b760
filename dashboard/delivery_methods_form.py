"""The delivery methods in a list, and the form of one."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from dashboard import display, order_change_actions
from dashboard.layout import section
from dashboard.notices import show_notices
from dashboard.translation import LANGUAGES, _, n_, ngettext
from dashboard.words import said
from dashboard.workflow_draft import new_code
from dashboard.workflow_fields import FOREIGN
from oms_core.orders.delivery_methods import LONGEST_TRANSIT_DAYS, DeliveryMethodView
from oms_core.orders.delivery_models import DeliveryKind

SEEDED = (n_("Courier"), n_("Pick-up"))
"""What the methods are called that a shop begins with."""
KINDS = {DeliveryKind.DOOR: n_("To the door"), DeliveryKind.PICKUP: n_("Picked up")}


def show_list(methods: Sequence[DeliveryMethodView]) -> None:
    """Show every method in its order, those out of use too."""
    with section(_("Methods"), key="delivery-methods"):
        for method in methods:
            row = st.container(horizontal=True, vertical_alignment="center", key=f"method_{method.code}")
            facts = [_(KINDS[method.kind]), method.carrier, days_words(method.transit_days)]
            name = display.plain(said(method.name, method.translations))
            told = " · ".join(display.plain(fact) for fact in facts if fact)
            row.markdown(f"**{name}**  \n:gray[{told}]", width="stretch")
            charge = _("Charge")
            row.markdown(f":gray[{charge}] {display.number(method.charge, 2)}", width="content")
            if not method.is_active:
                row.badge(_("Out of use"), color="gray")


def days_words(days: int) -> str:
    """How long it is on its way."""
    return ngettext("{count} day on the way", "{count} days on the way", days).format(count=days)


def show_form(method: DeliveryMethodView | None, codes: Sequence[str]) -> None:
    """Show the form of a method, or of a new one."""
    key = f"method_{method.code if method else len(codes)}"
    with section(said(method.name, method.translations) if method else _("A new method"), key="delivery-method"):
        wanted = _ask(method or DeliveryMethodView("", "", position=len(codes)), codes, key)
        is_changed = wanted != method and bool(wanted.name)
        if st.button(_("Save"), key="save_method", type="primary", disabled=not is_changed):
            faults = order_change_actions.save_method(wanted)
            if faults is None:
                st.query_params["method"] = wanted.code
                st.rerun()
            st.error(
                "\n".join(f"- {fault}" for fault in faults.values()) or _("The delivery method cannot be saved so.")
            )
        show_notices()


def _ask(method: DeliveryMethodView, codes: Sequence[str], key: str) -> DeliveryMethodView:
    name = st.text_input(_("Name"), method.name, key=f"{key}_name", max_chars=100, autocomplete="off") or ""
    left, right = st.columns(2)
    kinds = {kind: _(word) for kind, word in KINDS.items()}
    kind = left.selectbox(
        _("Kind"), list(kinds), list(kinds).index(method.kind), format_func=kinds.__getitem__, key=f"{key}_kind"
    )
    carrier = right.text_input(_("Carrier"), method.carrier, key=f"{key}_carrier", max_chars=60, autocomplete="off")
    left, right = st.columns(2)
    charge = left.number_input(
        _("Charge"), min_value=0.0, value=float(method.charge), format="%.2f", key=f"{key}_charge"
    )
    days = right.number_input(
        _("Days on the way"), min_value=0, max_value=LONGEST_TRANSIT_DAYS, value=method.transit_days, key=f"{key}_days"
    )
    active = st.toggle(_("In use"), method.is_active, key=f"{key}_active")
    translations = {code: dict(words) for code, words in method.translations.items()}
    with st.expander(_("In other languages"), icon=":material/translate:"):
        for code in FOREIGN:
            known = translations.get(code, {}).get("name", "")
            told = st.text_input(LANGUAGES[code], known, key=f"{key}_{code}", max_chars=100, autocomplete="off")
            if told:
                translations[code] = translations.get(code, {}) | {"name": told.strip()}
    return DeliveryMethodView(
        method.code or new_code(name, codes, "method"), name.strip(), kind, (carrier or "").strip(),
        Decimal(str(charge)).quantize(Decimal("0.01")), int(days), method.position, active, translations,
    )  # fmt: skip
