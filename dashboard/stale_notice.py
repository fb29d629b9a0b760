"""What a form says where others saved meanwhile: who, what is there beside what is here, and both ways on."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import display
from dashboard.document_words import FIELDS, value_words
from dashboard.opened_forms import Opened, close_form, go_on
from dashboard.translation import _
from dashboard.version_words import author
from oms_core.workflow.versions import VersionView


def show_stale(form: Opened, current: int, versions: Sequence[VersionView], draft: Mapping[str, Any]) -> None:
    """Where others saved meanwhile, tell who, what is there beside what is here, and offer both ways on.

    ``versions`` are those of the piece, the newest first; ``draft`` is the document as the form would save it.
    """
    if form.based_on == current:
        return
    since = [version for version in versions if form.based_on < version.version <= current]
    with st.container(border=True, key=f"stale_{form.name}"):
        st.warning(_who_saved(form, current, since), icon=":material/sync_problem:")
        before = next((one.document for one in versions if one.version == form.based_on), {})
        for name, theirs in (since[0].document if since else {}).items():
            yours = draft.get(name)
            if name in FIELDS and theirs != yours and (name not in before or theirs != before[name]):
                told = _("**{field}**: saved is “{theirs}”, here stands “{yours}”")
                said = {"theirs": value_words(name, theirs), "yours": value_words(name, yours)}
                st.markdown(told.format(field=_(FIELDS[name]), **said))
        row = st.container(horizontal=True)
        row.button(
            _("Go on from version {version}").format(version=current), key=f"go_on_{form.name}",
            help=_("What stands here stays; saved, it replaces what the others saved."),
            on_click=go_on, args=(form, current),
        )  # fmt: skip
        row.button(
            _("Discard"), key=f"discard_{form.name}", icon=":material/undo:", help=_("Shows what is saved now."),
            on_click=close_form, args=(form.name,),
        )  # fmt: skip


def _who_saved(form: Opened, current: int, since: Sequence[VersionView]) -> str:
    who = ", ".join(dict.fromkeys(author(version.actor) for version in reversed(since)))
    told = _("{who} saved version {current} meanwhile, {when}. What you typed is still here, on version {given}.")
    when = display.moment(since[0].recorded_at if since else None)
    return told.format(who=who, current=current, when=when, given=form.based_on)
