"""Views of the queue that people keep: pills that open them, and a popover that keeps, shares and removes them."""

from collections.abc import Mapping

import streamlit as st

from dashboard import display, queue_reads
from dashboard.actions import attempt
from dashboard.reads import Question
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.orders.queries import COUNTED
from oms_core.orders.queue_views import KeptView, keep_view, remove_view, rename_view, share_view

KEPT_KEY = "kept_view"
ADDRESS = ("view", "group", "status", "channel", "manager", "warehouse", "sort")
DEFAULT_SORT = "match"


def asked(question: Question) -> dict[str, str]:
    """The question as a view keeps it: by the names of the address, without what is left open."""
    words = {name: str(getattr(question, name)) for name in (*ADDRESS, "q")}
    return {name: word for name, word in words.items() if word and (name, word) != ("sort", DEFAULT_SORT)}


def show_kept_views(views: list[KeptView], question: Question) -> None:
    """Offer one's own and the shared views with how much each holds; the one that is being asked is marked."""
    if not views:
        return
    counts, names = queue_reads.kept_counts(), {}
    for view in views:
        icon = ":material/group:" if view.is_shared else ":material/bookmark:"
        names[view.id] = f"{icon} {display.plain(view.name)} **{_count(counts.get(view.id, 0))}**"
    st.session_state[KEPT_KEY] = next((view.id for view in views if view.query == asked(question)), None)
    st.pills(
        _("Kept views"),
        list(names),
        format_func=names.__getitem__,
        label_visibility="collapsed",
        wrap=not display.on_phone(),
        key=KEPT_KEY,
        on_change=_open,
        args=({view.id: dict(view.query) for view in views},),
    )


def show_keeping(views: list[KeptView], question: Question) -> None:
    """Offer to keep what is being asked, or to rename, share and remove the view that it is."""
    present = next((view for view in views if view.query == asked(question) and view.is_own), None)
    with st.popover("", icon=":material/bookmark_add:", help=_("Keep this view"), key="keep-view"):
        if present is None:
            _show_new(question)
        else:
            _show_present(present)
        others = [view for view in views if not view.is_own and view.query == asked(question)]
        for view in others:
            st.caption(_("Shared by {who}").format(who=display.plain(person_name(view.owner_name))))


def _show_new(question: Question) -> None:
    st.text_input(_("Name of the view"), key="view_name", max_chars=60, autocomplete="off")
    st.checkbox(_("Show it to everybody"), key="view_shared")
    st.button(_("Keep this view"), key="view_keep", width="stretch", on_click=_keep, args=(asked(question),))


def _show_present(view: KeptView) -> None:
    name_key = f"view_name_{view.id}"
    st.text_input(_("Name of the view"), value=view.name, key=name_key, max_chars=60, autocomplete="off")
    st.button(_("Rename"), key="view_rename", width="stretch", on_click=_rename, args=(view.id, name_key))
    label = _("Show it to nobody else") if view.is_shared else _("Show it to everybody")
    st.button(label, key="view_share", width="stretch", on_click=_share, args=(view.id, not view.is_shared))
    st.button(_("Remove"), key="view_remove", width="stretch", on_click=_remove, args=(view.id,))


def _keep(query: Mapping[str, str]) -> None:
    name, is_shared = st.session_state["view_name"] or "", st.session_state["view_shared"]
    attempt(keep_view, _("The view is kept"), name=name, query=query, is_shared=is_shared)


def _rename(view_id: int, name_key: str) -> None:
    attempt(rename_view, _("The view is renamed"), view_id=view_id, name=st.session_state[name_key] or "")


def _share(view_id: int, is_shared: bool) -> None:
    told = _("Everybody sees the view now") if is_shared else _("Nobody else sees the view any more")
    attempt(share_view, told, view_id=view_id, is_shared=is_shared)


def _remove(view_id: int) -> None:
    attempt(remove_view, _("The view is removed"), view_id=view_id)


def _open(queries: Mapping[int, Mapping[str, str]]) -> None:
    """Ask what the chosen view asks: in the address, from which every filter reads it."""
    query = queries.get(st.session_state[KEPT_KEY], {})
    st.session_state["q"] = query.get("q", "")
    for name in ADDRESS:
        if name in query:
            st.query_params[name] = query[name]
        else:
            st.query_params.pop(name, None)


def _count(count: int) -> str:
    return f"{display.number(COUNTED)}+" if count >= COUNTED else display.number(count)
