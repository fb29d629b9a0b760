"""What a person sees when something fails: one sentence, what to do, and a reference into the log."""

import secrets

import streamlit as st
import structlog

from dashboard.refusals import say
from dashboard.translation import _
from oms_core.errors import Busy, DatabaseAway, NotFound, OmsError

log = structlog.get_logger(__name__)


def show_failure(error: Exception) -> bool:
    """Show ``error`` kindly where the page stopped; what was not expected goes to the log whole.

    Returns True, which tells Streamlit to show nothing of its own.
    """
    if isinstance(error, DatabaseAway):
        _panel("cloud_off", _("The database cannot be reached"), _("Nothing was lost. Start it, then try again."))
    elif isinstance(error, Busy):
        _panel("hourglass_top", _("The shop is very busy right now"), _("Nothing was changed. Try again in a moment."))
    elif isinstance(error, NotFound):
        _panel("search_off", _("Not found"), say(error))
    elif isinstance(error, OmsError):
        _panel("block", _("That was refused"), say(error))
    else:
        reference = secrets.token_hex(3)
        log.error("page_failed", reference=reference, exc_info=error)
        told = _("The page could not be shown. The details are in the server's log under {reference}.")
        _panel("error", _("Something went wrong"), told.format(reference=reference))
    return True


def _panel(icon: str, title: str, text: str) -> None:
    with st.container(border=True, key="failure", horizontal_alignment="center"):
        st.markdown(f"### :material/{icon}: {title}", text_alignment="center", width="stretch")
        st.markdown(text, text_alignment="center", width="stretch")
        st.button(_("Try again"), key="failure_retry", icon=":material/refresh:")
