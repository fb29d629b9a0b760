"""Planning a product's promotions: what is planned, one more, and one less."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import streamlit as st

from dashboard import buying_actions, display
from dashboard.identity import may
from dashboard.notices import show_notices
from dashboard.reads import ask
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.catalog.promotions import LEAST_OFF, LONGEST_DAYS, MOST_OFF, list_promotions


def offer_promotions(sku: str) -> None:
    """Show the button behind which a product's promotions are planned, to those who may."""
    if may(Permission.PRODUCT_EDIT) and st.button(
        _("Promotions"), icon=":material/sell:", width="content", help=_("Plan a lower price for days to come.")
    ):
        st.dialog(_("Promotions of {product}").format(product=display.plain(sku)))(show_promotions)(sku)


def show_promotions(sku: str) -> None:
    """List what is planned of a product, each to be withdrawn, and ask for one more."""
    for one in ask(list_promotions, sku=sku, today=datetime.now(UTC).date()):
        days = display.day(one.first) if one.last is None else f"{display.day(one.first)} – {display.day(one.last)}"
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"{days}: **{display.percent(-float(one.off), 0)}**")
            if st.button(_("Withdraw"), key=f"promotion_withdraw_{one.first}", width="content"):
                buying_actions.withdraw(sku, one.first)
                st.rerun()
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    with st.form("promotion", border=False):
        asked = st.date_input(
            _("First and last day"), value=(tomorrow, tomorrow + timedelta(days=6)), min_value=tomorrow,
            help=_("At most {days} days; the price of before comes back on the day after.").format(days=LONGEST_DAYS),
        )  # fmt: skip
        off = st.number_input(
            _("Off the price, %"), min_value=int(LEAST_OFF * 100), max_value=int(MOST_OFF * 100), value=20, step=5
        )
        is_sent = st.form_submit_button(_("Plan promotion"), type="primary")
    st.caption(_("The forecast counts on it from its next run, by night or with `oms forecast run`."))
    if not is_sent:
        return
    if len(asked) != 2:
        st.error(_("Give both days."))
    elif buying_actions.promote(sku, Decimal(off) / 100, *asked):
        st.rerun()
    else:
        show_notices()
