"""The figures of a page as a file: with their definitions, the filter, and as of the publication that the page shows.

The file is made when it is asked for, by a thread that belongs to no page: what only a page knows is noted before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import display, insight
from dashboard.identity import acting, person
from dashboard.insight import Scope
from dashboard.looking_back import seen_store
from dashboard.shop import open_shop
from dashboard.translation import _, babel_locale, language, n_, speaking
from oms_core import door
from oms_core.access.actors import find_actor
from pipelines.digest import DigestTerms, as_pdf, compose
from pipelines.digest.wished import allowed_of
from pipelines.exporting import CSV_TYPE, PARQUET_TYPE, XLSX_TYPE, Sheet, as_csv, as_parquet, as_xlsx
from pipelines.metric_tables import Report, sheets_of
from pipelines.store import Store

CUTS = {
    "": n_("Beside the period before"), "day": n_("Day"), "week": n_("Week"), "month": n_("Month"),
    "channel": n_("Channel"), "region": n_("Region"), "warehouse": n_("Warehouse"), "manager": n_("Manager"),
    "customer_kind": n_("Customer kind"), "category": n_("Category"), "product": n_("Product"),
    "reason": n_("Reason"), "status_group": n_("Stage"), "carrier": n_("Carrier"), "supplier": n_("Supplier"),
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What a file is made of: the publication that the page showed, what is asked of it, and by whom."""

    store: Store
    terms: DigestTerms
    by: str

    def sheets(self) -> tuple[Sheet, Sheet]:
        """The table and its definitions, with who made them and when."""
        facts = [(_("Made"), f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"), (_("Made by"), self.by)]
        table, defined = sheets_of(self.store, self.terms.report, zone=self.terms.zone, say=_)
        return replace(table, facts=[*table.facts, *facts]), replace(defined, facts=[*defined.facts, *facts])


Write = Callable[[Made], bytes]
FILES: dict[str, tuple[str, str, str, Write]] = {
    "xlsx": (n_("Excel workbook"), XLSX_TYPE, ":material/table:", lambda made: as_xlsx(*made.sheets())),
    "csv": (n_("CSV file"), CSV_TYPE, ":material/csv:", lambda made: as_csv(made.sheets()[0])),
    "parquet": (n_("Parquet file"), PARQUET_TYPE, ":material/database:", lambda made: as_parquet(made.sheets()[0])),
    "pdf": (
        n_("Digest as PDF"), "application/pdf", ":material/picture_as_pdf:",
        lambda made: as_pdf(compose(made.store, made.terms)),
    ),
}  # fmt: skip


def offer_figures(
    scope: Scope, name: str, codes: Sequence[str], *, lenses: Mapping[str, str] | None = None
) -> None:  # fmt: skip
    """Show the one button that hands a page's figures over, whole or by a cut, in three kinds of files."""
    with st.popover(_("Export"), icon=":material/download:", key="export_figures"):
        cut = st.selectbox(_("Cut"), list(CUTS), format_func=lambda code: _(CUTS[code]), key="export_cut")
        st.caption(_("Definitions, the period, the channel and how fresh the figures are stand in the file."))
        report = Report(name, tuple(insight.visible(codes)), scope.date_from, scope.date_to, scope.channel or None,
                        cut or "", lenses or {})  # fmt: skip
        make = _maker(report, scope.currency)
        file = f"{name}-{datetime.now(display.viewer_zone()):%Y-%m-%d}".replace(" ", "-").lower()
        for kind, (label, media_type, icon, write) in FILES.items():
            if kind == "pdf" and cut:
                continue  # a digest is of whole figures
            st.download_button(
                _(label), partial(make, write), f"{file}.{kind}", media_type, key=f"export_figures_{kind}",
                on_click="ignore", icon=icon, width="stretch",
            )  # fmt: skip


def _maker(report: Report, currency: str) -> Callable[[Write], bytes]:
    """Note what the page knows; the permissions are looked up anew when the file is made."""
    shop, login, by = open_shop(), acting().login, person().name
    spoken, seen = language(), seen_store().manifest().seen_from
    terms = DigestTerms(report, currency, babel_locale(), display.viewer_zone().key, _, shop.settings.public_url)

    def make(write: Write) -> bytes:
        actor = door.read(shop.sessions, None, find_actor, login=login)
        allowed = replace(terms, report=allowed_of(report, actor))
        with speaking(spoken):
            return write(Made(as_seen(shop.store, seen), allowed, by))

    return make


def as_seen(store: Store, seen: datetime | None) -> Store:
    """The figures as the page showed them, also where they were published anew before the file was asked for."""
    return store if seen is None or store.manifest().seen_from == seen else store.at(seen)
