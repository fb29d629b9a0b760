"""Products: which carry the value, which sell evenly, which come back and which lie dead."""

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display, filters, insight, looking_back, metric_tiles
from dashboard.exporting import Listing, offer_export
from dashboard.identity import may
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.product_cards import open_card
from dashboard.products_insight_reads import products
from dashboard.translation import _
from dashboard.words import category_name
from oms_core.access.permissions import Permission

TILES = ("ordered_value", "contribution", "return_rate", "dead_stock")
ABC, XYZ = ("A", "B", "C"), ("X", "Y", "Z")
SHOWN = 200


def show_matrix(rows: pl.DataFrame) -> None:
    hint = _(
        "A: the products that carry the first 80 % of the value; B: up to 95 %; C: the rest. X: units per week vary "
        "by at most half their mean; Y: at most by the mean; Z: by more. It takes four weeks."
    )
    with section(_("ABC and XYZ"), hint=hint):
        st.caption(hint)
        cells = {
            (row["abc"], row["xyz"]): row
            for row in rows.group_by("abc", "xyz").agg(pl.len(), pl.col("share").sum()).iter_rows(named=True)
        }
        kinds = [*XYZ, *([None] if rows["xyz"].null_count() else [])]
        table = [{"abc": abc, **{kind or "—": _cell(cells.get((abc, kind))) for kind in kinds}} for abc in ABC]
        column = st.column_config.TextColumn
        st.dataframe(
            table, key="matrix", hide_index=True, row_height=34, alt=_("Products and share of value by class"),
            column_config={"abc": column(_("Class"), pinned=True)},
        )  # fmt: skip


def _cell(cell: dict[str, Any] | None) -> str:
    return display.NOTHING if cell is None else f"{display.number(cell['len'])} · {display.percent(cell['share'])}"


def show_products(scope: Scope, rows: pl.DataFrame) -> None:
    with section(_("Products"), hint=_("Select a product to open its card or its orders."), key="products"):
        classes = ["all", *(abc + xyz for abc in ABC for xyz in XYZ)]
        names = {code: code for code in classes} | {"all": _("All classes")}
        chosen = st.selectbox(
            _("Class"), classes, format_func=names.__getitem__, width=170, label_visibility="collapsed",
            **filters.in_address("class", classes, "all"),
        )  # fmt: skip
        if chosen != "all":
            rows = rows.filter(pl.col("abc") == chosen[0], pl.col("xyz") == chosen[1])
        if rows.is_empty():
            st.caption(_("No product is of this class."))
            return
        known = {code: category_name(code) for code in rows["category"].drop_nulls().unique()}
        rounded = {"contribution": 0, "per_order": 2, "dead_stock": 0}
        costs = {name: pl.col(name).fill_null(0).round(to) for name, to in rounded.items() if name in rows.columns}
        shown = rows.head(SHOWN).select(
            "sku", "name", pl.col("category").replace(known), kind=pl.col("abc") + pl.col("xyz").fill_null(""),
            gross=pl.col("gross").round(0), share=pl.col("share") * 100, orders="orders",
            returned=pl.col("return_rate") * 100, **costs,
        )  # fmt: skip
        state: Any = st.dataframe(
            shown, key=f"list_{chosen}", hide_index=True, row_height=34, column_config=_headings(),
            on_select="rerun", selection_mode="single-row", alt=_("Products, the largest first"),
            placeholder=display.NOTHING,
        )  # fmt: skip
        if rows.height > SHOWN:
            st.caption(_("Only the first {count} are shown.").format(count=SHOWN))
        offer_export(listing_of(scope, rows, chosen))
        if state.selection.rows and state.selection.rows[0] < shown.height:
            show_ways_on(scope, *shown.row(state.selection.rows[0])[:2])


def show_ways_on(scope: Scope, sku: str, name: str) -> None:
    with st.container(horizontal=True, key="ways-on"):
        st.markdown(f"**{display.plain(f'{sku} · {name}')}**", width="content")
        if may(Permission.STOCK_VIEW) and st.button(_("Stock and prices"), key="card", icon=":material/inventory_2:"):
            open_card(sku, f"{sku} · {name}")
        if st.button(_("Open its orders"), key="orders", icon=":material/list:"):
            metric_tiles.open_rows(scope, "ordered_value", lens="cohort", filters_={"product": sku})


def listing_of(scope: Scope, rows: pl.DataFrame, chosen: str) -> Listing:
    """All products of the class as a file, unrounded and with shares as fractions."""
    columns = {
        "sku": "sku", "name": "name", "category": "category", "abc": "kind", "xyz": "kind", "gross": "gross",
        "share": "share", "orders": "orders", "return_rate": "returned", "contribution": "contribution",
        "per_order": "per_order", "dead_stock": "dead_stock",
    }  # fmt: skip
    told, kept = _headings(), [name for name in columns if name in rows.columns]
    words = {name: told[columns[name]] for name in kept}
    headings = {name: word if isinstance(word, str) else str(word["label"]) for name, word in words.items()}
    headings |= {"abc": "ABC", "xyz": "XYZ"}
    days = f"{display.day(scope.date_from)} – {display.day(scope.date_to - timedelta(days=1))}"
    filters_ = [(_("Channel"), scope.channel), (_("Period"), days), (_("Class"), "" if chosen == "all" else chosen)]
    filters_ += looking_back.facts_of_file()
    listed = rows.select(kept)
    return Listing("products", _("Products"), headings, lambda _ask: (listed, True), filters_)


def _headings() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "sku": st.column_config.TextColumn(_("SKU"), pinned=True),
        "name": _("Product"),
        "category": _("Category"),
        "kind": _("Class"),
        "gross": number(_("Ordered value"), format="localized"),
        "share": number(_("Share"), format="%.1f %%"),
        "orders": number(_("Orders"), format="localized"),
        "returned": number(_("Return rate"), format="%.1f %%"),
        "contribution": number(_("Contribution"), format="localized"),
        "per_order": number(_("Contribution per order"), format="localized"),
        "dead_stock": number(_("Dead stock"), format="localized"),
    }


chosen_scope = insight.open_page(
    _("Products"), hint=_("Which carry the value, sell evenly, come back or lie dead."), looks_back=True
)
# Of the orders placed in the period, as the list below: its products add up to the tile.
metric_tiles.show_tiles(chosen_scope, TILES, lenses={"contribution": "cohort", "return_rate": "cohort"})
found = products(chosen_scope)
if found.is_empty():
    st.caption(_("Nothing was ordered in this period."))
else:
    show_matrix(found)
    show_products(chosen_scope, found)
