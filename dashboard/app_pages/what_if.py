"""What if: past orders replayed with other hands, hours, warehouses or limits, beside how it was."""

from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display, insight, what_if_answer, what_if_reads
from dashboard.exporting import Listing, offer_export
from dashboard.insight import Scope
from dashboard.layout import empty_state
from dashboard.translation import _
from dashboard.what_if_form import ask_question
from dashboard.what_if_words import both_words, figure_words, question_words
from pipelines.replay import Outcome
from pipelines.replay.question import read_question

HEADINGS = ("number", "placed_at", "delivered_at", "delivered_after", "hours_change", "first_promised_day",
            "promised_after", "kept_before", "kept_after", "warehouse", "warehouse_after", "limit")  # fmt: skip


def offer_file(scope: Scope, outcome: Outcome, told: list[str]) -> None:
    """Hand over every order with what changes for it; the question and the figures stand above them."""
    words = (
        _("Order"), _("Placed"), _("Arrived"), _("Would have arrived"), _("Change in hours"), _("First promise"),
        _("Promise then"), _("Kept"), _("Kept then"), _("Warehouse"), _("Warehouse then"), _("Limit"),
    )  # fmt: skip
    figures = [
        (figure_words(row["stage"], row["figure"]), both_words(row["figure"], row["before"], row["after"]))
        for row in outcome.figures.iter_rows(named=True)
    ]
    period = f"{scope.date_from} – {scope.date_to}"
    facts = [(_("Channel"), scope.channel), (_("Period"), period), (_("What would be different"), "; ".join(told))]
    read = partial(all_orders, outcome.orders.select(HEADINGS))
    offer_export(Listing("what_if", _("What if"), dict(zip(HEADINGS, words, strict=True)), read, [*facts, *figures]))


def all_orders(frame: pl.DataFrame, _ask: Any) -> tuple[pl.DataFrame, bool]:  # noqa: ANN401 - as a listing reads
    """All rows are at hand: what they are made of was read by somebody who may."""
    return frame, True


scope = insight.open_page(
    _("What if"), hint=_("Past orders lived through again, with something different; what was is left untouched.")
)  # fmt: skip
places = what_if_reads.warehouses(scope)
question = ask_question(places, what_if_reads.queues(scope))
if question is None:
    empty_state("replay", _("Ask what would have been"), _("Change something above, then run it over past orders."))
    st.stop()
with st.spinner(_("Living through {count} days again…").format(count=display.number(scope.days))):
    answer = what_if_reads.outcome(scope, question)
differences = question_words(read_question(question), places)
with st.container(horizontal=True, vertical_alignment="center"):
    st.markdown(" · ".join(display.plain(one) for one in differences), width="stretch")
    offer_file(scope, answer, differences)
what_if_answer.show_headlines(answer)
left, right = st.columns([2, 1])
with left:
    what_if_answer.show_figures(answer)
with right:
    what_if_answer.show_stages(answer)
what_if_answer.show_limits(answer)
what_if_answer.show_orders(answer)
what_if_answer.show_terms(answer)
