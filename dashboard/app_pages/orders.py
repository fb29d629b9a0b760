"""Orders: the queue, opening on work to do."""

from collections.abc import Mapping

import streamlit as st

from dashboard import display, export_lists, identity, order_keys, order_list, reads
from dashboard.exporting import offer_export
from dashboard.layout import empty_state, page_header
from dashboard.navigation import go
from dashboard.order_board import show_board
from dashboard.order_bulk import show_bulk_bar
from dashboard.order_bulk_all import offer_all_matching
from dashboard.order_filters import LIST_KEYS, ask_question, choose_mode
from dashboard.order_peek import open_peek
from dashboard.order_watch import watch
from dashboard.reads import Question
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.orders.views import OPEN_SORTS, Page, SavedView

LIST_QUERY = "orders_query"
CARD, NEW = "app_pages/order.py", "app_pages/new_order.py"


def range_words(question: Question, first: int, shown: int, counts: Mapping[SavedView, int]) -> str:
    span = f"**{display.number(first)}–{display.number(first + shown - 1)}**"
    if question.is_narrowed:
        return span
    return _("{span} of {total}").format(span=span, total=display.number(counts[SavedView(question.view)]))


def show_nothing(question: Question, counts: Mapping[SavedView, int], *, may_place: bool) -> None:
    """Say why there is nothing, and what to do about it."""
    if question.is_narrowed:
        with empty_state("search_off", _("No order matches"), _("Try fewer letters or another view.")):
            st.button(
                _("Clear search and filters"), key="clear_filters", icon=":material/filter_alt_off:", on_click=clear
            )
    elif counts[SavedView.ALL] == 0:
        with empty_state(
            "inbox", _("No orders yet"), _("Enter the first one, import a file or let the shop simulate.")
        ):
            if may_place:
                st.page_link(NEW, label=_("New order"), icon=":material/add:")
    else:
        empty_state("task_alt", _("Nothing to do here"), _("This pile is empty."))


def clear() -> None:
    st.session_state["q"] = ""
    for key in set(LIST_KEYS) - {"q", "view", "show"}:
        st.query_params.pop(key, None)


def show_desk(question: Question, page: Page, first: int, counts: Mapping[SavedView, int]) -> None:
    """The grid under the bar that counts or acts, and the keys that go through it."""
    numbers = [row.number for row in page.rows]
    pressed = order_keys.listen(numbers)
    if pressed.opened:
        go(CARD, number=pressed.opened)
    bar = st.container(horizontal=True, vertical_alignment="center", key="bulk-bar")
    selected = order_list.show_grid(page.rows, at=pressed.at)
    with bar:
        if selected:
            show_bulk_bar(selected, numbers)
        else:
            st.markdown(range_words(question, first, len(page.rows), counts), width="content")
            offer_all_matching(question, page.rows)
            watch(question, page, manager=me)
    if pressed.looked:
        open_peek(numbers, pressed.looked)


if "number" in st.query_params and LIST_QUERY in st.session_state:
    # Back from a card lands on the list under the card's address: put the list's own one back.
    go("app_pages/orders.py", **st.session_state[LIST_QUERY])

me = identity.person().login
actions = page_header(_("Orders"))
with actions:
    mode = "list" if display.on_phone() else choose_mode()
    may_place = identity.may(Permission.ORDER_PLACE)
    if may_place and st.button(_("New order"), key="new_order", type="primary", icon=":material/add:", shortcut="n"):
        go(NEW)
counts = reads.piles(None, me)
question = ask_question(counts)
st.session_state[LIST_QUERY] = {key: st.query_params[key] for key in LIST_KEYS if key in st.query_params}
if mode == "board":
    show_board(question)
    st.stop()
page, first = order_list.read_page(question, manager=me)
opened = st.session_state.get(order_list.OPENED_KEY)
if opened:
    go(CARD, number=opened["label"])
if question.view == SavedView.ALL and question.sort in OPEN_SORTS:
    st.caption(_("Only open orders are sorted so."))
if not page.rows:
    show_nothing(question, counts, may_place=may_place)
elif display.on_phone():
    st.caption(range_words(question, first, len(page.rows), counts))
    order_list.show_cards(page.rows)
else:
    show_desk(question, page, first, counts)
if page.rows and not display.on_phone():
    with actions:
        offer_export(export_lists.orders_listing(question, manager=me))
order_list.show_pager(question, page)
