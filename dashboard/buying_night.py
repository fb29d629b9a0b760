"""What became of the plan's newest night, told above the plan."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import buying_reads, display
from dashboard.refusals import SENTENCES
from dashboard.translation import _

_LONGEST = timedelta(hours=3)  # a run that is not over by then died with its worker
_STALE = timedelta(hours=36)


def show_night(as_of: datetime | None) -> None:
    """Tell of a run that is under way or failed, and of a plan that is too old to buy by."""
    night, now = buying_reads.newest_night(), datetime.now(UTC)
    is_under_way = night is not None and night.finished_at is None and now - night.started_at < _LONGEST
    if night is not None and is_under_way:
        told = _("A new plan is being made: {share} done.").format(share=display.percent(night.share, digits=0))
        st.info(told, icon=":material/hourglass_top:")
    elif night is not None and (night.failure or night.finished_at is None):
        told = _("The plan of {moment} failed: {why}").format(
            moment=display.moment(night.started_at), why=_why(night.failure)
        )
        stands = _("What you see is the last good plan.") if as_of is not None else ""
        st.warning(f"{told} {stands}", icon=":material/error:")
    if as_of is not None and now - as_of > _STALE:
        st.caption(_("Stock and orders have moved since this plan was made: plan anew before you buy by it."))


def _why(failure: str | None) -> str:
    """In words, of the code of a refusal or of the kind of an error."""
    if failure is None:
        return _("The worker ended before it was done.")
    if failure in SENTENCES:
        return _(SENTENCES[failure])
    return _("Something unexpected happened ({kind}): the log of the worker tells it whole.").format(
        kind=display.plain(failure)
    )
