"""How well one product was told before: its own scores beside seasonal naive's, and why where that was no worse."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import accuracy_reads
from dashboard.buying_words import REASON_NAMES, method_name
from dashboard.forecast_reads import own_scores
from dashboard.layout import section
from dashboard.translation import _

_SHOWN = ("wape", "bias", "coverage_80", "scaled_pinball_loss")


def show_told_before(version: str, series: dict[str, Any]) -> None:
    """Show the scores of a series and say what serves it."""
    hint = _("Rolling origin: forecasts made in the past, from nothing later. Weeks with an empty shelf do not count.")
    with section(_("How well it was told before"), hint=hint):
        st.markdown(verdict(series, accuracy_reads.lost(version)))
        scores = own_scores(version, series["unique_id"])
        if scores.height:
            _show_table(scores)
        st.page_link("app_pages/accuracy.py", label=_("Accuracy of all products"), icon=":material/target:")


def verdict(series: dict[str, Any], lost: pl.DataFrame) -> str:
    """Say which method serves and whether repeating last year told it better, in sentences."""
    served = _("It is told by: {method}.").format(method=method_name(series["method"]))
    reasons = lost.filter(unique_id=series["unique_id"])["reason"].to_list()
    if series["scaled_pinball_loss"] is None or series["naive_scaled_pinball_loss"] is None:
        how = _("Too little is known yet to score it.")
    elif reasons:
        reason = _(REASON_NAMES[reasons[0]])
        how = _("By pinball loss, repeating last year told it no worse; likeliest reason: {reason}.").format(
            reason=reason
        )
    else:
        how = _("By pinball loss, that told it better than repeating last year.")
    return f"{served} {how}"


def _show_table(scores: pl.DataFrame) -> None:
    number = st.column_config.NumberColumn
    st.dataframe(
        [{"model": method_name(row["model"]), **{name: row[name] for name in _SHOWN}} for row in scores.to_dicts()],
        column_config={
            "model": st.column_config.TextColumn(_("Model"), pinned=True),
            "wape": number(_("WAPE"), format="percent", help=_("Sum of absolute errors ÷ demand.")),
            "bias": number(_("Bias"), format="percent", help=_("Above 0: told too high.")),
            "coverage_80": number(_("Within the band"), format="percent", help=_("80 % is meant.")),
            "scaled_pinball_loss": number(
                _("Pinball loss"), format="%.3f", help=_("Of all quantiles; less is better.")
            ),
        },
        hide_index=True, alt=_("Backtest scores of this product by model"),
    )  # fmt: skip
