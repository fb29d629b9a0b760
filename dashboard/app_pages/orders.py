"""Orders: the queue, opening on work to do."""

from collections.abc import Mapping

import streamlit as st

from dashboard import display, identity, order_list, reads
from dashboard.filters import in_address, search_field
from dashboard.layout import empty_state, page_header
from dashboard.navigation import go
from dashboard.order_bulk import show_bulk_bar
from dashboard.reads import Question
from dashboard.translation import _
from dashboard.words import SORTS, VIEWS, group_name, person_name
from dashboard.workflow_words import status_names
from oms_core.access.permissions import Permission
from oms_core.orders.views import SavedView

LIST_QUERY, LIST_KEYS = "orders_query", ("view", "q", "group", "status", "channel", "manager", "warehouse", "sort")
CARD, NEW = "app_pages/order.py", "app_pages/new_order.py"


def choose_view(counts: Mapping[SavedView, int]) -> SavedView:
    """The saved views with how much each holds; the first with work in it is open."""
    codes = list(SavedView)
    default = next((code for code in codes if counts[code] and code is not SavedView.MINE), SavedView.ALL)
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


def choose_filters() -> dict[str, str]:
    """Search and the filters behind one button, which tells how many of them narrow the list."""
    with st.container(horizontal=True, vertical_alignment="center", key="order-filters"):
        q = search_field(_("Search orders"), "q", _("Number, name, phone, e-mail or SKU"))
        chosen = {key: st.session_state.get(key, "") for key in ("group", "status", "channel", "manager", "warehouse")}
        count = sum(bool(value) for value in chosen.values())
        with st.popover(_("Filters · {count}").format(count=count) if count else _("Filters"), icon=":material/tune:"):
            chosen = {
                "group": choice("group", _("Stage"), {code: group_name(code) for code in display.GROUP_COLORS}),
                "status": choice("status", _("Status"), status_names()),
                "channel": choice("channel", _("Channel"), {item.code: _(item.name) for item in reads.channels()}),
                "manager": choice(
                    "manager", _("Owner"), {item.login: person_name(item.name) for item in reads.managers()}
                ),
                "warehouse": choice(
                    "warehouse", _("Warehouse"), {item.code: _(item.name) for item in reads.warehouses()}
                ),
            }
        sorts = {code: _(name) for code, name in SORTS.items()}
        sort = st.selectbox(
            _("Sort"),
            list(sorts),
            format_func=sorts.__getitem__,
            label_visibility="collapsed",
            width=190,
            **in_address("sort", list(sorts), "newest"),
        )
    return {"q": q, "sort": sort, **chosen}


def choice(key: str, label: str, names: dict[str, str]) -> str:
    offered = {"": _("Any"), **names}
    chosen: str = st.selectbox(
        label, list(offered), format_func=offered.__getitem__, **in_address(key, list(offered), "")
    )
    return chosen


def range_words(question: Question, first: int, shown: int, counts: Mapping[SavedView, int]) -> str:
    span = f"**{display.number(first)}–{display.number(first + shown - 1)}**"
    if question.is_narrowed:
        return span
    return _("{span} of {total}").format(span=span, total=display.number(counts[SavedView(question.view)]))


if "number" in st.query_params and LIST_QUERY in st.session_state:
    # Back from a card lands on the list under the card's address: put the list's own one back.
    go("app_pages/orders.py", **st.session_state[LIST_QUERY])

me = identity.person().login
with page_header(_("Orders")):
    may_place = identity.may(Permission.ORDER_PLACE)
    if may_place and st.button(_("New order"), key="new_order", type="primary", icon=":material/add:", shortcut="n"):
        go(NEW)
counts = reads.piles(None, me)
question = Question(view=choose_view(counts), **choose_filters())
st.session_state[LIST_QUERY] = {key: st.query_params[key] for key in LIST_KEYS if key in st.query_params}
page, first = order_list.read_page(question, manager=me)

opened = st.session_state.get(order_list.OPENED_KEY)
if opened:
    go(CARD, number=opened["label"])

if not page.rows and question.is_narrowed:
    empty_state("search_off", _("No order matches"), _("Try fewer letters or another view, or clear the filters."))
elif not page.rows and counts[SavedView.ALL] == 0:
    with empty_state("inbox", _("No orders yet"), _("Enter the first one, import a file or let the shop simulate.")):
        if may_place:
            st.page_link(NEW, label=_("New order"), icon=":material/add:")
elif not page.rows:
    empty_state("task_alt", _("Nothing to do here"), _("This pile is empty."))
elif display.on_phone():
    st.caption(range_words(question, first, len(page.rows), counts))
    order_list.show_cards(page.rows)
else:
    bar = st.container(horizontal=True, vertical_alignment="center", key="bulk-bar")
    selected = order_list.show_grid(page.rows)
    with bar:
        if selected:
            show_bulk_bar(selected)
        else:
            st.markdown(range_words(question, first, len(page.rows), counts))
order_list.show_pager(question, page)
