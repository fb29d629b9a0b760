"""The versions of an order: what was changed, by whom and why, and what it said until then."""

import streamlit as st

from dashboard import display, order_change_reads
from dashboard.order_change_words import difference_rows, value_words
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.orders.card_views import OrderCard
from oms_core.orders.change_log import ChangeView


def open_versions(card: OrderCard) -> None:
    """Show every change of the order with the version before it."""
    st.dialog(_("Versions"), icon=":material/history:", width="large")(_show_versions)(card.number, card.currency)


def _show_versions(number: str, currency: str) -> None:
    changes = order_change_reads.changes(number)
    if not changes:
        st.caption(_("The order is as it was placed."))
    for change in changes:
        who = f"{display.moment(change.changed_at)} · {person_name(change.actor_name)}"
        title = _("Version {version}").format(version=change.version)
        with st.expander(f"{title} · {display.plain(who)}", expanded=change is changes[0]):
            if change.note:
                st.markdown(display.plain(change.note))
            st.dataframe(
                difference_rows(change.diff, currency), hide_index=True, row_height=34,
                alt=_("What changed with version {version}").format(version=change.version),
            )  # fmt: skip
            _show_before(change, currency)


def _show_before(change: ChangeView, currency: str) -> None:
    """The lines as they were until then."""
    st.caption(_("Until then"))
    rows = [
        {
            _("SKU"): line["sku"],
            _("Quantity"): value_words("quantity", line["quantity"], currency),
            _("Price"): value_words("unit_price", line["unit_price"], currency),
            _("Discount"): value_words("discount", line["discount"], currency),
            _("Sum"): value_words("gross", line["gross"], currency),
        }
        for line in change.before["lines"]
    ]
    st.dataframe(rows, hide_index=True, row_height=34, alt=_("Lines until then"))
    total = value_words("total", change.before["total"], currency)
    st.markdown(_("Total {sum}").format(sum=f"**{display.plain(total)}**"))
