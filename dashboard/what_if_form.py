"""The form of a what-if: hands and hours by stage, warehouses, limits; it writes its question into the address."""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from dashboard.layout import section
from dashboard.translation import _
from dashboard.what_if_words import ROUTES
from dashboard.words import group_name
from pipelines.replay import Changes, Routing, StageChange
from pipelines.replay.changes import WORKED
from pipelines.replay.question import read_question, write_question

ASK = "ask"
_LIMITS = ("cutoff_hour", "promise_days", "hold_hours", "payment_hours")


def ask_question(warehouses: Mapping[str, str], queues: Collection[str]) -> str | None:
    """Ask what is to be different; returns the question in the address, None before the first.

    Other hands can be asked for in the stages that are ``queues``.
    """
    asked = st.query_params.get(ASK)
    changes = read_question(asked or "")
    # What an address asks is in the form, also after another one was opened.
    key = f"what_if_{asked or ''}"
    hint = _("One change or several; what is left alone is as it was.")
    with section(_("What would be different"), hint=hint), st.form(key, border=False):
        hands, places, limits = st.columns(3, gap="medium")
        with hands:
            _ask_hands(changes, queues, key)
        with places:
            _ask_places(changes, warehouses, key)
        with limits:
            _ask_limits(changes, key)
        st.form_submit_button(
            _("Run"), type="primary", icon=":material/replay:", on_click=_run, args=(key, tuple(warehouses))
        )  # fmt: skip
    return asked


def _head(words: str) -> None:
    st.markdown(f"**{words}**")


def _ask_hands(changes: Changes, queues: Collection[str], key: str) -> None:
    _head(_("Hands and hours"))
    for stage in WORKED:
        left, right = st.columns(2, gap="small")
        change = changes.stages.get(stage, StageChange())
        name = group_name(stage)
        left.number_input(
            _("{stage}: hands, %").format(stage=name), 25, 400, min(400, max(25, change.capacity)), 5,
            key=f"{key}_hands_{stage}", disabled=stage not in queues and change.capacity == 100,
            help=_("100 is as it was; one more beside four is 125.") if stage in queues else
            _("Waits in this stage do not follow the load: what other hands would do is not on record."),
        )  # fmt: skip
        right.number_input(
            _("{stage}: day longer, h").format(stage=name), -6.0, 12.0, min(12.0, max(-6.0, change.hours)), 0.5,
            key=f"{key}_hours_{stage}", format="%.1f", help=_("By how much the working day ends later."),
        )  # fmt: skip


def _ask_places(changes: Changes, warehouses: Mapping[str, str], key: str) -> None:
    _head(_("Warehouses"))
    if len(warehouses) < 2:
        st.caption(_("One warehouse served all orders: there is no other to choose."))
        return
    st.multiselect(
        _("Serving"), list(warehouses), [code for code in warehouses if code not in changes.closed],
        format_func=dict(warehouses).__getitem__, key=f"{key}_serving",
    )  # fmt: skip
    names = {route: _(words) for route, words in ROUTES.items()}
    st.selectbox(
        _("Chosen by"), list(names), list(names).index(changes.routing), format_func=names.__getitem__,
        key=f"{key}_route", help=_("An order goes whole from one warehouse where one has all of it."),
    )  # fmt: skip


def _ask_limits(changes: Changes, key: str) -> None:
    _head(_("Limits"))
    st.number_input(
        _("Cut-off hour"), 0, 23, changes.cutoff_hour, key=f"{key}_cutoff_hour", placeholder=_("none"),
        help=_("What is placed from this hour on is begun the next day."),
    )  # fmt: skip
    st.number_input(
        _("Promise later by days"), -14, 30, changes.promise_days, key=f"{key}_promise_days",
        help=_("Of the first promise; below 0 is sooner."),
    )  # fmt: skip
    st.number_input(
        _("Goods kept for hours"), 1, 2_160, changes.hold_hours, key=f"{key}_hold_hours", placeholder=_("no limit"),
        help=_("From the order until picking begins; tells whom the limit would touch."),
    )  # fmt: skip
    st.number_input(
        _("Payment waited for hours"), 1, 2_160, changes.payment_hours, key=f"{key}_payment_hours",
        placeholder=_("no limit"), help=_("Of orders that were never paid; those paid late are not on record."),
    )  # fmt: skip


def _run(key: str, warehouses: tuple[str, ...]) -> None:
    state: Any = st.session_state
    stages = {
        stage: StageChange(state[f"{key}_hands_{stage}"], state[f"{key}_hours_{stage}"]) for stage in WORKED
    }  # fmt: skip
    serving = state.get(f"{key}_serving", list(warehouses))
    limits = {name: state[f"{key}_{name}"] for name in _LIMITS}
    changes = Changes(
        {stage: change for stage, change in stages.items() if not change.is_none},
        state.get(f"{key}_route", Routing.RECORDED), frozenset(warehouses) - set(serving),
        **{**limits, "promise_days": limits["promise_days"] or 0},
    )  # fmt: skip
    st.query_params[ASK] = write_question(changes)
