"""A quotation: what was offered, what is free of it now, and the order it becomes with one click."""

import streamlit as st

from dashboard import display, quotation_actions, quotation_form, quotation_reads
from dashboard.identity import may
from dashboard.layout import empty_state, page_header, section
from dashboard.navigation import go
from dashboard.notices import show_notices
from dashboard.quotation_words import COLORS, STATES
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.errors import NotFound
from oms_core.orders.quotation_views import QuotationCard, QuotationLineView, QuotationState

LIST, ORDER, CUSTOMER = "app_pages/quotations.py", "app_pages/order.py", "app_pages/customer.py"


def find_card() -> QuotationCard | None:
    try:
        return quotation_reads.card(st.query_params.get("number", ""))
    except NotFound:
        return None


def show_actions(card: QuotationCard) -> None:
    row = card.row
    if row.state in {QuotationState.ORDERED, QuotationState.DECLINED}:
        return
    facts = (row.number, row.version)
    st.button(_("Decline"), key="decline", on_click=quotation_actions.decline, args=facts, icon=":material/thumb_down:")
    if row.state is QuotationState.EXPIRED:
        st.button(
            _("Price anew"), key="reprice", type="primary", on_click=quotation_actions.reprice, args=facts,
            help=_("Today's prices, and two weeks to decide."),
        )  # fmt: skip
        return
    if quotation_form.opened(row.number):
        return
    st.button(
        _("Change…"), key="change", on_click=quotation_form.begin_change, args=(card,), icon=":material/edit:"
    )  # fmt: skip
    words = _("Make order, the rest waits") if card.is_short else _("Make order")
    if st.button(words, key="make_order", type="primary", icon=":material/shopping_cart_checkout:"):
        if placed := quotation_actions.order(*facts, allow_backorder=card.is_short):
            go(ORDER, number=placed.number)
        show_notices()


def show_line(line: QuotationLineView, currency: str) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    name, sku = display.plain(line.name), display.plain(line.sku)
    times = f"{display.quantity(line.quantity)} × {display.money(line.unit_price, currency)}"
    row.markdown(f"**{name}**  \n:gray[{sku} · {times}]", width="stretch")
    row.markdown(f"**{display.money(line.gross, currency)}**", width="content")


def show_lines(card: QuotationCard) -> None:
    currency = card.row.currency
    sees_margin = card.margin is not None
    table = [
        {
            "sku": line.sku, "name": line.name, "quantity": display.quantity(line.quantity),
            "price": display.money(line.unit_price, currency), "list": display.money(line.list_price, currency),
            "discount": display.money(line.discount, currency), "total": display.money(line.gross, currency),
            "free": display.quantity(line.available),
            **({"cost": display.money(line.cost, currency)} if sees_margin else {}),
        }
        for line in card.lines
    ]  # fmt: skip
    titles = {
        "sku": _("SKU"), "name": _("Product"), "quantity": _("Quantity"), "price": _("Price"),
        "list": _("List price now"), "discount": _("Discount"), "total": _("Total"), "free": _("Free"),
        "cost": _("Cost"),
    }  # fmt: skip
    figures = {name: st.column_config.TextColumn(titles[name], alignment="right") for name in list(titles)[2:]}
    with section(_("Lines"), key="quotation-lines"):
        if display.on_phone():
            for line in card.lines:
                show_line(line, currency)
        else:
            st.dataframe(
                table, hide_index=True, row_height=34, alt=_("The lines of the quotation"),
                column_config={**titles, **figures},
            )  # fmt: skip
        if card.is_short and card.row.state is QuotationState.OPEN:
            st.warning(_("Free stock does not cover all of it: the rest would wait."), icon=":material/inventory_2:")


def show_terms(card: QuotationCard) -> None:
    row, currency = card.row, card.row.currency
    with section(_("Terms"), key="quotation-terms"):
        st.metric(_("Total"), display.money(row.total, currency))
        told = {
            _("Goods, net"): display.money(card.net, currency), _("Tax"): display.money(card.tax, currency),
            _("Shipping charge"): display.money(card.shipping, currency),
        }  # fmt: skip
        if card.margin is not None:
            told[_("Margin")] = display.money(card.margin, currency)
        told[_("Valid until")] = display.day(row.valid_until)
        st.markdown("  \n".join(f"{name}: **{value}**" for name, value in told.items()))
        if card.comment:
            st.markdown(f":material/chat: {display.plain(card.comment)}")
        if may(Permission.CUSTOMER_VIEW):
            st.page_link(
                CUSTOMER, label=row.customer, icon=":material/person:", query_params={"id": str(row.customer_id)}
            )
        else:
            st.markdown(f":material/person: {display.plain(row.customer)}")
        if row.order:
            st.page_link(
                ORDER, label=_("Order {number}").format(number=row.order), icon=":material/receipt_long:",
                query_params={"number": row.order},
            )  # fmt: skip


st.page_link(LIST, label=_("Quotations"), icon=":material/arrow_back:")
card = find_card()
if card is None:
    empty_state("search_off", _("There is no such quotation"), _("Search for it in the list."))
    st.stop()
row = card.row
with page_header(
    _("Quotation {number}").format(number=row.number),
    badges=lambda: st.badge(_(STATES[row.state]), color=COLORS[row.state]),  # type: ignore[arg-type]
):
    if may(Permission.ORDER_PLACE):
        show_actions(card)
st.caption(_("Made {moment} by {who}").format(moment=display.moment(row.created_at), who=display.plain(row.created_by)))
left, right = st.columns([2.3, 1], gap="medium")
with left:
    form = quotation_form.opened(row.number) if may(Permission.ORDER_PLACE) else None
    if form is not None and row.state is QuotationState.OPEN:
        quotation_form.show_form(form, row.currency)
    else:
        show_lines(card)
with right:
    show_terms(card)
