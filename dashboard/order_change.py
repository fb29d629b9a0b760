"""Changing an order on its card: the form in place of the lines, looked at as a whole before it is saved."""

from decimal import Decimal

import streamlit as st

from dashboard import display, order_change_actions, order_change_reads, reads
from dashboard.identity import may
from dashboard.layout import section
from dashboard.notices import show_notices
from dashboard.order_change_form import ChangeForm, ask_fields, close_change, go_on_from, open_change, opened
from dashboard.order_change_merge import Clash, clashes, edit_of, merged
from dashboard.order_change_words import difference_rows, field_words, value_words
from dashboard.refusals import say_broken, say_rows
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.errors import OmsError
from oms_core.orders.card_views import OrderCard
from oms_core.orders.change_document import TOTALS, Document, OrderEdit
from oms_core.orders.changing import ChangePreview
from oms_core.workflow.models import CANCELLABLE_GROUPS
from oms_core.workflow.rule_models import Severity


def may_change(card: OrderCard) -> bool:
    """Whether this person may change this order now."""
    return card.status_group in CANCELLABLE_GROUPS and may(Permission.ORDER_CHANGE)


def begin_change(card: OrderCard) -> None:
    """Open the form on the order as it is."""
    seen = order_change_reads.preview(card.number, OrderEdit())
    open_change(card.number, seen.version, seen.before)


def is_changing(card: OrderCard) -> bool:
    """Whether the form is open: then it stands where the lines stand else."""
    return opened(card.number) is not None


def show_form(card: OrderCard) -> None:
    """Show the form, what others saved meanwhile, and the way to a look at the whole."""
    form = opened(card.number)
    if form is None:
        return
    with section(_("Change the order"), key="order-change"):
        conflict = st.container()
        typed = ask_fields(form, card.currency, {line.sku: line.name for line in card.lines})
        if card.version != form.version:
            with conflict:
                _show_conflict(form, typed, card.currency)
        row = st.container(horizontal=True)
        edit = edit_of(form.base, typed)
        if row.button(
            _("Look at the change"), key="change_preview", icon=":material/preview:", disabled=edit == OrderEdit(),
            help=_("Price, tax, stock and what is due back, before anything is saved."),
        ):  # fmt: skip
            st.dialog(_("The change as a whole"), icon=":material/preview:", width="medium")(_show_preview)(form, edit)
        row.button(
            _("Close without saving"),
            key="change_discard",
            icon=":material/close:",
            on_click=close_change,
            args=(card.number,),
        )


def _show_preview(form: ChangeForm, edit: OrderEdit) -> None:
    if opened(form.number) is not form:  # it was saved just now
        st.rerun()
    seen = order_change_reads.preview(form.number, edit, st.session_state.get(form.key("note")) or "")
    st.dataframe(
        difference_rows([row for row in seen.differences if row["field"] not in TOTALS], seen.currency),
        hide_index=True,
        row_height=34,
        alt=_("What would change"),
    )
    _show_money(seen)
    for short in seen.shortages:
        told = _("{sku}: {quantity} would wait for stock")
        st.warning(
            told.format(sku=display.plain(short.sku), quantity=display.quantity(short.quantity)),
            icon=":material/hourglass_top:",
        )
    _show_obstacles(seen)
    st.text_input(_("Why"), key=form.key("note"), autocomplete="off", placeholder=_("Kept with the change"))
    if seen.refund_due > 0 and may(Permission.PAYMENT_REFUND):
        gross = display.money(seen.refund_due, seen.currency)
        st.checkbox(_("Give {sum} back at once").format(sum=gross), key=form.key("refund"))
    st.button(
        _("Save the change"), key="change_save", type="primary", width="stretch", on_click=_save,
        disabled=seen.is_refused or not seen.differences, args=(form, edit, seen.currency),
    )  # fmt: skip
    show_notices()


def _show_obstacles(seen: ChangePreview) -> None:
    """What forbids it, with every rule in its own words; and what rules only warn of."""
    known = reads.rule_translations([breach.message for breach in seen.breaches]) if seen.breaches else {}
    said = [(breach, say_broken([breach.message], known)) for breach in seen.breaches]
    rows = say_rows(OmsError("", rows=seen.faults))
    rows += [words for breach, words in said if breach.severity is Severity.REFUSE]
    if rows:
        st.error(
            "\n".join([_("The order cannot be changed so."), *(f"- {row}" for row in rows)]), icon=":material/block:"
        )
    for breach, words in said:
        if breach.severity is Severity.WARN:
            st.warning(words, icon=":material/warning:")


def _save(form: ChangeForm, edit: OrderEdit, currency: str) -> None:
    typed = st.session_state
    order_change_actions.apply_change(
        form.number, form.version, edit, typed.get(form.key("note")) or "", currency,
        refund=bool(typed.get(form.key("refund"))),
    )  # fmt: skip


def _show_money(seen: ChangePreview) -> None:
    tiles = [
        (_("Net"), seen.after["net"], seen.net), (_("Tax"), seen.after["tax"], seen.tax),
        (_("Total"), seen.after["total"], seen.total),
    ]  # fmt: skip
    with st.container(horizontal=True):
        for name, becomes, difference in tiles:
            st.metric(
                name, value_words("total", becomes, seen.currency),
                _signed(difference, seen.currency), delta_color="off", border=True,
            )  # fmt: skip
    if seen.refund_due > 0:
        told = _("{sum} is then paid too much and due back.")
        st.info(told.format(sum=display.money(seen.refund_due, seen.currency)), icon=":material/undo:")
    elif seen.due > 0:
        st.caption(_("{sum} is then still to be paid.").format(sum=display.money(seen.due, seen.currency)))


def _signed(difference: Decimal, currency: str) -> str | None:
    if difference == 0:
        return None
    return ("+" if difference > 0 else "") + display.money(difference, currency)


def _show_conflict(form: ChangeForm, typed: Document, currency: str) -> None:
    """Both values side by side where others saved meanwhile; what they left alone goes on by itself."""
    seen = order_change_reads.preview(form.number, OrderEdit())
    theirs = [one for one in clashes(form.base, seen.before, typed) if one.theirs != one.before]
    if not theirs:  # it was moved, given over or commented on: nothing of what is typed here is touched
        form.version, form.base = seen.version, form.base | {"promised_at": seen.before["promised_at"]}
        return
    told = _(
        "Somebody saved version {current} meanwhile; you began with version {given}. What you typed is still here."
    )
    st.warning(told.format(current=seen.version, given=form.version), icon=":material/sync_problem:")
    take = {one.key for one in theirs if _ask_which(form, one, currency) == "theirs"}
    filled = merged(form.base, seen.before, typed, take_theirs=take)
    st.button(
        _("Go on with these"), key=form.key("go_on"), icon=":material/merge:",
        on_click=go_on_from, args=(form, seen.version, seen.before, filled),
    )  # fmt: skip


def _ask_which(form: ChangeForm, one: Clash, currency: str) -> str:
    """Show what others made of a field; where both changed it, ask whose stays."""
    field = field_words({"field": one.field, "position": one.position, "sku": display.plain(one.sku)})
    theirs = value_words(one.field, one.theirs, currency)
    if not one.is_clash:
        before = value_words(one.field, one.before, currency)
        st.markdown(f"**{field}**: {display.plain(before)} → {display.plain(theirs)}")
        return "theirs" if one.yours == one.before else "yours"
    names = {
        "yours": _("yours: {value}").format(value=value_words(one.field, one.yours, currency)),
        "theirs": _("theirs: {value}").format(value=theirs),
    }
    return st.radio(
        field, list(names), format_func=names.__getitem__, horizontal=True,
        key=form.key(f"of_{one.field}_{one.position}"),
    )  # fmt: skip
