"""What the page of imports does: tries a file, takes it in, undoes an import, keeps a mapping."""

import tempfile
from typing import Any

import streamlit as st

from dashboard.actions import attempt
from dashboard.identity import acting
from dashboard.intake_reads import Upload
from dashboard.notices import tell_done, tell_refused
from dashboard.refusals import say, say_rows
from dashboard.shop import open_shop
from dashboard.translation import _, ngettext
from oms_core.errors import OmsError
from pipelines.imports.kept_mappings import KeptMapping, remove_mapping, save_mapping
from pipelines.imports.kept_mappings import rename_mapping as rename
from pipelines.imports.mapping import mapping_of
from pipelines.imports.orders import import_orders
from pipelines.imports.products import import_products
from pipelines.imports.report import ImportReport
from pipelines.imports.stock import import_stock
from pipelines.imports.undoing import undo_import

TRIED = "intake_tried"
_ENTRY = {"products": import_products, "stock": import_stock}


def take_in(upload: Upload, kind: str, channel: str, document: dict[str, Any], *, dry_run: bool) -> None:
    """Try a file, or take it in; what came of a trial is kept for the page, a refusal is told.

    An import opens transactions of its own, one for each order placed now: it is no use case that `attempt` could run.
    """
    engine = open_shop().sessions.kw["bind"]
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = upload.put_into(folder)
            if kind == "orders":
                mapping = mapping_of(document, name=upload.name)
                report = import_orders(engine, path, channel=channel, mapping=mapping, dry_run=dry_run, actor=acting())
            else:
                report = _ENTRY[kind](engine, path, dry_run=dry_run, actor=acting())
    except OmsError as refusal:
        st.session_state.pop(TRIED, None)
        tell_refused(say(refusal), say_rows(refusal))
        return
    if dry_run:
        st.session_state[TRIED] = (trial_of(upload, kind, channel, document), report)
    else:
        st.session_state.pop(TRIED, None)
        _tell_taken(report)


def trial_of(upload: Upload, kind: str, channel: str, document: dict[str, Any]) -> tuple[object, ...]:
    """What a trial was of: another file, kind or mapping needs another."""
    return (upload, kind, channel, document)


def undo(batch: int) -> None:
    """Undo an import; where something was built on it, what it is is told."""
    attempt(undo_import, lambda done: _("Import {batch} is undone.").format(batch=done.batch), batch=batch)


def keep_mapping(name: str, channel: str | None, document: dict[str, Any], version: int | None) -> None:
    """Keep a mapping under a name."""
    attempt(save_mapping, _("The mapping is kept."), name=name, channel=channel, document=document, version=version)


def rename_mapping(kept: KeptMapping, name: str) -> None:
    """Give a mapping another name; the page goes on with it."""
    if attempt(rename, _("The mapping is renamed."), name=kept.name, to=name, version=kept.version) is not None:
        st.session_state["intake_mapping"] = name.strip()


def forget_mapping(kept: KeptMapping) -> None:
    """Forget a mapping."""
    attempt(remove_mapping, _("The mapping is removed."), name=kept.name, version=kept.version)


def _tell_taken(report: ImportReport) -> None:
    count = sum(report.created.get(name, 0) for name in ("orders", "products", "changed", "receipts"))
    if not report.created.get("orders"):
        tell_done(ngettext("{count} row taken in", "{count} rows taken in", count).format(count=count))
    else:
        count = report.created["orders"]
        tell_done(ngettext("{count} order taken in", "{count} orders taken in", count).format(count=count))
