"""Stock health: what is out or will be, what is too much, what nobody wants, and the service against what is wanted."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import buying_reads, display, filters
from dashboard.exporting import Listing, offer_export
from dashboard.identity import may
from dashboard.layout import as_of, empty_state, page_header
from dashboard.navigation import go
from dashboard.shop import open_shop
from dashboard.stock_health_reads import health
from dashboard.stock_health_words import HEALTH, MEANING
from dashboard.translation import _, ngettext
from forecasting.stock_health import HEALTH as KINDS
from oms_core.access.permissions import Permission

HINT = _("Stock of this moment against the forecast, with what is on the way; a row opens its forecast.")
CURRENCY, SHOWN = open_shop().settings.currency, 300


def show_tiles(rows: pl.DataFrame, *, sees_cost: bool) -> None:
    tiles = st.grid(5 if sees_cost else 3, min_column_width=150)
    for kind in ("out", "short"):
        tiles.metric(_(HEALTH[kind]), display.number(_count(rows, kind)), border=True, help=_(MEANING[kind]))
    if sees_cost:
        for kind in ("excess", "dead"):
            worth = (rows[kind] * rows["unit_cost"].cast(pl.Float64)).sum()
            tiles.metric(_(HEALTH[kind]), display.compact_money(worth, CURRENCY), border=True, help=_(MEANING[kind]))
    asked, served, wanted = float(rows["asked"].sum()), float(rows["served"].sum()), _wanted(rows)
    tiles.metric(
        _("Served at once"), display.percent(served / asked if asked else None), border=True,
        delta=_("{share} is wanted").format(share=display.percent(wanted)) if wanted else None, delta_color="off",
        delta_arrow="off",
        help=_("Units reserved when they were ordered, of those of 90 days; beside it what the policy wants."),
    )  # fmt: skip


def _count(rows: pl.DataFrame, kind: str) -> int:
    return rows.filter(pl.col("health") == kind).height


def _wanted(rows: pl.DataFrame) -> float | None:
    asked = float(rows["asked"].sum())
    return float((rows["asked"] * rows["level"]).sum()) / asked if asked else None


def choose_kind(rows: pl.DataFrame) -> str:
    names = {"": _("All"), **{kind: f"{_(HEALTH[kind])} · {display.number(_count(rows, kind))}" for kind in KINDS}}
    chosen = st.segmented_control(
        _("How it stands"), list(names), format_func=names.__getitem__, required=True, label_visibility="collapsed",
        **filters.in_address("health", list(names), ""),
    )  # fmt: skip
    return str(chosen or "")


def show_rows(rows: pl.DataFrame, *, sees_cost: bool) -> None:
    """Show the positions; a chosen one leads to its forecast."""
    shown = rows.head(SHOWN)
    state: Any = st.dataframe(
        [_row(row, sees_cost=sees_cost) for row in shown.iter_rows(named=True)], key="health_rows", hide_index=True,
        row_height=34, height=min(560, 34 * (shown.height + 1) + 2), column_config=headings(), on_select="rerun",
        selection_mode="single-row", alt=_("Stock by product and warehouse"), placeholder=display.NOTHING,
    )  # fmt: skip
    if rows.height > SHOWN:
        st.caption(_("Only the first {count} are shown.").format(count=SHOWN))
    if state.selection.rows and state.selection.rows[0] < shown.height:
        go("app_pages/demand_forecast.py", series=shown["unique_id"][state.selection.rows[0]])


def headings() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    day = st.column_config.DateColumn
    return {
        "sku": text(_("SKU"), pinned=True), "warehouse": text(_("Warehouse")), "health": text(_("How it stands")),
        "kind": text(_("Class"), help=_("By value and by how evenly it is asked for.")),
        "on_hand": number(_("On hand"), format="localized"), "free": number(_("Free"), format="localized"),
        "on_order": number(_("On order"), format="localized"),
        "cover": number(_("Lasts, days"), format="%.0f", help=_("Free stock by the units expected a day.")),
        "runs_out_on": day(_("Runs out"), format="D MMM", help=_("With what is on the way.")),
        "runs_out_without": day(_("Without what is coming"), format="D MMM"),
        "excess": number(_("Too much, value"), format="localized"),
        "dead": number(_("Unwanted, value"), format="localized"),
        "served": number(_("Served at once"), format="percent"), "wanted": number(_("Wanted"), format="percent"),
    }  # fmt: skip


def _row(row: dict[str, Any], *, sees_cost: bool) -> dict[str, Any]:
    stands, cost = row["health"], float(row["unit_cost"]) if row["unit_cost"] is not None else None
    worth = {one: round(row[one] * cost, 2) if cost is not None and row[one] else None for one in ("excess", "dead")}
    return {
        "sku": row["sku"], "warehouse": row["warehouse"], "health": _(HEALTH[stands]),
        "kind": f"{row['abc']}{row['xyz']}", "on_hand": row["on_hand"], "free": row["free"],
        "on_order": row["on_order"], "cover": row["cover_days"], "runs_out_on": row["runs_out_on"],
        "runs_out_without": row["runs_out_without"], **(worth if sees_cost else {}),
        "served": row["served"] / row["asked"] if row["asked"] else None, "wanted": row["level"],
    }  # fmt: skip


def listing_of(rows: pl.DataFrame, kind: str, *, sees_cost: bool) -> Listing:
    """All positions of the kind as a file."""
    written = [_row(row, sees_cost=sees_cost) for row in rows.iter_rows(named=True)]
    frame = pl.DataFrame(written, infer_schema_length=None)
    words = {name: str(told["label"]) for name, told in headings().items() if name in frame.columns}
    chosen = [(_("How it stands"), _(HEALTH[kind]) if kind else "")]
    return Listing("stock-health", _("Stock health"), words, lambda _ask: (frame, True), chosen)


actions = page_header(_("Stock health"), hint=HINT)
if not buying_reads.has_forecast():
    empty_state("trending_up", _("No forecast yet"), _("It appears after `oms forecast run`; `make demo` does that."))
    st.stop()
found = health(buying_reads.forecast_version())
if found.is_empty():
    empty_state("inventory_2", _("Nothing can be bought yet"), _("Products appear once a supplier has terms for them."))
    st.stop()
cost_seen = may(Permission.COST_VIEW)
show_tiles(found, sees_cost=cost_seen)
chosen_kind = choose_kind(found)
of_kind = found.filter(pl.col("health") == chosen_kind) if chosen_kind else found
with actions:
    as_of(open_shop().store.fresh_to())
    offer_export(listing_of(of_kind, chosen_kind, sees_cost=cost_seen))
if chosen_kind:
    st.caption(_(MEANING[chosen_kind]))
if of_kind.is_empty():
    st.caption(_("Nothing stands so."))
else:
    st.caption(ngettext("{count} product in a warehouse", "{count} products in warehouses", of_kind.height).format(
        count=display.number(of_kind.height)))  # fmt: skip
    show_rows(of_kind, sees_cost=cost_seen)
