"""The riskiest open orders: a number opens its order, those that are ticked are made urgent or given to somebody."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display, insight, order_actions, reads
from dashboard.identity import may
from dashboard.layout import section
from dashboard.navigation import go
from dashboard.risk_words import milestone_words, raised_words
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.permissions import Permission

OPENED_KEY = "risk_opened"
SHOWN = 50


def show_riskiest(risky: pl.DataFrame) -> None:
    """List the riskiest orders with what can be done about those that are ticked."""
    opened: Any = st.session_state.get(OPENED_KEY)
    if opened and opened["label"]:
        go("app_pages/order.py", number=opened["label"])
    hint = _("By the probability of missing the first promise. A number opens its order; tick orders to act on them.")
    with section(_("Riskiest orders"), hint=hint):
        bar = st.container(horizontal=True, vertical_alignment="center", key="risk-bar")
        ticked = _show_table(risky.head(SHOWN))
        with bar:
            _offer_rescue(ticked)


def _show_table(risky: pl.DataFrame) -> list[str]:
    """Show the orders; returns the numbers of those ticked."""
    people, numbers = insight.people_names(), risky["number"].to_list()
    state: Any = st.dataframe(
        [
            {"number": row["number"], "risk": round(row["probability"], 2),
             "cause": raised_words(row["cause"]) if row["cause"] else display.NOTHING,
             "milestone": milestone_words(row["milestone"]), "promised": row["first_promised_day"],
             "total": display.money(row["total"], row["currency"]),
             "manager": people.get(row["manager"], row["manager"])}
            for row in risky.iter_rows(named=True)
        ],
        key=f"riskiest_{hash(tuple(numbers))}", hide_index=True, row_height=34, on_select="rerun",
        selection_mode="multi-row", alt=_("Open orders by the risk of missing their promise"),
        column_config={
            "number": st.column_config.ButtonColumn(
                _("Order"), type="tertiary", alignment="left", key=OPENED_KEY, pinned=True
            ),
            "risk": st.column_config.ProgressColumn(_("Risk"), format="percent", min_value=0, max_value=1),
            "cause": _("Mostly for"), "milestone": _("Came as far as"),
            "promised": st.column_config.DateColumn(_("First promise"), format="D MMM YYYY"),
            "total": st.column_config.TextColumn(_("Total"), alignment="right"), "manager": _("Owner"),
        },
    )  # fmt: skip
    return [numbers[place] for place in state.selection.rows if place < len(numbers)]


def _offer_rescue(numbers: Sequence[str]) -> None:
    if not numbers:
        st.caption(_("Tick orders to make them urgent or to give them to somebody who has the time."))
        return
    st.markdown(display.orders(len(numbers)), width="content")
    if may(Permission.ORDER_CHANGE):
        st.button(
            _("Make urgent"), key="risk_urgent", icon=":material/priority_high:", type="primary",
            on_click=order_actions.make_urgent_each, args=(numbers,),
        )  # fmt: skip
    if may(Permission.ORDER_ASSIGN):
        people = {person.login: person_name(person.name) for person in reads.managers()}
        login = st.menu_button(
            _("Give to"), list(people), format_func=people.__getitem__, key="risk_give", icon=":material/person_add:"
        )
        if login:
            order_actions.assign_each(numbers, login)
            st.rerun()
