"""The parts of a customer's profile: figures, who they are, what they wait for, and all that happened."""

from collections.abc import Sequence

import streamlit as st

from dashboard import customer_actions, customer_reads, display, order_dialogs, reads
from dashboard.customer_doubles import show_pair
from dashboard.customer_words import CONTACT_KINDS, OUTCOMES, entry_words, rfm_hint, rfm_words
from dashboard.identity import may
from dashboard.layout import section
from dashboard.translation import _, ngettext
from dashboard.words import person_name
from dashboard.workflow_words import status_name
from oms_core.access.permissions import Permission
from oms_core.customers.editing import address_text
from oms_core.customers.views import CustomerBrief, CustomerProfile, HistoryEntry, OpenOrder
from oms_core.workflow.models import CANCELLABLE_GROUPS, Group

ORDER, EARLIER_KEY = "app_pages/order.py", "_earlier_of_customer"
SHOWN = 14
_ICONS = {"phone": "call", "email": "mail", "messenger": "forum"}


def show_figures(brief: CustomerBrief) -> None:
    """Show what their orders came to, in the currency of the newest."""
    if not brief.figures:
        return
    figures = brief.figures[0]
    last = display.age(brief.last_order_at)
    with st.container(key="customer-figures"), st.grid(5, min_column_width=150):
        st.metric(_("Orders"), display.number(brief.orders), border=True,
                  help=ngettext("{count} was cancelled.", "{count} were cancelled.", figures.cancelled).format(
                      count=figures.cancelled))  # fmt: skip
        st.metric(_("Value"), display.compact_money(figures.value, figures.currency), border=True,
                  help=_("Orders that were not cancelled, less what was refunded."))  # fmt: skip
        st.metric(_("Still to pay"), display.money(figures.due, figures.currency), border=True,
                  help=_("We owe them {money} for cancelled orders.").format(
                      money=display.money(figures.owed, figures.currency)) if figures.owed > 0 else None)  # fmt: skip
        st.metric(_("Last order"), _("{age} ago").format(age=last) if brief.last_order_at else last, border=True)
        st.metric(_("Buying habit"), rfm_words(brief.rfm), border=True, help=rfm_hint(brief.rfm))
    for other in brief.figures[1:]:
        st.caption(f"{display.orders(other.orders)} · {display.money(other.value, other.currency)}")


def show_person(brief: CustomerBrief) -> None:
    """Show how they are reached and on which terms they buy."""
    with section(_("Contacts and terms"), key="order-contacts"):
        told = [f":material/{_ICONS[contact.kind]}: {display.plain(contact.value)}" for contact in brief.contacts]
        places = [address_text(address.details) for address in brief.addresses[:5]]
        told += [f":material/location_on: {display.plain(place)}" for place in places]
        if brief.manager_name:
            told.append(f":material/person: {display.plain(person_name(brief.manager_name))}")
        if brief.terms_days:
            days = ngettext("pays within {count} day", "pays within {count} days", brief.terms_days)
            told.append(f":material/event: {days.format(count=brief.terms_days)}")
        if brief.credit_limit is not None:
            currency = brief.figures[0].currency if brief.figures else ""
            limit = display.money(brief.credit_limit, currency) if currency else display.number(brief.credit_limit, 2)
            credit = _("credit up to {money}").format(money=limit)
            told.append(f":material/credit_card: {credit}")
        told.append(f":material/history: {last_contact_words(brief)}")
        st.markdown("\n".join(f"- {one}" for one in told))
        if brief.note:
            st.info(display.plain(brief.note), icon=":material/sticky_note_2:")


def last_contact_words(brief: CustomerBrief) -> str:
    """When they were last in contact, how, and what came of it."""
    if brief.last_contact_at is None:
        return _("no contact noted yet")
    kind = _(CONTACT_KINDS.get(brief.last_contact_kind or "", brief.last_contact_kind or ""))
    outcome = _(OUTCOMES.get(brief.last_contact_outcome or "", brief.last_contact_outcome or ""))
    return f"{display.moment(brief.last_contact_at)} · {kind} · {outcome}"


def show_open_orders(orders: Sequence[OpenOrder]) -> None:
    """Show what they wait for, the nearest promise first."""
    with section(_("Open orders"), key="order-open"):
        if not orders:
            st.caption(_("They wait for nothing."))
        for order in orders:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"open_{order.number}"):
                label = f"**{order.number}** · {display.money(order.total, order.currency)}"
                st.page_link(ORDER, label=label, query_params={"number": order.number}, width="stretch")
                color = display.GROUP_COLORS[Group(order.status_group)]
                st.badge(status_name(order.status, order.status_name), color=color)
                if order.is_late:
                    st.badge(_("Late"), color="red")
                if order.promised_at:
                    day = display.day(order.promised_at)
                    st.caption(_("promised by {day}").format(day=day), width="content")
                is_cancellable = Group(order.status_group) in CANCELLABLE_GROUPS and may(Permission.ORDER_CANCEL)
                if is_cancellable and st.button(_("Cancel…"), key=f"cancel_{order.number}", type="tertiary"):
                    order_dialogs.open_cancel(reads.order_card(order.number))


def show_history(profile: CustomerProfile) -> None:
    """Show what happened, the newest first; what lies further back folds, and is read on demand."""
    customer_id, page = profile.brief.id, profile.history
    turned: dict[int, list[str]] = st.session_state.setdefault(EARLIER_KEY, {})
    with section(_("History"), key="order-past"):
        if not page.entries:
            st.caption(_("Nothing happened yet."))
        _show_entries(page.entries[:SHOWN])
        if len(page.entries) <= SHOWN and page.next_cursor is None:
            return
        with st.expander(_("Earlier"), expanded=customer_id in turned):
            _show_entries(page.entries[SHOWN:])
            for cursor in turned.get(customer_id, []):
                page = customer_reads.history(customer_id, cursor)
                _show_entries(page.entries)
            if page.next_cursor:
                st.button(
                    _("Further back"), key="earlier", icon=":material/expand_more:", on_click=_turn_back,
                    args=(turned, customer_id, page.next_cursor),
                )  # fmt: skip


def _turn_back(turned: dict[int, list[str]], customer_id: int, cursor: str) -> None:
    turned.setdefault(customer_id, []).append(cursor)


def _show_entries(entries: Sequence[HistoryEntry]) -> None:
    told = []
    for entry in entries:
        head, detail = entry_words(entry)
        link = f"[{entry.number}](order?number={entry.number})" if entry.number else ""
        by = [display.moment(entry.at), *([display.plain(person_name(entry.actor_name))] if entry.actor_name else [])]
        line = " · ".join(part for part in (head, link, detail) if part)
        told.append(f"- {line}  \n  :gray[{' · '.join(by)}]")
    if told:
        st.markdown("\n".join(told))


def show_tasks(customer_id: int) -> None:
    """Show what is to be done about them, each with its button."""
    tasks = customer_reads.open_tasks(customer_id) if may(Permission.TASK_WORK) else ()
    if not tasks:
        return
    with section(_("Tasks"), key="order-tasks"):
        for task in tasks:
            with st.container(horizontal=True, vertical_alignment="center", key=f"task_{task.id}"):
                due = f" · {display.moment(task.due_at)}" if task.due_at else ""
                number = f" · {display.plain(task.number)}" if task.number else ""
                who = display.plain(person_name(task.assignee_name or display.NOTHING))
                st.markdown(f"{display.plain(task.title)}  \n:gray[{who}{due}{number}]", width="stretch")
                if task.may_handle:
                    st.button(_("Done"), key=f"done_{task.id}", on_click=customer_actions.finish, args=(task.id,))


def show_merges(profile: CustomerProfile) -> None:
    """Show who shares a contact with them, and who was merged into them, each with the way back."""
    for pair in customer_reads.doubles_of(profile.brief.id):
        if pair.is_likely:
            show_pair(pair)
    standing = [merge for merge in profile.merges if merge.undone_at is None]
    if not standing:
        return
    with section(_("Merged into this customer"), key="order-merges"):
        for merge in standing:
            with st.container(horizontal=True, vertical_alignment="center", key=f"merged_{merge.id}"):
                who = display.plain(person_name(merge.actor_name))
                by = f":gray[№{merge.gone_id} · {display.moment(merge.merged_at)} · {who}]"
                st.markdown(f"{display.plain(merge.gone_name)} {by}", width="stretch")
                if may(Permission.CUSTOMER_EDIT):
                    st.button(_("Undo"), key=f"undo_{merge.id}", icon=":material/undo:",
                              on_click=customer_actions.undo, args=(merge.id,))  # fmt: skip
