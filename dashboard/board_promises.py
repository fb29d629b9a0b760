"""Where promises are broken: the orders that missed their first promise, by the parts they come from."""

import polars as pl
import streamlit as st

from dashboard import charts, insight, metric_tiles
from dashboard.board_words import part_names
from dashboard.failure import on_its_own
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.translation import _

_TOP, _METRIC = 8, "on_time_rate"


@on_its_own
def show_broken_promises(scope: Scope) -> None:
    """Show where most orders missed their first promise, with their share there; a bar opens its orders."""
    with section(_("Where promises are broken"), hint=_("Orders late against their first promise."), key="promises"):
        cuts = {"region": _("Region"), "warehouse": _("Warehouse"), "manager": _("Manager"), "category": _("Category")}
        chosen = st.segmented_control(
            _("Cut"), list(cuts), default="region", required=True, format_func=cuts.__getitem__, key="promise_cut",
            label_visibility="collapsed",
        )  # fmt: skip
        cut = chosen or "region"
        late = pl.col("denominator") - pl.col("numerator")
        rows = insight.measure(scope, _METRIC, cut).with_columns(late=late).filter(pl.col("late") > 0)
        rows = rows.sort("late", descending=True, maintain_order=True).head(_TOP)
        if rows.is_empty():
            st.caption(_("No promise was broken."))
            return
        parts = rows[cut].to_list()
        names = part_names(cut, parts)
        shares = [f"{late / due:.0%}" for late, due in rows.select("late", "denominator").iter_rows()]
        figure = charts.bars(names, rows["late"].to_list(), color=charts.BAD)
        figure.update_traces(text=shares, textposition="auto")
        alt = ", ".join(f"{name} {share}" for name, share in zip(names, shares, strict=True))
        picked = charts.show_to_pick(figure, key=f"promises_{cut}", alt=alt)
        if picked is not None and picked < len(parts):
            metric_tiles.open_rows(scope, _METRIC, lens="cohort", filters_={cut: parts[picked]})
