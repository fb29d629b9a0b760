"""How feeds do, and the counting of each day: what was missing, and pulling it again."""

from collections.abc import Sequence

import streamlit as st

from dashboard import display, inbox_actions
from dashboard.inbox_words import KINDS, feed_state
from dashboard.layout import section
from dashboard.translation import _, ngettext
from oms_core.intake.feeds import FeedView
from oms_core.intake.reconciling import Reconciled

_SHOWN = 8


def warn_of_failures(feeds: Sequence[FeedView]) -> None:
    """Say first what does not come in at all."""
    for feed in feeds:
        if feed.is_active and feed.failed_since is not None:
            told = _("Nothing comes in by {feed} for {age}: {why} It is tried again at {time}.").format(
                feed=display.plain(feed.code), age=display.age(feed.failed_since), why=display.plain(feed.failure),
                time=display.clock(feed.due_at),
            )  # fmt: skip
            st.error(told, icon=":material/cloud_off:")


def show_feeds(feeds: Sequence[FeedView]) -> None:
    """Show each feed with how it does, and let it be asked now."""
    with section(_("Feeds"), key="inbox-feeds"):
        if not feeds:
            st.caption(_("No feed is set up. An administrator does that on the page of feeds."))
        for feed in feeds:
            words, color = feed_state(feed)
            with st.container(horizontal=True, vertical_alignment="center", key=f"feed_{feed.code}"):
                count = ngettext("{count} message", "{count} messages", feed.stored)
                said = [_(KINDS[feed.kind]), feed.channel, count.format(count=display.number(feed.stored))]
                if feed.polled_at:
                    said.append(_("looked at {age} ago").format(age=display.age(feed.polled_at)))
                about = display.plain(" · ".join(said))
                st.markdown(f"**{display.plain(feed.code)}**  \n:gray[{about}]", width="stretch")
                st.badge(words, color=color)
                st.button(
                    _("Look now"), key=f"look_{feed.code}", icon=":material/refresh:",
                    on_click=inbox_actions.look_now, args=(feed.code,),
                )  # fmt: skip


def show_days(days: Sequence[Reconciled]) -> None:
    """Show counted days: gaps first, with the way to close them."""
    if not days:
        return
    hint = _("Each business day the channel's own list of orders is held against what came in.")
    with section(_("Counted against the channel"), key="inbox-days", hint=hint):
        for counted in days:
            if counted.still_missing:
                _show_gap(counted)
        st.dataframe(
            [
                {
                    "day": display.day(one.day), "feed": one.feed, "theirs": one.theirs, "ours": one.ours,
                    "missing": ", ".join(one.missing[:_SHOWN]) or display.NOTHING, "recovered": one.recovered,
                    "left": len(one.still_missing), "checked": display.moment(one.checked_at),
                }
                for one in days
            ],
            hide_index=True, row_height=34, alt=_("Counted days"),
            column_config={
                "day": _("Day"), "feed": _("Feed"), "theirs": _("At the channel"), "ours": _("Here"),
                "missing": _("Was missing"), "recovered": _("Fetched"), "left": _("Still missing"),
                "checked": _("Counted"),
            },
        )  # fmt: skip


def _show_gap(counted: Reconciled) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        named = ", ".join(display.plain(name) for name in counted.still_missing[:_SHOWN])
        more = len(counted.still_missing) - _SHOWN
        told = _("{day}, {feed}: {count} missing").format(
            day=display.day(counted.day), feed=display.plain(counted.feed), count=len(counted.still_missing)
        )
        rest = f" (+{more})" if more > 0 else ""
        st.markdown(f":red[:material/error: **{told}**]  \n{named}{rest}", width="stretch")
        st.button(
            _("Pull these again"), key=f"repull_{counted.feed}_{counted.day}", icon=":material/download:",
            type="primary", on_click=inbox_actions.pull_missing, args=(counted,),
        )  # fmt: skip
