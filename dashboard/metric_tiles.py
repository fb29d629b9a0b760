"""Metrics on the page: tiles with comparison and trend, and the drawer with the rows behind a number."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

import polars as pl
import streamlit as st

from dashboard import display, insight, target_reads, target_words
from dashboard.insight import Scope
from dashboard.target_reads import Aimed
from dashboard.target_words import value_words as say
from dashboard.translation import _
from dashboard.words import group_name
from pipelines.kpi import Tile
from pipelines.metrics import METRICS, Direction, Lens, Metric, Unit

NEGLIGIBLE = 0.005
_COLORS: dict[Direction, Literal["normal", "inverse", "off"]] = {
    Direction.UP: "normal",
    Direction.DOWN: "inverse",
    Direction.NEITHER: "off",
}
_SHOWN = 200


def show_tiles(
    scope: Scope, codes: Sequence[str], *, columns: int = 4, lenses: Mapping[str, str] | None = None
) -> None:
    """Show tiles in a grid, those that the person may see; each opens the rows behind its number.

    ``lenses`` name those through which metrics are looked at; the rest through their own.
    """
    codes, lenses = insight.visible(codes), lenses or {}
    computed: dict[str, Tile] = {}
    for lens in dict.fromkeys(lenses.get(code) for code in codes):
        computed |= insight.tiles(scope, [code for code in codes if lenses.get(code) == lens], lens=lens)
    targets, grid = target_reads.of_channel(scope), st.grid(columns, min_column_width=165)
    for code in codes:
        with grid.container(border=True, key=f"tile_{code}", gap="xsmall", height="stretch"):
            lens = lenses.get(code, METRICS[code].home.value)
            _show_tile(scope, lens, computed[code], targets.get(code) if lens == METRICS[code].home else None)


def _show_tile(scope: Scope, lens: str, tile: Tile, aim: Aimed | None) -> None:
    metric, code = tile.metric, tile.metric.code
    change, is_news = _change(tile)
    st.metric(
        _(metric.label),
        _said(tile, scope.currency),
        delta=change,
        delta_color=_COLORS[metric.direction] if is_news else "off",
        delta_description=_against(scope) if change else None,
        help=_(metric.definition),
        chart_data=_trend(scope, tile) or None,
        chart_type="area",
    )
    if aim is not None:
        target = aim.target
        st.caption(target_words.tile_words(aim.pace, target.first_day, target.after_day, scope.currency))
    opened = _("{count} rows").format(count=display.number(tile.current["n"] or 0))
    if st.button(
        opened, key=f"open_{code}", type="tertiary", icon=":material/list:", help=_("Open the rows behind it")
    ):
        open_rows(scope, code, lens=lens)


def _against(scope: Scope) -> str:
    """Which days a tile is held against."""
    before = insight.scope_before(scope)
    return _("to {first} – {last}").format(
        first=display.day(before.date_from), last=display.day(before.date_to - timedelta(days=1))
    )


def _said(tile: Tile, currency: str) -> str:
    """The value in words; a sum of money over no rows is not known to be zero."""
    is_known = tile.current["n"] or tile.metric.unit is not Unit.MONEY
    return say(tile.metric, tile.current["value"], currency) if is_known else display.NOTHING


def _change(tile: Tile) -> tuple[str | None, bool]:
    """The change in words, and whether it is large enough for a colour."""
    now, before = tile.current["value"], tile.previous["value"]
    if now is None or before is None:
        return None, False
    if tile.metric.unit is Unit.SHARE:
        points = (now - before) * 100
        return _("{points} pp").format(points=_signed(points, display.number(points, 1))), abs(
            points
        ) >= NEGLIGIBLE * 100
    change = tile.change
    if change is None:
        return None, False
    return _signed(change, display.percent(change)), abs(change) >= NEGLIGIBLE


def _signed(value: float, said: str) -> str:
    return f"+{said}" if value > 0 else said


def _trend(scope: Scope, tile: Tile) -> list[float]:
    """The course over the period; what stands open now has none: by the day it was placed it would read as one."""
    if tile.metric.home is Lens.NOW:
        return []
    rows = insight.whole_periods(tile.trend, scope, scope.grain)
    return [float(value) for value in rows["value"].drop_nulls()]


def open_rows(scope: Scope, code: str, *, lens: str, filters_: Mapping[str, Any] | None = None) -> None:
    """Open the drawer with the rows behind a number."""
    title = _(METRICS[code].label)
    st.dialog(title, width="large", position="right")(_show_rows)(scope, code, lens, filters_)


def _show_rows(scope: Scope, code: str, lens: str, filters_: Mapping[str, Any] | None) -> None:
    metric = METRICS[code]
    rows = insight.drill(scope, code, lens=lens, filters_=filters_)
    st.caption(_(metric.definition))
    st.markdown(_reconciled(metric, rows, scope.currency))
    if not rows.is_empty():
        _list_rows(code, rows)


def open_listed(title: str, rows: pl.DataFrame, *, words: str) -> None:
    """Open the drawer with rows that are no metric's alone; those that matter most come first."""
    st.dialog(title, width="large", position="right")(_show_listed)(rows, words)


def _show_listed(rows: pl.DataFrame, words: str) -> None:
    st.caption(words)
    st.markdown(_("{count} rows").format(count=display.number(rows.height)))
    if not rows.is_empty():
        _list_rows("listed", rows)


def _list_rows(code: str, rows: pl.DataFrame) -> None:
    shown = rows.head(_SHOWN).select(_columns_of(rows))
    if "status_group" in shown.columns:
        names = {group: group_name(group) for group in shown["status_group"].drop_nulls().unique()}
        shown = shown.with_columns(pl.col("status_group").replace(names))
    state: Any = st.dataframe(
        shown, key=f"rows_{code}", hide_index=True, row_height=34, height=520, column_config=_headings(),
        on_select="rerun", selection_mode="single-row", alt=_("Rows behind the number"),
    )  # fmt: skip
    if rows.height > _SHOWN:
        told = _("The first {shown} of {count}; those that matter most come first.")
        st.caption(told.format(shown=_SHOWN, count=display.number(rows.height)))
    if state.selection.rows and "number" in shown.columns:
        number = shown["number"][state.selection.rows[0]]
        if st.button(_("Open order {number}").format(number=number), key="open_row", type="primary", width="stretch"):
            st.switch_page("app_pages/order.py", query_params={"number": number})


def _reconciled(metric: Metric, rows: pl.DataFrame, currency: str) -> str:
    """How the rows make the number."""
    count = display.number(rows.height)
    if metric.denominator is not None and metric.shape.value == "ratio":
        top, bottom = rows["numerator"].sum(), rows["denominator"].sum()
        value = say(metric, float(top) / float(bottom) if bottom else None, currency)
        parts = f"{display.number(top, 2)} ÷ {display.number(bottom, 2)} = **{value}**"
        return _("{count} rows: {parts}").format(count=count, parts=parts)
    if metric.shape.value == "duration":
        value = say(metric, rows["hours"].median(), currency)  # type: ignore[arg-type]
        return _("{count} rows, median **{value}**").format(count=count, value=value)
    value = say(metric, float(rows["numerator"].sum() or 0), currency)
    return _("{count} rows, together **{value}**").format(count=count, value=value)


def _columns_of(rows: pl.DataFrame) -> list[str]:
    wanted = ("number", "sku", "placed_day", "day", "status_group", "reason", "manager", "warehouse", "region",
              "first_promised_day", "delivered_at", "entered_at", "left_at", "quantity", "gross", "hours",
              "numerator")  # fmt: skip
    present = [name for name in wanted if name in rows.columns]
    has_own_figure = {"gross", "hours", "quantity"} & set(present)
    return [name for name in present if name != "numerator" or not has_own_figure]


def _headings() -> dict[str, Any]:
    number, day = st.column_config.NumberColumn, st.column_config.DateColumn
    return {
        "number": st.column_config.TextColumn(_("Order"), pinned=True),
        "sku": _("SKU"),
        "placed_day": day(_("Placed"), format="D MMM YYYY"),
        "day": day(_("Day"), format="D MMM YYYY"),
        "status_group": _("Stage"),
        "reason": _("Reason"),
        "manager": _("Owner"),
        "warehouse": _("Warehouse"),
        "region": _("Region"),
        "first_promised_day": day(_("Promised"), format="D MMM YYYY"),
        "delivered_at": st.column_config.DatetimeColumn(_("Delivered"), format="D MMM YYYY"),
        "entered_at": st.column_config.DatetimeColumn(_("Entered"), format="D MMM YYYY, HH:mm"),
        "left_at": st.column_config.DatetimeColumn(_("Left"), format="D MMM YYYY, HH:mm"),
        "quantity": number(_("Quantity"), format="localized"),
        "gross": number(_("Value"), format="localized"),
        "hours": number(_("Hours"), format="%.1f"),
        "numerator": number(_("Counts"), format="localized"),
    }
