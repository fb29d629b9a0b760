"""Overview: the few numbers that matter, how they moved, and where they come from."""

import streamlit as st

from dashboard import charts, display, filters, insight, looking_back, metric_tiles
from dashboard.alert_list import show_alerts
from dashboard.board_cards import show_cards
from dashboard.board_choice import choose_board, codes_of_role
from dashboard.board_promises import show_broken_promises
from dashboard.export_menu import offer_figures
from dashboard.failure import on_its_own
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.reads import cancel_reasons
from dashboard.target_course import add_due
from dashboard.translation import _, n_
from dashboard.what_changed import show_what_changed
from dashboard.words import GROUPS, category_name, group_name, said

TOP = 8
WAYS_ON = (
    ("app_pages/fulfilment_times.py", n_("Which stage got slower?"), "timer"),
    ("app_pages/customers_insight.py", n_("Which customers did we lose?"), "diversity_3"),
)


@on_its_own
def show_course(scope: Scope) -> None:
    with section(_("Ordered value"), hint=_("Click a bar to open its orders.")):
        rows = insight.course(scope, "ordered_value", scope.grain)
        periods = rows[scope.grain].to_list()
        figure = charts.columns(periods, rows["value"].cast(float).to_list())
        add_due(figure, scope, "ordered_value", periods)
        told = _("Ordered value over time, {count} periods").format(count=rows.height)
        picked = charts.show_to_pick(figure, key="course", alt=told)
        if picked is not None:
            chosen = periods[picked]
            metric_tiles.open_rows(scope, "ordered_value", lens="cohort", filters_={scope.grain: chosen})


@on_its_own
def show_cut(scope: Scope) -> None:
    cuts = {"category": _("Category"), "region": _("Region"), "customer_kind": _("Customer kind")}
    with section(_("Where it comes from"), key="cut-section"):
        cut = st.segmented_control(
            _("Cut"), list(cuts), default="category", required=True, format_func=cuts.__getitem__, key="overview_cut",
            label_visibility="collapsed",
        )  # fmt: skip
        rows = insight.measure(scope, "ordered_value", cut or "category").sort("value", descending=True).head(TOP)
        codes = rows[cut or "category"].to_list()
        say = category_name if cut == "category" else str
        labels = [say(code) if code else _("Unknown") for code in codes]
        figure = charts.bars(labels, rows["value"].cast(float).to_list())
        told = _("Ordered value by {cut}, the largest first").format(cut=cuts[cut or "category"])
        picked = charts.show_to_pick(figure, key=f"cut_{cut}", alt=told)
        if picked is not None:
            chosen = codes[picked]
            metric_tiles.open_rows(scope, "ordered_value", lens="cohort", filters_={cut or "category": chosen})


@on_its_own
def show_open(scope: Scope) -> None:
    with section(_("Where open orders stand"), hint=_("Click a bar to open its orders.")):
        rows = insight.measure(scope, "open_orders", "status_group", lens="now")
        found = dict(rows.select("status_group", "value").iter_rows())
        stages = [group for group in GROUPS if found.get(group)]
        if not stages:
            st.caption(_("No order is open."))
            return
        figure = charts.bars([group_name(group) for group in stages], [float(found[group]) for group in stages])
        said = ", ".join(f"{group_name(group)} {display.number(found[group])}" for group in stages)
        picked = charts.show_to_pick(figure, key="open", alt=said)
        if picked is not None:
            chosen = stages[picked]
            if looking_back.looked_back_to() is not None:  # the list of orders knows no past
                metric_tiles.open_rows(scope, "open_orders", lens="now", filters_={"status_group": chosen})
                return
            st.switch_page(
                "app_pages/orders.py", query_params={"view": "all", "group": chosen, "channel": scope.channel}
            )


def show_cancelled(scope: Scope) -> None:
    with section(_("Why orders are cancelled"), hint=_("Share of the orders placed in the period.")):
        rows = insight.measure(scope, "cancel_rate", "reason").sort("value", descending=True).head(TOP)
        if rows.is_empty():
            st.caption(_("Nothing was cancelled."))
            return
        labels = {reason.code: said(reason.label, reason.translations, "label") for reason in cancel_reasons()}
        names = [labels.get(code, code) for code in rows["reason"]]
        shares = (rows["value"] * 100).to_list()
        figure = charts.bars(names, shares, color=charts.BAD, hover="%{x:.2f} %")
        figure.update_xaxes(ticksuffix=" %")
        told = _("Cancelled share by reason, the largest first")
        picked = charts.show_to_pick(figure, key="cancelled", alt=told)
        if picked is not None:
            chosen = rows["reason"][picked]
            metric_tiles.open_rows(scope, "cancel_rate", lens="cohort", filters_={"reason": chosen})


def show_ways_on(scope: Scope) -> None:
    """Lead on to the questions that are answered elsewhere, with the same channel and period."""
    days = {"days": st.query_params["days"]} if "days" in st.query_params else {}
    address = {"channel": scope.channel, **days, **looking_back.in_address()}
    with st.container(horizontal=True, key="ways-on"):
        for page, label, icon in WAYS_ON:
            st.page_link(page, label=_(label), icon=f":material/{icon}:", query_params=address)


def show_usual(scope: Scope, codes: tuple[str, ...]) -> None:
    """Show the board of one's role: its figures, what changed, and where it comes from."""
    metric_tiles.show_tiles(scope, codes)
    show_what_changed(scope, codes)
    left, right = st.columns(2)
    with left:
        show_course(scope)
        show_broken_promises(scope)
        show_open(scope)
    with right:
        show_cut(scope)
        show_cancelled(scope)


HINT = _("Every number opens to the rows behind it.")
actions, chosen_channel, last_day = insight.open_channel(_("Overview"), hint=HINT, looks_back=True)
with actions:
    chosen_scope = insight.scope_of(chosen_channel, *filters.choose_period(last_day, default=90))
with st.container(horizontal=True, vertical_alignment="center", key="board-choice"):
    choice = choose_board()
    show_ways_on(chosen_scope)
    chosen_lenses = {card["metric"]: card["lens"] for card in choice.cards}
    offer_figures(chosen_scope, _("Overview"), tuple(chosen_lenses), lenses=chosen_lenses)
if looking_back.looked_back_to() is None:
    show_alerts(chosen_scope)
if choice.board is None:
    show_usual(chosen_scope, codes_of_role())
else:
    show_cards(chosen_scope, choice.cards)
