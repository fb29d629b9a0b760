"""What handling costs, on the page: minutes by what an hour costs; and setting what it costs."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, metric_tiles
from dashboard.actions import attempt_form
from dashboard.identity import may
from dashboard.insight import Scope, scope_before
from dashboard.layout import section
from dashboard.notices import show_notices
from dashboard.reads import ask
from dashboard.translation import _
from dashboard.workload_reads import costs_kept, costs_of_orders, people_done, work_done
from oms_core.access.permissions import Permission
from oms_core.access.teams import list_teams
from oms_core.steering.hourly_costs import HourlyCostView, set_hourly_cost
from pipelines.workload.saving import find_saving


def show_costs(scope: Scope) -> None:
    """Show what handling orders cost; without a cost of an hour on record it says so and invents none."""
    hint = _(
        "Usual minutes of the stages finished in the period by what an hour of the person's team cost on that day; "
        "where the team has no cost of its own, by that of everybody."
    )
    with section(_("Cost of handling"), hint=hint):
        kept = costs_kept()
        if not kept:
            st.caption(_("What an hour of work costs is not on record yet, so nothing is reckoned."))
        else:
            _show_orders(scope, kept)
        if may(Permission.PEOPLE_EDIT) and st.button(
            _("Set what an hour costs"), key="set_cost", icon=":material/paid:"
        ):
            st.dialog(_("What an hour of work costs"), position="right")(_ask_cost)(scope.currency, kept)


def _show_orders(scope: Scope, kept: list[HourlyCostView]) -> None:
    orders, unknown = costs_of_orders(scope, kept)
    if unknown:
        told = _("{work} of work has no cost on record for its day and is left out.")
        st.caption(told.format(work=display.duration(unknown * 60)))
    if orders.is_empty():
        if work_done(scope).is_empty():
            st.caption(_("Nobody finished a stage in this period."))
        return
    sums = orders.group_by("currency").agg(pl.col("cost", "minutes").sum(), orders=pl.len()).sort("currency")
    state: Any = st.dataframe(
        [
            {"cost": display.money(row["cost"], row["currency"]), "orders": row["orders"],
             "each": display.money(row["cost"] / row["orders"], row["currency"]),
             "work": display.duration(row["minutes"] * 60 / row["orders"])}
            for row in sums.iter_rows(named=True)
        ],
        key="costs", hide_index=True, row_height=34, height="content", on_select="rerun", selection_mode="single-row",
        column_config={
            "cost": _("Cost of the period"), "orders": st.column_config.NumberColumn(_("Orders"), format="localized"),
            "each": _("Cost of an order"), "work": _("Work on an order"),
        },
        alt=_("Cost of handling; select it to open its orders"),
    )  # fmt: skip
    _tell_saving(scope, orders)
    place = charts.newly("costs", next(iter(state.selection.rows), None))
    if place is not None and place < sums.height:
        rows = orders.filter(pl.col("currency") == sums["currency"][place])
        listed = rows.select("number", hours=pl.col("minutes") / 60, gross=pl.col("cost").round(2))
        words = _("The costliest first: the hours of work usual for their stages, and what those cost.")
        metric_tiles.open_listed(_("Cost of handling"), listed, words=words)


def _tell_saving(scope: Scope, orders: pl.DataFrame) -> None:
    """Say what fewer touches than in the period before are worth, with the formula; currencies do not add up."""
    minutes = float(orders["minutes"].sum())
    if orders["currency"].n_unique() != 1 or not minutes:
        return
    hourly = float(orders["cost"].sum()) / minutes * 60
    found = find_saving(people_done(scope_before(scope)), people_done(scope), cost_an_hour=hourly)
    if found is None:
        return
    less = _(
        "Against the period before: ({before} − {now}) touches by owners × {orders} orders × {minutes} min a touch × "
        "{hourly} an hour = **{worth}** saved by fewer touches."
    )
    more = _(
        "Against the period before: ({now} − {before}) touches by owners × {orders} orders × {minutes} min a touch × "
        "{hourly} an hour = **{worth}** spent on more touches."
    )
    told = less if found.worth >= 0 else more
    currency = orders["currency"][0]
    st.markdown(told.format(
        before=display.number(found.touches_before, 2), now=display.number(found.touches_now, 2),
        orders=display.number(found.orders), minutes=display.number(found.minutes_a_touch, 1),
        hourly=display.money(hourly, currency), worth=display.money(abs(found.worth), currency),
    ))  # fmt: skip


def _ask_cost(currency: str, kept: list[HourlyCostView]) -> None:
    if kept:
        st.dataframe(
            [
                {"team": one.team_name or _("Everybody else"), "cost": display.money(one.cost, one.currency),
                 "since": display.day(one.first_day)}
                for one in kept
            ],
            key="costs_kept", hide_index=True, row_height=34, height="content",
            column_config={"team": _("Team"), "cost": _("An hour"), "since": _("From")},
            alt=_("What an hour costs by team"),
        )  # fmt: skip
    teams = {"": _("Everybody else"), **{team.code: team.name for team in ask(list_teams) if team.is_active}}
    team = str(st.selectbox(_("Team"), list(teams), format_func=teams.__getitem__, key="cost_team") or "")
    told = st.text_input(_("Cost of an hour"), key="cost_hour", autocomplete="off") or ""
    paid_in = st.text_input(_("Currency"), value=currency, key="cost_currency", max_chars=3, autocomplete="off") or ""
    first_day = st.date_input(_("From"), value=_this_year(), key="cost_day", format="YYYY-MM-DD")
    if st.button(_("Save"), key="cost_done", type="primary", disabled=not told, width="stretch"):
        _set(team, told, paid_in, first_day)


def _this_year() -> date:
    return datetime.now(UTC).date().replace(month=1, day=1)


def _set(team: str, told: str, currency: str, first_day: date) -> None:
    try:
        cost = Decimal(told.replace(",", ".").replace(" ", ""))
    except InvalidOperation:
        cost = Decimal(0)  # which the use case refuses by the field
    faults = attempt_form(
        set_hourly_cost, _("Kept"), cost=cost, currency=currency, first_day=first_day, team=team or None
    )
    if faults is None:
        st.rerun()
    for fault in faults.values():
        st.error(fault)
    show_notices()
