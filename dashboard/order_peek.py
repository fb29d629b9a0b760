"""A look at an order in a drawer beside the list, and from it at the one before and after."""

from collections.abc import Sequence

import streamlit as st

from dashboard import display, order_card, reads
from dashboard.navigation import go
from dashboard.translation import _

CARD_PAGE = "app_pages/order.py"
_PLACE = "_peek_place"


def open_peek(numbers: Sequence[str], number: str) -> None:
    """Show this order of the list in a drawer, without leaving the list."""
    st.session_state[_PLACE] = numbers.index(number)
    st.dialog(_("Quick look"), position="right")(_show)(list(numbers))


def _show(numbers: Sequence[str]) -> None:
    place = min(max(st.session_state[_PLACE], 0), len(numbers) - 1)
    number = numbers[place]
    _offer_neighbours(place, len(numbers))
    if st.button(_("Open order {number}").format(number=number), key="quick_open", type="primary", width="stretch"):
        go(CARD_PAGE, number=number)
    card, total = reads.order_card(number), _("Total")
    heading = _("Order {number}").format(number=number)
    st.markdown(f"### {heading}", anchors=False)
    with st.container(horizontal=True, gap="xsmall"):
        order_card.show_badges(card)
    st.caption(order_card.facts_line(card))
    st.markdown(f"**{display.plain(card.customer.name)}**")
    st.table(
        {
            display.plain(f"{line.name} ({line.sku})"): f"{display.quantity(line.quantity)} · "
            f"{display.money(line.gross, card.currency)}"
            for line in card.lines
        }
        | {f"**{total}**": f"**{display.money(card.totals.total, card.currency)}**"},
        border="horizontal",
        hide_header=True,
    )
    if waiting := order_card.waiting_words(card):
        st.warning(waiting, icon=":material/hourglass_top:")
    if card.comment:
        st.info(display.plain(card.comment), icon=":material/chat:")


def _offer_neighbours(place: int, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="peek-neighbours"):
        for key, label, icon, step, shortcut in (
            ("peek_before", _("Previous"), ":material/keyboard_arrow_up:", -1, "k"),
            ("peek_after", _("Next"), ":material/keyboard_arrow_down:", 1, "j"),
        ):
            st.button(
                label, key=key, icon=icon, shortcut=shortcut, disabled=not 0 <= place + step < count, on_click=_step,
                args=(step,),
            )  # fmt: skip
        span = _("{place} of {count}").format(place=display.number(place + 1), count=display.number(count))
        st.caption(span, width="content")


def _step(step: int) -> None:
    st.session_state[_PLACE] += step
