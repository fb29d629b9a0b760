"""The plan of work on the page: minutes against hours by person and day, and the proposal that levels it."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import charts, display, filters, reads
from dashboard.identity import may
from dashboard.layout import section
from dashboard.shop import open_shop
from dashboard.translation import _, ngettext
from dashboard.words import person_name
from dashboard.workload_actions import level
from dashboard.workload_results import load_words
from oms_core.access.permissions import Permission
from oms_core.orders.workforce import list_open_work, list_workers
from pipelines.workload.credit import fairness
from pipelines.workload.learning import TABLE
from pipelines.workload.levelling import Levelling
from pipelines.workload.plan import Loaded, WorkPlan, plan_work

HORIZONS = (1, 2, 7)
_FULL = 1.0


def show_plan() -> None:
    """Show who has how much work for the hours they have, and what would level it; waits for effort to be learnt."""
    hint = _(
        "Minutes that open orders are expected to take their owners, learnt from the last 90 days by stage, order "
        "type and size, against working hours less absences."
    )
    with section(_("Work against hours"), hint=hint):
        if not open_shop().store.exists(TABLE):
            st.caption(_("How long work takes is learnt once a day by the worker, and by `oms refresh`: not yet done."))
            return
        horizon = _choose_horizon()
        plan = _plan(horizon)
        _show_people(plan)
        _show_week(plan.people)
    if may(Permission.ORDER_ASSIGN):
        _show_levelling(plan)


def _choose_horizon() -> int:
    names = {1: _("until tonight"), 2: _("until tomorrow night"), 7: _("for a week")}
    chosen = st.segmented_control(
        _("Hours counted"), HORIZONS, required=True, format_func=names.__getitem__, label_visibility="collapsed",
        **filters.in_address("horizon", HORIZONS, 2),
    )  # fmt: skip
    return chosen or 2


def _plan(horizon: int) -> WorkPlan:
    now = datetime.now(UTC)
    workers, work = reads.ask(list_workers, now=now), reads.ask(list_open_work)
    return plan_work(workers, work, open_shop().store.frame(TABLE), now=now, horizon=horizon)


def _show_people(plan: WorkPlan) -> None:
    if plan.unowned:
        told = ngettext(
            "{count} open order has no owner and counts for nobody.",
            "{count} open orders have no owner and count for nobody.", plan.unowned,
        )  # fmt: skip
        st.caption(told.format(count=display.number(plan.unowned)))
    st.dataframe(
        [
            {"who": person_name(one.name), "orders": one.orders, "held": one.held, "work": _minutes(one.minutes),
             "hours": _minutes(one.capacity), "load": _load_words(one),
             "bar": 100 * min(one.load if one.load is not None else _FULL, _FULL)}
            for one in plan.people
        ],
        key="load", hide_index=True, row_height=34, height="content",
        column_config={
            "who": st.column_config.TextColumn(_("Owner"), pinned=True),
            "orders": st.column_config.NumberColumn(_("Open orders"), format="localized"),
            "held": st.column_config.NumberColumn(_("On hold"), format="localized"),
            "work": _("Work"), "hours": _("Hours left"), "load": _("Load"),
            "bar": st.column_config.ProgressColumn(_("Full at 100 %"), format=" ", min_value=0, max_value=100),
        },
        alt=_("Open work against working hours by person, the highest load first"),
    )  # fmt: skip


def _load_words(one: Loaded) -> str:
    if one.load is None:
        return _("away")
    return display.percent(one.load) + (" · " + _("too much") if one.load > _FULL else "")


def _minutes(minutes: float) -> str:
    return display.duration(minutes * 60) if minutes else "—"


def _show_week(people: Sequence[Loaded]) -> None:
    busy = [one for one in people if one.orders]
    if not busy:
        return
    st.caption(_("Where the work fits: how full each day is, the soonest promised first."))
    days = [display.day(day.day) for day in busy[0].days]
    shares = [[day.planned / day.capacity if day.capacity else None for day in one.days] for one in busy]
    names = [person_name(one.name) for one in busy]
    figure = charts.heatmap(days, names, shares, hover="%{y}, %{x}: %{z:.0%}<extra></extra>")
    charts.show(figure, key="week", alt=_("How full each coming day is by person"))
    over = [f"{person_name(one.name)} {_minutes(one.beyond)}" for one in busy if one.beyond > 1]
    if over:
        st.caption(_("Beyond the week: {what}.").format(what=", ".join(over)))


def _show_levelling(plan: WorkPlan) -> None:
    levelling = plan.levelling
    with section(_("Level the work"), hint=_("Kept: own customers with their manager, absences, and who may do what.")):
        if not levelling.moves:
            st.caption(_("No move of an order would lower the highest load."))
            return
        told = ngettext(
            "Giving {count} order to others lowers the highest load from {before} to {after}.",
            "Giving {count} orders to others lowers the highest load from {before} to {after}.", len(levelling.moves),
        )  # fmt: skip
        if levelling.taken_from_away:
            told = ngettext(
                "Giving {count} order to others takes {away} from who is away; the highest load of those who are there "
                "goes from {before} to {after}.",
                "Giving {count} orders to others takes {away} from who is away; the highest load of those who are "
                "there goes from {before} to {after}.", len(levelling.moves),
            )  # fmt: skip
        before, after = (f"**{load_words(load)}**" for load in levelling.highest_present)
        away = display.number(levelling.taken_from_away)
        st.markdown(told.format(count=len(levelling.moves), before=before, after=after, away=away))
        _show_effect(plan)
        _tell_spread(levelling)
        with st.expander(_("Which orders")):
            _show_moves(levelling, {one.login: person_name(one.name) for one in plan.people})
        st.button(_("Give these orders"), key="level", type="primary", icon=":material/balance:", on_click=level,
                  args=(plan,))  # fmt: skip


def _show_effect(plan: WorkPlan) -> None:
    levelling = plan.levelling
    given, taken = Counter[str](), Counter[str]()
    for move in levelling.moves:
        given[move.giver] += 1
        taken[move.taker] += 1
    touched = [one for one in plan.people if given[one.login] or taken[one.login]]
    st.dataframe(
        [
            {"who": person_name(one.name), "gives": _count(given[one.login]), "takes": _count(taken[one.login]),
             "before": load_words(levelling.before[one.login]), "after": load_words(levelling.after[one.login])}
            for one in touched
        ],
        key="effect", hide_index=True, row_height=34, height="content",
        column_config={"who": _("Owner"), "gives": _("Gives"), "takes": _("Takes"), "before": _("Load now"),
                       "after": _("Load then")},
        alt=_("The load of each person before and after"),
    )  # fmt: skip


def _tell_spread(levelling: Levelling) -> None:
    """Say how evenly work lies by hours, before and after; who is away has no hours to compare by."""
    present = [login for login, load in levelling.before.items() if load != float("inf")]
    spread = [fairness([loads[login] for login in present]) for loads in (levelling.before, levelling.after)]
    before, after = spread
    if before is not None and after is not None:
        told = _(
            "How evenly it lies (Gini, 0 is evenly): {before} now, {after} then; the highest is {highest} times the "
            "mean."
        )
        st.caption(told.format(
            before=display.number(before.gini, 2), after=display.number(after.gini, 2),
            highest=display.number(after.highest, 1),
        ))  # fmt: skip


def _count(orders: int) -> str:
    return display.number(orders) if orders else "—"


def _show_moves(levelling: Levelling, names: dict[str, str]) -> None:
    rows: list[dict[str, Any]] = [
        {"number": move.number, "giver": names.get(move.giver, move.giver), "taker": names.get(move.taker, move.taker),
         "work": _minutes(move.minutes)}
        for move in levelling.moves
    ]  # fmt: skip
    st.dataframe(
        rows, key="moves", hide_index=True, row_height=34,
        column_config={"number": _("Order"), "giver": _("From"), "taker": _("To"), "work": _("Work")},
        alt=_("Orders to be given to others"),
    )  # fmt: skip
