"""The parts of the page of imports that tell: what a trial would do, and past imports with their undo."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import display, intake_actions, intake_reads
from dashboard.intake_faults import fault_words
from dashboard.intake_reads import Upload
from dashboard.layout import empty_state, section
from dashboard.translation import _, n_
from pipelines.exporting import CSV_TYPE, XLSX_TYPE, Sheet, as_csv, as_xlsx
from pipelines.imports.batches import FILE_ALREADY_IMPORTED
from pipelines.imports.report import ImportReport
from pipelines.imports.undoing import KeptBatch

KINDS = {"orders": n_("Orders"), "products": n_("Products"), "stock": n_("Stock"), "olist": n_("Olist orders")}
_STATES = {"active": n_("Taken in"), "undone": n_("Undone")}


def show_trial(upload: Upload, report: ImportReport, encoding: str) -> None:
    """Say what would go in and name each fault, on the page and as a file to mend."""
    if FILE_ALREADY_IMPORTED in report.warnings.references:
        st.info(_("This very file was taken in before."), icon=":material/content_copy:")
    created = next(report.created[name] for name in ("orders", "products", "receipts") if name in report.created)
    with st.container(horizontal=True):
        st.metric(_("New"), display.number(created), border=True)
        st.metric(_("Changed"), display.number(report.created.get("changed", 0)), border=True)
        st.metric(_("Unchanged"), display.number(report.unchanged), border=True)
        st.metric(_("Rejected rows"), display.number(report.rejected.height), border=True)
    if report.rejected.is_empty():
        return
    values = {}
    rows = intake_reads.read_upload(upload, encoding)
    for row in rows.iter_rows(named=True):
        values[row["_line"]] = row
    faults = [
        {"line": row["line"], "column": row["column"], "value": values.get(row["line"], {}).get(row["column"]),
         "reason": fault_words(row["code"], row["reason"])}
        for row in report.rejected.iter_rows(named=True)
    ]  # fmt: skip
    _show_faults(faults, _("Rows that would not go in"))
    to_mend = Sheet(_("Rejected rows"), intake_reads.rows_to_mend(upload, report, encoding))
    with st.container(horizontal=True):
        st.download_button(
            _("Rejected rows to mend (Excel)"), as_xlsx(to_mend), "rejected.xlsx", XLSX_TYPE, key="intake_mend_xlsx",
            icon=":material/table:", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            _("Rejected rows to mend (CSV)"), as_csv(to_mend), "rejected.csv", CSV_TYPE, key="intake_mend_csv",
            icon=":material/csv:", on_click="ignore",
        )  # fmt: skip


def show_batches() -> None:
    """List past imports, and one of them with what it rejected and its undo."""
    batches = intake_reads.batches()
    if not batches:
        empty_state("upload_file", _("Nothing was imported yet"), _("Upload a file: it is tried before it goes in."))
        return
    with section(_("Past imports")):
        shown = [
            {
                "batch": each.batch, "kind": _(KINDS.get(each.kind, each.kind)), "file": each.files,
                "state": _(_STATES[each.state]), "when": display.moment(each.started_at), "by": each.by,
                "orders": each.orders, "rejected": each.rejected,
            }
            for each in batches
        ]  # fmt: skip
        labels = {
            "batch": _("Import"), "kind": _("Kind"), "file": _("File"), "state": _("State"), "when": _("When"),
            "by": _("Who"), "orders": _("Orders"), "rejected": _("Rejected rows"),
        }  # fmt: skip
        st.dataframe(
            shown, hide_index=True, row_height=34, column_config=labels, alt=_("Past imports"),
        )  # fmt: skip
        names = {each.batch: f"{each.batch} · {each.files}" for each in batches}
        chosen = st.selectbox(_("Import"), list(names), format_func=names.__getitem__, key="intake_batch")
        _show_batch(next(each for each in batches if each.batch == chosen))


def _show_batch(batch: KeptBatch) -> None:
    if batch.rejected:
        faults = [
            {"line": row.line, "column": row.column, "reason": fault_words(row.code, row.reason)}
            for row in intake_reads.rejected_rows(batch.batch)
        ]
        _show_faults(faults, _("Rejected rows"))
    if batch.state != "active":
        return
    st.caption(
        _("Undoing takes away: orders {orders}, new customers {customers}, new products {products}.").format(
            orders=batch.orders, customers=batch.customers, products=batch.products
        )
    )
    st.button(
        _("Undo import {batch}").format(batch=batch.batch), icon=":material/undo:", key="intake_undo",
        on_click=intake_actions.undo, args=(batch.batch,),
    )  # fmt: skip


def _show_faults(faults: Sequence[Mapping[str, object]], alt: str) -> None:
    labels = {"line": _("Row"), "column": _("Column"), "value": _("In the file"), "reason": _("Reason")}
    st.dataframe(faults, hide_index=True, row_height=34, column_config=labels, alt=alt)
