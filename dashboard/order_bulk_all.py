"""Acting on everything that matches what is asked, page or no page: as a question, with a result for each order."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl
import streamlit as st

from dashboard import display, order_dialogs, queue_reads, reads
from dashboard.actions import Outcome, act_on_each
from dashboard.identity import may
from dashboard.reads import Question
from dashboard.translation import _
from dashboard.words import person_name, said
from oms_core.access.permissions import Permission
from oms_core.bulk import BulkResult, assign_orders, cancel_orders, move_orders
from oms_core.orders.queries import COUNTED, MAX_CHOSEN
from oms_core.orders.views import OrderRow

_RESULTS = "_all_matching_results"
GIVE, CANCEL = "give", "cancel"


@dataclass(frozen=True)
class _Act:
    """What is done to each order that the question is about."""

    question: Question
    run: Callable[[Sequence[str], Callable[[int], object]], list[Outcome]]


def offer_all_matching(question: Question, rows: Sequence[OrderRow]) -> None:
    """Offer to act on all that matches, listed here or on pages to come."""
    if len(rows) < 2 or not (may(Permission.ORDER_MOVE) or may(Permission.ORDER_ASSIGN)):
        return
    if st.button(_("All that match…"), key="all_matching", icon=":material/select_all:", type="tertiary"):
        st.session_state.pop(_RESULTS, None)
        st.dialog(_("Everything that matches"), width="medium")(_show)(question, tuple(rows))


def _show(question: Question, rows: Sequence[OrderRow]) -> None:
    if _RESULTS in st.session_state:
        _show_results(st.session_state[_RESULTS])
        return
    count = queue_reads.count_of(question)
    told = _("more than {count}").format(count=display.number(COUNTED)) if count >= COUNTED else display.number(count)
    st.markdown(_("Orders that match what is asked: **{count}**").format(count=told))
    act = _choose_act(question, rows)
    most = display.number(MAX_CHOSEN)
    st.caption(_("Each order is changed for itself; at most {count} at once, the newest first.").format(count=most))
    if st.button(_("Do it"), key="all_do", type="primary", width="stretch", disabled=act is None) and act is not None:
        numbers = queue_reads.numbers_of(act.question)
        bar = st.progress(0.0)
        st.session_state[_RESULTS] = act.run(numbers, lambda done: bar.progress(done / len(numbers)))
        st.rerun(scope="fragment")


def _choose_act(question: Question, rows: Sequence[OrderRow]) -> _Act | None:
    """The steps that orders listed now could take, an owner, a cancellation."""
    steps = reads.next_steps()
    piles = [pile for pile, _count in Counter((row.status, row.type) for row in rows).most_common() if pile in steps]
    step_of = {f"step_{status}": steps[status, kind] for status, kind in reversed(piles)}
    names = {code: said(step.label, step.translations, "label") for code, step in step_of.items()}
    names |= {GIVE: _("Give to")} if may(Permission.ORDER_ASSIGN) else {}
    names |= {CANCEL: _("Cancel")} if may(Permission.ORDER_CANCEL) else {}
    chosen = st.radio(_("What to do"), list(names), format_func=names.__getitem__, key="all_act", horizontal=True)
    if chosen in step_of:
        status, to = chosen.removeprefix("step_"), step_of[chosen].to
        narrowed = replace(question, status=status)
        return _Act(narrowed, lambda numbers, told: act_on_each(move_orders, numbers, told, to=to))
    if chosen == GIVE:
        people = {person.login: person_name(person.name) for person in reads.managers()}
        login = st.selectbox(_("Owner"), list(people), format_func=people.__getitem__, key="all_owner", index=None)
        bulk: Callable[..., list[BulkResult]] = assign_orders
        facts = {"manager": login}
    else:
        bulk, facts = cancel_orders, {"reason": order_dialogs.ask_reason()}
    if not all(facts.values()):
        return None
    return _Act(question, lambda numbers, told: act_on_each(bulk, numbers, told, **facts))


def _show_results(outcomes: Sequence[Outcome]) -> None:
    refused = [one for one in outcomes if one.why]
    st.markdown(
        _("Done: **{done}** · refused: **{refused}**").format(
            done=display.number(len(outcomes) - len(refused)), refused=display.number(len(refused))
        )
    )
    column = st.column_config
    st.dataframe(
        pl.DataFrame(
            {
                "number": [one.number for one in [*refused, *(one for one in outcomes if not one.why)]],
                "outcome": [one.why or _("Done") for one in [*refused, *(one for one in outcomes if not one.why)]],
            }
        ),
        hide_index=True,
        column_config={"number": column.TextColumn(_("Order")), "outcome": column.TextColumn(_("What became of it"))},
        alt=_("Each order and what became of it"),
    )
    if st.button(_("Close"), key="all_close", width="stretch"):
        st.rerun()
