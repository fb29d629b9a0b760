"""The way of an order: the stages it was in, and the ledger of every stay behind them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard import display
from dashboard.translation import _, ngettext
from dashboard.words import GROUPS
from dashboard.workflow_words import status_name
from oms_core.orders.card_views import OrderCard
from oms_core.orders.stage_ledger import Spent, Stay, ledger_of, spent_by_stage
from oms_core.workflow.models import Group

_WAY = (Group.NEW, Group.CONFIRM, Group.PICK, Group.SHIP, Group.DELIVER, Group.DONE)


def show_way(card: OrderCard) -> None:
    """Show the way of an order with the place where it is, and how long it was at each; the ledger opens beside it."""
    stays = ledger_of(card, now=datetime.now(UTC))
    row = st.container(horizontal=True, vertical_alignment="center", key="order-way")
    row.markdown(" :gray[›] ".join(_stages(card.status_group, spent_by_stage(stays))), width="stretch")
    if stays:
        with row.popover(_("Times"), icon=":material/timer:", type="tertiary", help=_("How long it was where")):
            _show_ledger(stays)


def _stages(here: Group, spent: Mapping[Group, Spent]) -> list[str]:
    words = []
    for group in (*_WAY[:2], *([Group.SUPPLY] if Group.SUPPLY in spent else []), *_WAY[2:]):
        name, was = _(GROUPS[group]), spent.get(group)
        took = f" :gray[{_took(was)}]" if was is not None else ""
        if group == here:
            words.append(f":{display.GROUP_COLORS[group]}-badge[{name}]{took}")
        elif was is not None:
            words.append(f":material/check: {name}{took}")
        else:
            words.append(f":gray[{name}]")
    if here is Group.CANCELLED:
        return [*(word for word in words if "check" in word), f":red-badge[{_(GROUPS[here])}]"]
    return words


def _took(spent: Spent) -> str:
    """The time by the clock, and how often the order came into the stage where it came back."""
    again = f" ×{spent.visits}" if spent.visits > 1 else ""
    return display.duration(spent.wall_seconds) + again


def _show_ledger(stays: Sequence[Stay]) -> None:
    """Every stay: how long by the clock and in working hours, and which coming back it was; then the sums."""
    wall = sum(stay.wall_seconds for stay in stays)
    hours = [stay.business_seconds for stay in stays if stay.business_seconds is not None]
    altogether, sums = _("Altogether"), display.duration(wall)
    if hours:
        sums += " · " + _("{time} in working hours").format(time=display.duration(sum(hours)))
    if held := sum(stay.held_seconds for stay in stays):
        sums += " · " + _("{time} on hold").format(time=display.duration(held))
    st.markdown(f"**{altogether}** {sums}")
    st.markdown("\n".join(_stay_words(stay) for stay in stays))
    back = len(stays) - len({stay.status for stay in stays})
    if back:
        told = ngettext("It came back to a status {count} time.", "It came back to a status {count} times.", back)
        st.caption(told.format(count=back))


def _stay_words(stay: Stay) -> str:
    name = display.plain(status_name(stay.status, stay.status_name)) + (f" ×{stay.visit}" if stay.visit > 1 else "")
    until = display.moment(stay.left_at) if stay.left_at else _("until now")
    took = display.duration(stay.wall_seconds)
    if stay.business_seconds is not None:
        took += " · " + _("{time} in working hours").format(time=display.duration(stay.business_seconds))
    if stay.held_seconds:
        took += " · " + _("{time} on hold").format(time=display.duration(stay.held_seconds))
    return f"- **{name}** {took}  \n  :gray[{display.moment(stay.entered_at)} → {until}]"
