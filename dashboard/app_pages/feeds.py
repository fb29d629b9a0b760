"""Feeds: where orders and letters come in by themselves, set up by administrators."""

import streamlit as st

from dashboard import display, inbox_feed_form, inbox_feeds, inbox_reads
from dashboard.inbox_words import KINDS, feed_state
from dashboard.layout import empty_state, page_header
from dashboard.translation import _

with page_header(_("Feeds"), hint=_("Where orders and letters come in by themselves.")):
    if st.button(_("New feed"), key="new_feed", type="primary", icon=":material/add:"):
        inbox_feed_form.open_form(None)
feeds = inbox_reads.feeds()
inbox_feeds.warn_of_failures(feeds)
if not feeds:
    empty_state("input", _("No feed yet"), _("A marketplace with an interface, a mailbox, or a folder of letters."))
for feed in feeds:
    words, color = feed_state(feed)
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"set_up_{feed.code}"):
        facts = [_(KINDS[feed.kind]), feed.channel, feed.address, feed.secret]
        about = " · ".join(display.plain(fact) for fact in facts if fact)
        st.markdown(f"**{display.plain(feed.code)}**  \n:gray[{about}]", width="stretch")
        st.badge(words, color=color)
        if st.button(_("Edit"), key=f"edit_{feed.code}", icon=":material/edit:"):
            inbox_feed_form.open_form(feed)
