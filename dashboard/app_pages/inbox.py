"""Inbox: everything that came in by itself and what became of it; what waits, why, and its cure in two actions."""

import streamlit as st

from dashboard import display, filters, inbox_feeds, inbox_list, inbox_reads, reads
from dashboard.inbox_words import STANDINGS
from dashboard.layout import empty_state, page_header
from dashboard.translation import _
from oms_core.intake.inbound_views import Standing


def choose() -> tuple[Standing, str | None]:
    """Ask which messages to list; the answers are in the address."""
    counted = inbox_reads.counts()
    names = {standing.value: f"{_(name)} {display.number(counted[standing])}" for standing, name in STANDINGS.items()}
    channels = {channel.code: channel.name for channel in reads.channels()}
    with st.container(horizontal=True, vertical_alignment="center", key="inbox-filters"):
        standing = st.pills(
            _("State"), list(names), format_func=names.__getitem__, label_visibility="collapsed", required=True,
            **filters.in_address("state", list(names), Standing.WAITING.value),
        )  # fmt: skip
        channel = st.selectbox(
            _("Channel"), list(channels), format_func=channels.__getitem__, placeholder=_("All channels"), width=180,
            label_visibility="collapsed", **filters.in_address("channel", list(channels), None),
        )  # fmt: skip
    return Standing(standing or Standing.WAITING), channel


def show_nothing(standing: Standing) -> None:
    """Say that there is none."""
    if standing is Standing.WAITING:
        empty_state("inbox", _("Nothing waits"), _("Whatever came in is an order, somebody's task, or rejected."))
    else:
        empty_state("inbox", _("Nothing of this kind"), _("Counted are the last seven days."))


page_header(_("Inbox"), hint=_("Orders and letters that came in by feeds; each ends as an order, a task or rejected."))
feeds = inbox_reads.feeds()
inbox_feeds.warn_of_failures(feeds)
standing, channel = choose()
rows = inbox_reads.messages(standing, channel)
if not rows:
    show_nothing(standing)
elif display.on_phone():
    inbox_list.show_cards(rows[:50])
else:
    bar = st.container(horizontal=True, vertical_alignment="center", key="inbox-bar")
    selected = inbox_list.show_grid(rows, standing)
    with bar:
        inbox_list.show_bulk(selected)
    inbox_list.open_clicked(rows)
if len(rows) == inbox_reads.MOST:
    st.caption(_("The first {count} are shown.").format(count=display.number(inbox_reads.MOST)))
inbox_feeds.show_days(inbox_reads.reconciliations())
inbox_feeds.show_feeds(feeds)
