"""What the queue is asked for: the saved view, the search, the filters and the order, all of it in the address."""

from collections.abc import Mapping

import streamlit as st

from dashboard import display, identity, order_views, queue_reads, reads
from dashboard.filters import in_address, search_field
from dashboard.queue_words import SORTS
from dashboard.reads import Question
from dashboard.translation import _
from dashboard.words import VIEWS, group_name, person_name
from dashboard.workflow_words import status_names
from oms_core.orders.views import SavedView, default_view

LIST_KEYS = ("view", "q", "group", "status", "channel", "manager", "warehouse", "sort", "show")
FILTERS = ("group", "status", "channel", "manager", "warehouse")
MODES = ("list", "board")


def ask_question(counts: Mapping[SavedView, int]) -> Question:
    """Show all choices and return what is asked by them."""
    kept_row = st.container()
    view = _choose_view(counts)
    kept = queue_reads.kept_views()
    with st.container(horizontal=True, vertical_alignment="center", key="order-filters"):
        q = search_field(_("Search orders"), "q", _("Number, name, phone, e-mail, SKU or comment"))
        chosen = _choose_filters()
        sort = _choose_sort()
        question = Question(view=view, q=q, sort=sort, **chosen)
        order_views.show_keeping(kept, question)
    with kept_row:
        order_views.show_kept_views(kept, question)
    return question


def choose_mode() -> str:
    """Whether orders are listed or stand on a board by status."""
    names = {"list": ":material/table_rows:", "board": ":material/view_kanban:"}
    spoken = {"list": _("List"), "board": _("Board")}
    chosen: str | None = st.segmented_control(
        _("List or board"),
        MODES,
        required=True,
        format_func={mode: f"{names[mode]} {spoken[mode]}" for mode in MODES}.__getitem__,
        label_visibility="collapsed",
        **in_address("show", MODES, "list"),
    )
    return chosen or "list"


def _choose_view(counts: Mapping[SavedView, int]) -> SavedView:
    """The saved views with how much each holds; what the person's role begins with is open."""
    codes = list(SavedView)
    default = default_view(identity.acting().roles, counts)
    names = {code: f"{_(VIEWS[code])} **{display.number(counts[code])}**" for code in codes}
    chosen: SavedView | None = st.pills(
        _("Saved views"),
        codes,
        required=True,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        wrap=not display.on_phone(),
        **in_address("view", codes, default),
    )
    return chosen or default


def _choose_filters() -> dict[str, str]:
    """The filters behind one button, which tells how many of them narrow the list."""
    count = sum(bool(st.session_state.get(key, st.query_params.get(key, ""))) for key in FILTERS)
    with st.popover(_("Filters · {count}").format(count=count) if count else _("Filters"), icon=":material/tune:"):
        return {
            "group": _choice("group", _("Stage"), {code: group_name(code) for code in display.GROUP_COLORS}),
            "status": _choice("status", _("Status"), status_names()),
            "channel": _choice("channel", _("Channel"), {item.code: _(item.name) for item in reads.channels()}),
            "manager": _choice("manager", _("Owner"), {one.login: person_name(one.name) for one in reads.managers()}),
            "warehouse": _choice("warehouse", _("Warehouse"), {one.code: _(one.name) for one in reads.warehouses()}),
        }


def _choose_sort() -> str:
    """The order of the list; the best match is the newest where nothing is searched for.

    The browser names a choice by its label, so neither the choices nor their labels may change with the search.
    """
    sorts = {code: _(name) for code, name in SORTS.items()}
    chosen: str | None = st.selectbox(
        _("Sort"),
        list(sorts),
        format_func=sorts.__getitem__,
        label_visibility="collapsed",
        width=190,
        **in_address("sort", list(sorts), order_views.DEFAULT_SORT),
    )
    return chosen or order_views.DEFAULT_SORT


def _choice(key: str, label: str, names: dict[str, str]) -> str:
    offered = {"": _("Any"), **names}
    chosen: str = st.selectbox(
        label, list(offered), format_func=offered.__getitem__, **in_address(key, list(offered), "")
    )
    return chosen
