"""What changed and which parts explain it: a number beside the period before, split by every cut that divides it."""

from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, filters, insight, metric_tiles
from dashboard.failure import on_its_own
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.looking_back import seen_store
from dashboard.reads import warehouses
from dashboard.target_words import value_words
from dashboard.translation import _, n_
from dashboard.words import category_name
from pipelines import kpi
from pipelines.diagnosis import CHANGE_CUTS, explain_by_cuts, is_comparable
from pipelines.metrics import METRICS, Shape, Unit

CUTS = {
    "region": n_("Region"), "customer_kind": n_("Customer kind"), "category": n_("Category"),
    "warehouse": n_("Warehouse"), "manager": n_("Manager"),
}  # fmt: skip
_SHOWN = 8
_MINUTES = 600


@on_its_own
def show_what_changed(scope: Scope, codes: tuple[str, ...]) -> None:
    """Let one of these metrics be chosen and show the parts that explain most of its change; each opens its rows."""
    able = [code for code in insight.visible(codes) if is_comparable(METRICS[code])]
    hint = _("What each part added to the change beyond its share; of a rate, how much is its own and how much mix.")
    with section(_("What changed"), hint=hint, key="what-changed"):
        names = {code: _(METRICS[code].label) for code in able}
        code = st.selectbox(
            _("Figure"), able, format_func=names.__getitem__, label_visibility="collapsed", width=260,
            **filters.in_address("changed", able, able[0]),
        )  # fmt: skip
        parts = explained(scope, code)
        if parts.is_empty():
            st.caption(_("There is nothing to compare with."))
            return
        _show_parts(scope, code, parts)


def explained(scope: Scope, code: str) -> pl.DataFrame:
    """List the parts of all cuts that divide the metric, those that explain most first: a cut and its explanation.

    It is held against the period before with as many working days, as the tiles are. Raises ``Forbidden`` where the
    person at the page may not see the metric.
    """
    insight.require_sight(code)
    return _explained(scope, code)


@st.cache_resource(ttl=_MINUTES, max_entries=128, show_spinner=False)
def _explained(scope: Scope, code: str) -> pl.DataFrame:
    earlier, able = insight.scope_before(scope), kpi.cuts_of(seen_store(), code)
    return explain_by_cuts(
        partial(_measured, scope, code), partial(_measured, earlier, code), shape=METRICS[code].shape,
        cuts=[cut for cut in CHANGE_CUTS if cut in able], most=_SHOWN,
    )  # fmt: skip


def _measured(scope: Scope, code: str, *by: str) -> pl.DataFrame:
    return insight.measure(scope, code, *by, lens=METRICS[code].home.value)


def _show_parts(scope: Scope, code: str, parts: pl.DataFrame) -> None:
    metric = METRICS[code]
    names = {warehouse.code: warehouse.name for warehouse in warehouses()} if "warehouse" in parts["cut"] else {}
    people, cuts = insight.people_names(), {cut: _(name) for cut, name in CUTS.items()}

    def say(cut: str, part: str | None) -> str:
        if part is None:
            return _("Unknown")
        if cut == "category":
            return category_name(part)
        return {"warehouse": names, "manager": people}.get(cut, {}).get(part, part)

    def told(value: float | None) -> str:
        return value_words(metric, value, scope.currency)

    rows = [
        {
            "part": say(row["cut"], row["part"]), "cut": cuts[row["cut"]],
            "before": told(row["before"]), "now": told(row["now"]),
            "contribution": _signed(metric.unit, row["contribution"], scope.currency),
            "mix": _signed(metric.unit, row["mix_effect"], scope.currency),
        }
        for row in parts.iter_rows(named=True)
    ]  # fmt: skip
    is_rate = metric.shape is Shape.RATIO
    headings = {
        "before": _("Before"), "now": _("Now"), "contribution": _("Added to the change"), "mix": _("of it by mix"),
    }  # fmt: skip
    text = st.column_config.TextColumn
    state: Any = st.dataframe(
        [row if is_rate else {name: said for name, said in row.items() if name != "mix"} for row in rows],
        key=f"changed_{code}", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-row",
        column_config={"part": text(_("Part"), pinned=True), "cut": text(_("Cut"))}
        | {name: text(heading, alignment="right") for name, heading in headings.items()},
        alt=_("The parts that explain most of the change"),
    )  # fmt: skip
    place = charts.newly(f"changed_{code}", next(iter(state.selection.rows), None))
    if place is not None and place < parts.height:
        chosen = parts.row(place, named=True)
        metric_tiles.open_rows(scope, code, lens=metric.home.value, filters_={chosen["cut"]: chosen["part"]})


def _signed(unit: Unit, value: float, currency: str) -> str:
    sign = "+" if value > 0 else ""
    if unit is Unit.SHARE:
        return _("{points} pp").format(points=sign + display.number(value * 100, 2))
    return sign + (display.compact_money(value, currency) if unit is Unit.MONEY else display.number(value, 1))
