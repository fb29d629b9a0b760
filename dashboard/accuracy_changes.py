"""Buyers' own quantities beside the suggested ones: who was nearer, once the interval of each is over."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import accuracy_reads, display, filters
from dashboard.accuracy_tables import ROW_HEIGHT, table_height
from dashboard.identity import may
from dashboard.layout import section
from dashboard.navigation import go
from dashboard.shop import open_shop
from dashboard.translation import _, n_, ngettext
from dashboard.words import person_name
from forecasting.changed_orders import sum_changes
from oms_core.access.permissions import Permission

CUTS = {"": n_("Each change"), "why": n_("By reason"), "buyer": n_("By buyer")}
NEARER = {"ordered": n_("The buyer"), "suggested": n_("The suggestion"), "equal": n_("Both alike")}
UNITS = ("short_suggested", "short_ordered", "over_suggested", "over_ordered")


def show_changes() -> None:
    """Show the changes of a year with their score; each opens the forecast of its product."""
    hint = _(
        "Told when delivery and review are over: what was short or left then with either quantity, as if nothing more"
        " had been ordered. A rejection counts as none. A unit left over weighs as the service asked for has it."
    )
    with section(_("Buyers' own quantities"), hint=hint, key="buyers-changes"):
        changes = accuracy_reads.changes()
        if changes.is_empty():
            st.caption(_("No suggested quantity was changed or rejected within a year."))
            return
        _show_totals(sum_changes(changes.with_columns(whole=pl.lit("all")), ["whole"]).row(0, named=True))
        _say_what_is_pending(changes)
        cut: str = st.segmented_control(
            _("Cut"), list(CUTS), format_func=lambda code: _(CUTS[code]), required=True, label_visibility="collapsed",
            **filters.in_address("changes", list(CUTS), ""),
        ) or ""  # fmt: skip
        shown = _pick_group(changes, cut) if cut else changes
        if shown is not None:
            _show_each(shown, key=f"each_{cut}")


def _show_totals(whole: Mapping[str, Any]) -> None:
    if not whole["changes"]:
        return
    tiles = st.grid(4, min_column_width=150)
    tiles.metric(
        _("The buyer was nearer"),
        _("{count} of {all}").format(
            count=display.number(whole["nearer_ordered"]), all=display.number(whole["changes"])
        ),
        border=True, delta_color="off", delta_arrow="off",
        delta=_("suggestion: {count}").format(count=display.number(whole["nearer_suggested"])),
    )  # fmt: skip
    for what, name in (("short", _("Units short")), ("over", _("Units left over"))):
        tiles.metric(
            name, display.quantity(whole[f"{what}_ordered"]), border=True, delta_color="off", delta_arrow="off",
            delta=_("suggestion: {count}").format(count=display.quantity(whole[f"{what}_suggested"])),
        )  # fmt: skip
    if whole["costed"]:
        tiles.metric(
            _("Changes saved") if whole["saved"] >= 0 else _("Changes cost"),
            display.money(abs(whole["saved"]), open_shop().settings.currency), border=True,
            help=_("Margin of the units short, and of those left over what the service asked for counts them."),
        )  # fmt: skip


def _say_what_is_pending(changes: pl.DataFrame) -> None:
    pending = changes.filter(pl.col("nearer").is_null())["known_on"].sort().to_list()
    if pending:
        words = ngettext(
            "{count} change is not over yet: it can be told on {day}.",
            "{count} changes are not over yet: the next can be told on {day}.", len(pending),
        )  # fmt: skip
        st.caption(words.format(count=display.number(len(pending)), day=display.day(pending[0])))


def _pick_group(changes: pl.DataFrame, cut: str) -> pl.DataFrame | None:
    """Show the totals by reason or buyer; returns the changes of the one picked."""
    groups = sum_changes(changes, [cut])
    rows = [
        {"group": person_name(row[cut]) if cut == "buyer" else row[cut], "changes": row["changes"],
         "nearer": row["nearer_ordered"], **{name: float(row[name]) for name in UNITS},
         "saved": _float(row["saved"]), "pending": row["pending"]}
        for row in groups.iter_rows(named=True)
    ]  # fmt: skip
    state: Any = st.dataframe(
        rows, key=f"groups_{cut}", column_config=_headings(cut), column_order=_without_costs(list(rows[0])),
        on_select="rerun", selection_mode="single-row", alt=_("Scored changes by group"), **_look(len(rows)),
    )  # fmt: skip
    picked = next(iter(state.selection.rows), None)
    if picked is None or picked >= groups.height:
        return None
    st.markdown(f"**{display.plain(rows[picked]['group'])}**")
    return changes.filter(pl.col(cut) == groups[cut][picked])


def _show_each(changes: pl.DataFrame, *, key: str) -> None:
    rows = [_change_row(row) for row in changes.iter_rows(named=True)]
    state: Any = st.dataframe(
        rows, key=key, column_config=_headings(""), column_order=_without_costs(list(rows[0])), on_select="rerun",
        selection_mode="single-row", alt=_("Changes of suggested quantities, with what was asked for"),
        **_look(len(rows)),
    )  # fmt: skip
    picked = next(iter(state.selection.rows), None)
    if picked is not None and picked < changes.height:
        go("app_pages/demand_forecast.py", series=changes["unique_id"][picked])


def _change_row(row: Mapping[str, Any]) -> dict[str, Any]:
    nearer = row["nearer"]
    return {
        "sku": row["sku"], "warehouse": row["warehouse"], "suggested": float(row["suggested"]),
        "ordered": float(row["ordered"]), "demand": _float(row["demand"]), "left_suggested": _left(row, "suggested"),
        "left_ordered": _left(row, "ordered"), "nearer": _(NEARER[nearer]) if nearer else None,
        "saved": _float(row["saved"]), "why": row["why"], "buyer": person_name(row["buyer"]),
        "was_empty": row["was_empty"], "known_on": row["known_on"],
    }  # fmt: skip


def _left(row: Mapping[str, Any], name: str) -> float | None:
    return None if row["nearer"] is None else float(row[f"over_{name}"] - row[f"short_{name}"])


def _float(value: Any) -> float | None:  # noqa: ANN401 - a Decimal or None
    return None if value is None else float(value)


def _headings(cut: str) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    below = _("Below 0: short.")
    return {
        "group": text(_("Reason") if cut == "why" else _("Buyer"), pinned=True),
        "sku": text(_("SKU"), pinned=True), "warehouse": text(_("Warehouse")), "why": text(_("Why")),
        "buyer": text(_("Buyer")), "suggested": number(_("Suggested quantity"), format="localized"),
        "ordered": number(_("Ordered quantity"), format="localized"),
        "demand": number(_("Asked for"), format="localized"),
        "left_suggested": number(_("Left, as suggested"), format="localized", help=below),
        "left_ordered": number(_("Left, as ordered"), format="localized", help=below),
        "nearer": number(_("The buyer was nearer")) if cut else text(_("Nearer"), width=120),
        "saved": number(_("Saved by the change"), format="%.2f", help=_("Below 0: the change cost that much.")),
        "was_empty": st.column_config.CheckboxColumn(_("Shelf was empty"), help=_("More may have been wanted.")),
        "known_on": st.column_config.DateColumn(_("Known on"), format="D MMM YYYY"),
        "changes": number(_("Scored")), "pending": number(_("Not over yet")),
        "short_suggested": number(_("Short, as suggested"), format="localized"),
        "short_ordered": number(_("Short, as ordered"), format="localized"),
        "over_suggested": number(_("Left over, as suggested"), format="localized"),
        "over_ordered": number(_("Left over, as ordered"), format="localized"),
    }  # fmt: skip


def _without_costs(columns: list[str]) -> list[str]:
    return columns if may(Permission.COST_VIEW) else [name for name in columns if name != "saved"]


def _look(rows: int) -> dict[str, Any]:
    return {
        "hide_index": True, "row_height": ROW_HEIGHT, "height": table_height(rows), "placeholder": display.NOTHING,
    }  # fmt: skip
