"""Never lost: every order that waits for nobody knows what, by kind, stage and owner, one click from its cure."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard import display, filters, lost_actions, lost_list, reads
from dashboard.export_lists import lost_listing
from dashboard.exporting import offer_export
from dashboard.layout import empty_state, page_header
from dashboard.lost_words import DANGERS, stage_words
from dashboard.navigation import go
from dashboard.translation import _
from dashboard.words import GROUPS, person_name
from oms_core.orders.lost import LostCount, count_lost, list_lost

NOBODY, MOST = "-", 200


def choose(counts: Sequence[LostCount]) -> dict[str, str | None]:
    """Ask which of them to list; the answers are in the address."""
    sums = {kind: sum(count.orders for count in counts if count.kind == kind) for kind in DANGERS}
    kinds = [kind.value for kind in DANGERS if sums[kind]]
    names = {kind.value: f"{_(name)} {display.number(sums[kind])}" for kind, name in DANGERS.items()}
    stages = [stage for stage in GROUPS if any(count.stage == stage for count in counts)]
    people = {count.owner or NOBODY: person_name(count.owner_name or "") or _("nobody") for count in counts}
    with st.container(horizontal=True, vertical_alignment="center", key="lost-filters"):
        kind = st.pills(
            _("Danger"), kinds, format_func=names.__getitem__, label_visibility="collapsed",
            **filters.in_address("kind", kinds, None),
        )  # fmt: skip
        stage_names = {stage: stage_words(stage) for stage in stages}
        stage = st.selectbox(
            _("Stage"), stages, format_func=stage_names.__getitem__, placeholder=_("All stages"), width=180,
            label_visibility="collapsed", **filters.in_address("stage", stages, None),
        )  # fmt: skip
        owner = st.selectbox(
            _("Owner"), list(people), format_func=people.__getitem__, placeholder=_("All owners"), width=200,
            label_visibility="collapsed", **filters.in_address("owner", list(people), None),
        )  # fmt: skip
    return {"kind": kind, "stage": stage, "owner": "" if owner == NOBODY else owner}


actions = page_header(
    _("Never lost"), hint=_("Orders that nobody moves, pays, reserves or answers for, each with its cure.")
)
now = datetime.now(UTC)
lost_counts = reads.ask(count_lost, now=now)
clicked = st.session_state.get(lost_list.OPENED_KEY)
if st.session_state.pop(lost_actions.INBOX_KEY, False):
    go("app_pages/inbox.py")
if clicked and clicked["label"]:
    go("app_pages/order.py", number=clicked["label"])
if not lost_counts:
    empty_state("verified", _("Nothing is lost"), _("Every open order moves, and somebody here answers for it."))
    st.stop()
lost_list.show_tiles(lost_counts)
asked = choose(lost_counts)
rows = reads.ask(list_lost, now=now, limit=MOST, **asked)
if not rows:
    empty_state("task_alt", _("Nothing of this kind"), _("Choose another kind, stage or owner."))
elif display.on_phone():
    lost_list.show_cards(rows[:50])
else:
    bar = st.container(horizontal=True, vertical_alignment="center", key="lost-bar")
    selected = lost_list.show_grid(rows)
    with bar:
        lost_list.show_bulk(selected)
if rows and not display.on_phone():
    with actions:
        offer_export(lost_listing(asked))
if len(rows) == MOST:
    st.caption(_("The first {count} are shown.").format(count=display.number(MOST)))
lost_list.show_matrix(lost_counts)
