"""The figures of a page as a file: with their definitions, the filter, and as of the publication that the page shows.

The file is made when it is asked for, by a thread that belongs to no page: what only a page knows is noted before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import display, insight
from dashboard.identity import acting, person
from dashboard.insight import Scope
from dashboard.shop import open_shop
from dashboard.translation import _, language, n_, speaking
from oms_core import door
from oms_core.access.actors import Actor, find_actor, refuse_unless
from oms_core.access.permissions import Permission
from pipelines.exporting import CSV_TYPE, PARQUET_TYPE, XLSX_TYPE, Sheet, as_csv, as_parquet, as_xlsx
from pipelines.metric_tables import Report, sheets_of
from pipelines.metrics import METRICS
from pipelines.store import Store

CUTS = {
    "": n_("Beside the period before"), "day": n_("Day"), "week": n_("Week"), "month": n_("Month"),
    "channel": n_("Channel"), "region": n_("Region"), "warehouse": n_("Warehouse"), "manager": n_("Manager"),
    "customer_kind": n_("Customer kind"), "category": n_("Category"), "product": n_("Product"),
    "reason": n_("Reason"), "status_group": n_("Stage"), "carrier": n_("Carrier"), "supplier": n_("Supplier"),
}  # fmt: skip
Write = Callable[[tuple[Sheet, Sheet]], bytes]
FILES: dict[str, tuple[str, str, str, Write]] = {
    "xlsx": (n_("Excel workbook"), XLSX_TYPE, ":material/table:", lambda sheets: as_xlsx(*sheets)),
    "csv": (n_("CSV file"), CSV_TYPE, ":material/csv:", lambda sheets: as_csv(sheets[0])),
    "parquet": (n_("Parquet file"), PARQUET_TYPE, ":material/database:", lambda sheets: as_parquet(sheets[0])),
}


def offer_figures(
    scope: Scope, name: str, codes: Sequence[str], *, lenses: Mapping[str, str] | None = None
) -> None:  # fmt: skip
    """Show the one button that hands a page's figures over, whole or by a cut, in three kinds of files."""
    with st.popover(_("Export"), icon=":material/download:", key="export_figures"):
        cut = st.selectbox(_("Cut"), list(CUTS), format_func=lambda code: _(CUTS[code]), key="export_cut")
        st.caption(_("Definitions, the period, the channel and how fresh the figures are stand in the file."))
        report = Report(name, tuple(insight.visible(codes)), scope.date_from, scope.date_to, scope.channel or None,
                        cut or "", lenses or {})  # fmt: skip
        make = _maker(report)
        file = f"{name}-{datetime.now(display.viewer_zone()):%Y-%m-%d}".replace(" ", "-").lower()
        for kind, (label, media_type, icon, write) in FILES.items():
            st.download_button(
                _(label), partial(make, write), f"{file}.{kind}", media_type, key=f"export_figures_{kind}",
                on_click="ignore", icon=icon, width="stretch",
            )  # fmt: skip


def _maker(report: Report) -> Callable[[Write], bytes]:
    """Note what the page knows; the permissions are looked up anew when the file is made."""
    shop, login, by = open_shop(), acting().login, person().name
    spoken, zone, seen = language(), display.viewer_zone().key, shop.store.manifest().seen_from

    def make(write: Write) -> bytes:
        actor = door.read(shop.sessions, None, find_actor, login=login)
        allowed = allowed_of(report, actor)
        with speaking(spoken):
            sheets = sheets_of(as_seen(shop.store, seen), allowed, zone=zone, say=_)
            made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
            told = [(_("Made"), made), (_("Made by"), by)]
            table, definitions = (replace(sheet, facts=[*sheet.facts, *told]) for sheet in sheets)
            return write((table, definitions))

    return make


def allowed_of(report: Report, actor: Actor) -> Report:
    """What of a report its reader may see; raises ``Forbidden`` where that is nothing of it."""
    refuse_unless(actor, Permission.ANALYTICS_VIEW)
    sees_cost = actor.may(Permission.COST_VIEW)
    return replace(report, codes=[code for code in report.codes if sees_cost or not METRICS[code].shows_cost])


def as_seen(store: Store, seen: datetime | None) -> Store:
    """The figures as the page showed them, also where they were published anew before the file was asked for."""
    return store if seen is None or store.manifest().seen_from == seen else store.at(seen)
