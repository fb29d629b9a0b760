"""The lines: found one by one, pasted or uploaded many at a time, edited in a table with what they come to."""

from collections.abc import Mapping
from decimal import Decimal
from time import monotonic

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import display, order_entry_files, order_entry_form, order_entry_reads
from dashboard.layout import section
from dashboard.refusals import say_fault, say_rows
from dashboard.translation import _, ngettext
from oms_core.errors import Invalid, OmsError
from oms_core.orders.batch_entry import BatchFault, CheckedBatch
from oms_core.orders.entry_document import EntryLine
from oms_core.orders.entry_pricing import EntryPrice, PricedEntry

_BATCH, _TAKEN = "_entry_batch", "_entry_taken"
_SENT_AGAIN_WITHIN = 4.0
_SHOWN_FAULTS = 20


def ask_lines(channel: str, currency: str) -> None:
    """Ask for products: by search, or many at once."""
    with section(_("Add products"), key="new_lines"):
        q = st.text_input(
            _("Find a product"), key="product_q", type="search", live="250ms", icon=":material/search:",
            placeholder=_("SKU, name or barcode"), autocomplete="off",
        )  # fmt: skip
        if q and q.strip():
            _show_found(q.strip(), channel, currency)
        with st.expander(_("Paste or upload many"), icon=":material/content_paste:", key="many-lines"):
            st.text_area(
                _("Lines, one per row"), key="pasted_lines", height=110, placeholder="A-100;2\nB-205;1;19.90",
                on_change=_take_pasted, args=(channel,),
                help=_("SKU;quantity or SKU;quantity;price, parted by semicolons, tabs or commas."),
            )  # fmt: skip
            st.file_uploader(
                _("CSV or XLSX"), type=["csv", "txt", "xlsx"], key="lines_file", on_change=_take_file, args=(channel,)
            )
            _show_batch()


def show_lines(priced: PricedEntry) -> None:
    """Show the lines, to be edited where they stand; below what they come to."""
    kept: tuple[EntryLine, ...] = st.session_state[order_entry_form.LINES]
    with section(_("Lines"), key="entry_lines"):
        if not kept:
            st.caption(_("None yet: find a product or paste a list."))
            return
        st.data_editor(
            [_row(line, price, priced.currency) for line, price in zip(kept, priced.lines, strict=True)],
            key=order_entry_form.editor_key(), hide_index=True, num_rows="fixed", row_height=34,
            column_config=_columns(), alt=_("The lines of the order"),
            disabled=["sku", "name", "total", "note"],
        )  # fmt: skip


def show_totals(priced: PricedEntry) -> None:
    """Show what the order comes to, and by when it would arrive."""
    totals, currency = priced.totals, priced.currency
    figures = [
        (_("Goods, net"), display.money(totals.net, currency)), (_("Tax"), display.money(totals.tax, currency)),
        (_("Discount"), display.money(priced.discount, currency)),
        (_("Shipping charge"), display.money(totals.shipping, currency)),
    ]  # fmt: skip
    with st.container(key="entry_totals", border=True):
        st.metric(_("Total"), display.money(totals.total, currency))
        st.caption(" · ".join(f"{name} {value}" for name, value in figures))
        if priced.promised_at is not None:
            told = _("Promised for {moment}").format(moment=display.moment(priced.promised_at))
            st.markdown(f":material/event_available: {told}")
        short = sum(1 for line in priced.lines if line.short > 0)
        if short:
            told = ngettext("{count} line is short of stock.", "{count} lines are short of stock.", short)
            st.warning(told.format(count=short), icon=":material/inventory_2:")


def _show_found(q: str, channel: str, currency: str) -> None:
    found = order_entry_reads.products(q, channel)
    if not found:
        st.caption(_("No product matches."))
    for row, price, free in found:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"found-{row.sku}"):
            told = display.money(price, currency) if price is not None else _("no price")
            st.markdown(
                f"**{display.plain(row.sku)}** {display.plain(row.name)}  \n{told} · {_free_words(free)}",
                width="stretch",
            )
            st.button(
                _("Add {sku}").format(sku=display.plain(row.sku)), key=f"add_{row.sku}", icon=":material/add:",
                on_click=order_entry_form.add_line, args=(row.sku,),
            )  # fmt: skip


def _free_words(free: Mapping[str, Decimal]) -> str:
    places = {code: count for code, count in free.items() if count > 0}
    if not places:
        return _("none free")
    told = ", ".join(f"{display.plain(code)} {display.quantity(count)}" for code, count in sorted(places.items()))
    return _("free: {places}").format(places=told)


def _take_pasted(channel: str) -> None:
    """Take what was pasted, once: left at once, the field is sent a second time before it is seen to be empty."""
    pasted, now = st.session_state["pasted_lines"] or "", monotonic()
    taken, at = st.session_state.get(_TAKEN, ("", 0.0))
    if pasted and pasted == taken and order_entry_form.lines() and now - at < _SENT_AGAIN_WITHIN:
        st.session_state["pasted_lines"] = ""
        return
    _take(channel, pasted)
    if not st.session_state["pasted_lines"]:
        st.session_state[_TAKEN] = pasted, now


def _take_file(channel: str) -> None:
    uploaded = st.session_state["lines_file"]
    if uploaded is None:
        return
    try:
        _take(channel, order_entry_files.text_of(uploaded.name, uploaded.getvalue()))
    except Invalid:
        st.session_state[_BATCH] = _("This file cannot be read as a table.")


def _take(channel: str, pasted: str) -> None:
    """Take all of it if all is right, else show what is wrong and take nothing unless asked."""
    st.session_state.pop(_BATCH, None)
    if not pasted.strip():
        return
    try:
        batch = order_entry_reads.checked(channel, pasted)
    except OmsError as refusal:
        st.session_state[_BATCH] = " ".join(say_rows(refusal))
        return
    if batch.faults:
        st.session_state[_BATCH] = batch
    else:
        _add(batch)


def _add(batch: CheckedBatch) -> None:
    """Add what is right; the rows at fault stay in the field to be put right."""
    order_entry_form.set_lines((*order_entry_form.lines(), *(one.line for one in batch.lines)))
    st.session_state["pasted_lines"] = "\n".join(fault.text for fault in batch.faults)
    st.session_state.pop(_BATCH, None)


def _show_batch() -> None:
    batch: CheckedBatch | str | None = st.session_state.get(_BATCH)
    if batch is None:
        return
    if isinstance(batch, str):
        st.error(batch)
        return
    count = len(batch.faults)
    told = ngettext("{count} row cannot be taken:", "{count} rows cannot be taken:", count).format(count=count)
    rows = [f"- {_fault_words(fault)}" for fault in batch.faults[:_SHOWN_FAULTS]]
    st.error("\n".join([told, *rows]))
    if batch.lines:
        right = ngettext("Add the {count} right row", "Add the {count} right rows", len(batch.lines))
        st.button(
            right.format(count=len(batch.lines)), key="add_right", on_click=_add, args=(batch,), icon=":material/add:"
        )


def _fault_words(fault: BatchFault) -> str:
    why = "; ".join(say_fault(str(one["message"])) for one in fault.faults)
    return _("Row {row}: {text} — {why}").format(row=fault.row, text=display.plain(fault.text[:60]), why=why)


def _row(line: EntryLine, price: EntryPrice, currency: str) -> dict[str, object]:
    shown = line.unit_price or ("" if price.list_price is None else f"{price.list_price:f}")
    return {
        "sku": line.sku, "name": price.name, "quantity": line.quantity, "unit_price": shown,
        "discount": line.discount, "total": display.money(price.total.gross, currency) if price.total else "—",
        "remove": False, "note": _note(price),
    }  # fmt: skip


def _note(price: EntryPrice) -> str:
    """What is wrong with the line, else what is short of it, else what is free where."""
    if price.faults:
        return "; ".join(say_fault(str(one["message"])) for one in price.faults)
    if price.short > 0:
        return _("{count} short").format(count=display.quantity(price.short))
    return ", ".join(f"{code} {display.quantity(count)}" for code, count in sorted(price.free.items())) or "0"


def _columns() -> dict[str, ColumnConfig]:
    text, ticked = st.column_config.TextColumn, st.column_config.CheckboxColumn
    return {
        "sku": text(_("SKU"), width=80), "name": text(_("Product"), width=112),
        "quantity": text(_("Quantity"), width=88), "unit_price": text(_("Price"), width=84),
        "discount": text(_("Discount"), width=92), "total": text(_("Total"), width=84),
        "remove": ticked(_("Remove"), width=84), "note": text(_("Stock"), width=90),
    }  # fmt: skip
