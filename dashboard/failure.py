"""What a person sees when something fails: one sentence, what to do, and a reference into the log."""

import secrets
from collections.abc import Callable
from functools import wraps
from html import escape
from typing import ParamSpec
from urllib.parse import quote, urlsplit

import streamlit as st
import structlog

from dashboard.identity import SignedOut
from dashboard.refusals import say
from dashboard.translation import _
from oms_core.errors import Busy, DatabaseAway, Forbidden, NotFound, OmsError

log = structlog.get_logger(__name__)
P = ParamSpec("P")


def show_failure(error: Exception) -> bool:
    """Show ``error`` kindly where the page stopped; what was not expected goes to the log whole.

    Returns True, which tells Streamlit to show nothing of its own.
    """
    if isinstance(error, SignedOut):
        _show_signed_out()
    elif isinstance(error, DatabaseAway):
        _panel("cloud_off", _("The database cannot be reached"), _("Nothing was lost. Start it, then try again."))
    elif isinstance(error, Busy):
        _panel("hourglass_top", _("The shop is very busy right now"), _("Nothing was changed. Try again in a moment."))
    elif isinstance(error, NotFound):
        _panel("search_off", _("Not found"), say(error))
    elif isinstance(error, Forbidden):
        _panel("lock", _("You may not open this page"), say(error))
    elif isinstance(error, OmsError):
        _panel("block", _("That was refused"), say(error))
    else:
        reference = secrets.token_hex(3)
        log.error("page_failed", reference=reference, exc_info=error)
        told = _("The page could not be shown. The details are in the server's log under {reference}.")
        _panel("error", _("Something went wrong"), told.format(reference=reference))
    return True


def on_its_own(show: Callable[P, None]) -> Callable[P, None]:
    """Let a part of a page run alone when something in it is clicked; what is refused there is said in its place."""

    @wraps(show)
    def shown(*args: P.args, **facts: P.kwargs) -> None:
        try:
            show(*args, **facts)
        except OmsError as refusal:
            show_failure(refusal)

    return st.fragment(shown)


def _show_signed_out() -> None:
    """Lead back to this very page by the sign-in; a plain link, as the cookie is read when a page is loaded."""
    here = urlsplit(st.context.url or "")
    wanted = quote(here.path + (f"?{here.query}" if here.query else ""), safe="/")
    with st.container(border=True, key="failure", horizontal_alignment="center"):
        title, told = _("You are signed out"), _("The session has ended. What you saved is kept.")
        st.markdown(f"## :material/logout: {title}", text_alignment="center", width="stretch")
        st.markdown(told, text_alignment="center", width="stretch")
        label, address = escape(_("Sign in again")), escape(f"/login?next={wanted or '/'}")
        st.html(f'<a class="button" href="{address}" target="_self">{label}</a>', width="content")


def _panel(icon: str, title: str, text: str) -> None:
    with st.container(border=True, key="failure", horizontal_alignment="center"):
        st.markdown(f"## :material/{icon}: {title}", text_alignment="center", width="stretch")
        st.markdown(text, text_alignment="center", width="stretch")
        st.button(_("Try again"), key="failure_retry", icon=":material/refresh:")
