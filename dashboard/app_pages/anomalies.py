"""Anomalies: what cannot be right about orders, with its evidence; people say which are, and are counted."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import display, filters, reads
from dashboard.actions import attempt
from dashboard.anomaly_words import KINDS, MEANINGS, evidence_words
from dashboard.identity import may
from dashboard.layout import empty_state, page_header, section
from dashboard.navigation import go
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.steering.anomalies import Suspicion, judge_anomaly, list_anomalies, measure_precision

CARD, SHOWN = "app_pages/order.py", 100


def choose_kind(found: Sequence[Suspicion]) -> str | None:
    """Ask for one kind, each with how many there are."""
    counts = Counter(one.kind for one in found)
    names = {kind.value: f"{_(name)} **{display.number(counts[kind])}**" for kind, name in KINDS.items()}
    kinds = [kind.value for kind in KINDS if counts[kind]]
    chosen: str | None = st.pills(
        _("Kind"), kinds, format_func=names.__getitem__, label_visibility="collapsed", wrap=not display.on_phone(),
        **filters.in_address("kind", kinds, None),
    )  # fmt: skip
    return chosen


def judge(found: Sequence[Suspicion], *, is_true: bool) -> None:
    """Say of these that they are right, or false alarms."""
    told = _("Marked as right") if is_true else _("Marked as a false alarm")
    for one in found:
        attempt(judge_anomaly, told, kind=one.kind, number=one.number, is_true=is_true)


def show_suspicions(found: Sequence[Suspicion]) -> None:
    """Show them, the largest sums first within a kind; the bar above acts on those that are selected."""
    bar = st.container(horizontal=True, vertical_alignment="center", key="anomaly-bar")
    rows = [
        {"number": one.number, "kind": _(KINDS[one.kind]), "evidence": evidence_words(one),
         "since": display.moment(one.since), "total": display.money(one.total, one.currency),
         "customer": one.customer, "manager": person_name(one.manager_name or "")}
        for one in found
    ]  # fmt: skip
    state: Any = st.dataframe(
        rows, key="anomalies", hide_index=True, row_height=34, on_select="rerun", selection_mode="multi-row",
        alt=_("Suspicions with their evidence"),
        column_config={
            "number": st.column_config.TextColumn(_("Order"), pinned=True), "kind": _("Kind"),
            "evidence": st.column_config.TextColumn(_("Evidence"), width="large"), "since": _("Since"),
            "total": st.column_config.TextColumn(_("Total"), alignment="right"), "customer": _("Customer"),
            "manager": _("Owner"),
        },
    )  # fmt: skip
    chosen = [found[place] for place in state.selection.rows if place < len(found)]
    with bar:
        show_bar(chosen)


def show_bar(chosen: Sequence[Suspicion]) -> None:
    """Offer what may be done with the selected ones."""
    if not chosen:
        st.caption(_("Select orders to open one or to say whether the suspicion is right."))
        return
    if len(chosen) == 1 and st.button(_("Open"), key="anomaly_open", type="primary", icon=":material/open_in_new:"):
        go(CARD, number=chosen[0].number)
    if may(Permission.ORDER_COMMENT):
        if st.button(_("Right"), key="anomaly_right", icon=":material/check:"):
            judge(chosen, is_true=True)
            st.rerun()
        if st.button(_("False alarm"), key="anomaly_wrong", icon=":material/notifications_off:"):
            judge(chosen, is_true=False)
            st.rerun()


def show_precision() -> None:
    """Show how often each kind was found right."""
    with section(_("How often they are right"), hint=_("By what people said of them.")):
        st.dataframe(
            [
                {"kind": _(KINDS[one.kind]), "meaning": _(MEANINGS[one.kind]), "right": one.right, "wrong": one.wrong,
                 "share": display.NOTHING if one.share is None else f"{one.share:.0%}"}
                for one in reads.ask(measure_precision)
            ],
            key="anomaly_precision", hide_index=True, row_height=34,
            alt=_("How often each kind of anomaly was found right"),
            column_config={
                "kind": st.column_config.TextColumn(_("Kind"), pinned=True),
                "meaning": st.column_config.TextColumn(_("What it says"), width="large"),
                "right": st.column_config.NumberColumn(_("Right"), format="localized"),
                "wrong": st.column_config.NumberColumn(_("False alarms"), format="localized"),
                "share": st.column_config.TextColumn(_("Precision"), alignment="right"),
            },
        )  # fmt: skip


page_header(_("Anomalies"), hint=_("What cannot be right about an order, with what the suspicion rests on."))
suspected = reads.ask(list_anomalies, now=datetime.now(UTC))
if not suspected:
    empty_state(
        "verified", _("Nothing looks wrong"), _("Eight kinds of anomalies are looked for in open and recent orders.")
    )
else:
    wanted = choose_kind(suspected)
    listed = [one for one in suspected if wanted in (None, one.kind)][:SHOWN]
    show_suspicions(listed)
show_precision()
