"""The form of a feed: where it is, how often it is looked at, and how its orders are read."""

import json
from typing import Any

import streamlit as st

from dashboard import inbox_actions, reads
from dashboard.inbox_words import KINDS
from dashboard.notices import show_notices
from dashboard.refusals import FIELDS
from dashboard.translation import _
from oms_core.intake.feed_settings import FeedSettings
from oms_core.intake.feeds import FeedView
from oms_core.intake.inbound_models import FeedKind


def open_form(feed: FeedView | None) -> None:
    """Set a feed up, or anew."""
    st.dialog(feed.code if feed else _("A new feed"), width="large", icon=":material/input:")(_ask)(feed)


def _ask(feed: FeedView | None) -> None:
    key = f"feed_{feed.code}_{feed.version}" if feed else "feed_new"
    facts: dict[str, Any] = {"code": feed.code} if feed else _ask_identity(key)
    kind = feed.kind if feed else FeedKind(facts["kind"])
    facts["address"] = st.text_input(
        _("Address"), feed.address if feed else "", key=f"{key}_address", autocomplete="off",
        placeholder=_placeholder(kind),
    ) or ""  # fmt: skip
    if kind is not FeedKind.MAILDIR:
        facts["secret"] = st.text_input(
            _("Where the secret lies"), feed.secret if feed else "", key=f"{key}_secret", autocomplete="off",
            placeholder="env:OMS_FEED_NAME, file:NAME", help=_("Its name alone: the secret itself is not kept here."),
        ) or ""  # fmt: skip
    left, right = st.columns(2)
    facts["every_minutes"] = int(left.number_input(
        _("Every … minutes"), 1, 1440, feed.every_minutes if feed else 5, key=f"{key}_every"
    ))  # fmt: skip
    facts["overlap_minutes"] = int(right.number_input(
        _("Minutes looked at twice"), 0, 1440, feed.overlap_minutes if feed else 15, key=f"{key}_overlap"
    ))  # fmt: skip
    settings = "{}" if kind is not FeedKind.HTTP else _ask_settings(feed, key)
    if feed:
        facts["secret"] = facts.get("secret", feed.secret)
        facts["is_active"] = st.toggle(_("In use"), feed.is_active, key=f"{key}_active")
    if st.button(_("Save"), key=f"{key}_save", type="primary", width="stretch"):
        faults = inbox_actions.keep_feed(facts, settings, feed.version if feed else None)
        if faults is None:
            st.rerun()
        for name, told in faults.items():
            st.error(f"{_(FIELDS[name]) if name in FIELDS else name}: {told}")
        show_notices()


def _ask_identity(key: str) -> dict[str, Any]:
    left, middle, right = st.columns(3)
    code = left.text_input(_("Code"), key=f"{key}_code", max_chars=40, autocomplete="off") or ""
    channels = {channel.code: channel.name for channel in reads.channels()}
    channel = middle.selectbox(_("Channel"), list(channels), format_func=channels.__getitem__, key=f"{key}_channel")
    kinds = {kind.value: _(name) for kind, name in KINDS.items()}
    kind = right.selectbox(_("Kind"), list(kinds), format_func=kinds.__getitem__, key=f"{key}_kind")
    return {"code": code, "channel": channel, "kind": kind}


def _ask_settings(feed: FeedView | None, key: str) -> str:
    known = feed.settings if feed else FeedSettings().as_dict()
    return st.text_area(
        _("Settings"), json.dumps(known, ensure_ascii=False, indent=1), key=f"{key}_settings", height=260,
        help=_("How orders are asked for and where our fields are in the answer, as JSON; the manual explains it."),
    ) or ""  # fmt: skip


def _placeholder(kind: FeedKind) -> str:
    return {
        FeedKind.HTTP: "https://market.example/api", FeedKind.IMAP: "imaps://orders@mail.example/INBOX",
        FeedKind.MAILDIR: "file:///var/mail/orders",
    }[kind]  # fmt: skip
