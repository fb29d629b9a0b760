"""Looking back: a page of figures shows what was known at an instant of the past (``?as_of=2026-11-01T17:00Z``)."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import display
from dashboard.layout import empty_state
from dashboard.shop import open_shop
from dashboard.translation import _
from oms_core.errors import NotFound
from pipelines.store import Store

_KEY = "as_of"


def seen_store() -> Store:
    """The figures that the page shows: those of now, or as readers saw them at the instant looked back to.

    Raises ``NotFound`` (``past_not_kept``) where nothing is kept from so early.
    """
    store, instant = open_shop().store, looked_back_to()
    return store if instant is None else store.at(instant)


def looked_back_to() -> datetime | None:
    """The instant of the address; None for now, for what is no instant, and for one to come."""
    try:
        told = datetime.fromisoformat(st.query_params.get(_KEY, ""))
    except ValueError:
        return None
    instant = told if told.tzinfo else told.replace(tzinfo=UTC)
    return instant if instant < datetime.now(UTC) else None


def in_address() -> dict[str, str]:
    """What a link to another page of figures carries on."""
    instant = looked_back_to()
    return {} if instant is None else {_KEY: _written(instant)}


def facts_of_file() -> list[tuple[str, str]]:
    """What a file of the page's rows says of the instant looked back to."""
    instant = looked_back_to()
    return [] if instant is None else [(_("As of"), display.moment(instant))]


def stay_now() -> None:
    """Leave the past: the page tells of now alone."""
    st.query_params.pop(_KEY, None)


def require_kept() -> None:
    """Stop with the way back where nothing is kept from so early."""
    try:
        seen_store()
    except NotFound:
        since = open_shop().store.kept_since()
        told = _("The figures of the past are kept since {moment}.").format(moment=display.moment(since))
        with empty_state("history_off", _("Nothing is kept from so early"), told):
            st.button(_("Back to now"), key="back_to_now", icon=":material/update:", on_click=stay_now)
        st.stop()


def offer_past() -> None:
    """Say how fresh the figures are; behind it is the choice of an earlier instant."""
    label = _("As of {moment}").format(moment=display.moment(looked_back_to() or seen_store().fresh_to()))
    with st.popover(label, icon=":material/schedule:", type="tertiary", key="as-of"):
        st.caption(_("Show what was known at an instant of the past: what was corrected or came later is left out."))
        zone, since = display.viewer_zone(), open_shop().store.kept_since()
        earliest = _on_the_clock(since or datetime.now(UTC))
        key = f"as_of_{in_address().get(_KEY, 'now')}"
        st.session_state.setdefault(key, max(earliest, _on_the_clock(looked_back_to() or datetime.now(UTC))))
        told = st.datetime_input(
            _("As of"), min_value=earliest, key=key, help=_("Kept since {moment}.").format(moment=display.moment(since))
        )
        if told is not None:
            instant = told.replace(tzinfo=zone).astimezone(UTC)
            st.button(_("Look back"), key="look_back", type="primary", on_click=_go_to, args=(instant,))


def show_past() -> None:
    """Say that the page tells of the past, and lead back."""
    if (instant := looked_back_to()) is None:
        return
    row = st.container(border=True, horizontal=True, vertical_alignment="center", key="past")
    told = _("What was known on {moment}: what was corrected or came later is left out.")
    row.markdown(f":material/history: {told.format(moment=display.moment(instant))}", width="stretch")
    row.button(_("Back to now"), key="back_to_now", icon=":material/update:", on_click=stay_now)


def _on_the_clock(instant: datetime) -> datetime:
    return instant.astimezone(display.viewer_zone()).replace(tzinfo=None, second=0, microsecond=0)


def _go_to(instant: datetime) -> None:
    st.query_params[_KEY] = _written(instant)


def _written(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
