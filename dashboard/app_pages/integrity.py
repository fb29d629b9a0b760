"""Integrity: whether everything adds up, checked row by row."""

import polars as pl
import streamlit as st

from dashboard import display, reads
from dashboard.layout import as_of, page_header, section
from dashboard.shop import open_shop
from dashboard.translation import _, ngettext
from oms_core.integrity import Finding

with page_header(_("Integrity"), hint=_("Every rule that must hold, as a query that finds the rows which break it.")):
    st.button(
        _("Check again"), key="check_again", type="primary", icon=":material/refresh:", on_click=reads.forget_findings
    )


def show_verdict(findings: list[Finding]) -> None:
    broken = [finding for finding in findings if finding.rows]
    if broken:
        text = ngettext("{count} rule is broken", "{count} rules are broken", len(broken))
        st.error(text.format(count=len(broken)), icon=":material/error:")
    else:
        text = ngettext("The {count} rule holds", "All {count} rules hold", len(findings))
        st.success(text.format(count=len(findings)), icon=":material/verified:")


def show_findings(findings: list[Finding]) -> None:
    column = st.column_config
    holds, broken = _("Holds"), _("Broken")
    st.dataframe(
        pl.DataFrame(
            {
                "number": [finding.code.partition("_")[0] for finding in findings],
                "title": [_(finding.title) for finding in findings],
                "state": [[broken if finding.rows else holds] for finding in findings],
                "rows": [display.number(finding.rows) for finding in findings],
            }
        ),
        key="findings",
        hide_index=True,
        row_height=34,
        height="content",
        column_config={
            "number": column.TextColumn(_("No."), width=60),
            "title": column.TextColumn(_("Rule"), width=760),
            "state": column.MultiselectColumn(_("State"), options=[holds, broken], color=["green", "red"], width=100),
            "rows": column.TextColumn(_("Rows at fault"), alignment="right", width=110),
        },
        alt=_("The rules and how many rows break each"),
    )


def show_examples(findings: list[Finding]) -> None:
    for finding in findings:
        if finding.examples:
            with section(_(finding.title), key=f"examples_{finding.code}"):
                st.dataframe(pl.DataFrame([dict(row) for row in finding.examples]), hide_index=True, row_height=34)


with st.spinner(_("Checking every row…")):
    findings, checked_at = reads.findings()
show_verdict(findings)
as_of(checked_at)
show_findings(findings)
show_examples(findings)
with section(_("Figures"), key="freshness"):
    st.markdown(_("The insight pages read marts that are rebuilt from the journal."))
    as_of(open_shop().store.fresh_to())
