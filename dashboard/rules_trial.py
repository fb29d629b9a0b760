"""What a rule would have done to past orders: how many, whose, worth what, and which."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, display, reads
from dashboard.automation_words import EVENTS
from dashboard.condition_words import CHANGES
from dashboard.layout import section
from dashboard.shop import open_shop
from dashboard.translation import _, ngettext
from dashboard.words import person_name
from oms_core.automation.laboratory import ROWS, VALUE_BANDS, HitRow, Rehearsal, Share

MOST_BARS = 12
_LEAST_DAYS = 1 / 24  # sooner than that a rate says nothing


def show_outcome(found: Rehearsal, *, refuses: bool, acts: bool = False) -> None:
    """Show in one sentence and four tiles what would have come of it."""
    words = _("Would have acted") if acts else _("Would be refused") if refuses else _("Would be warned of")
    tiles = st.grid(4, min_column_width=150)
    tiles.metric(
        _("Orders looked at"), display.number(found.orders), border=True,
        help=_("{count} of them had a change that this rule watches.").format(count=display.number(found.all.orders)),
    )  # fmt: skip
    often = _("Orders; {count} times in all.").format(count=display.number(found.times)) if acts else None
    tiles.metric(words, display.number(found.hits), border=True, help=often)
    tiles.metric(_("Share"), display.percent(found.all.share), border=True, help=_("Of the orders it watches."))
    tiles.metric(_("Worth"), display.compact_money(found.all.value, open_shop().settings.currency), border=True)
    if found.failures:
        told = ngettext(
            "{count} order could not be judged; the rule would have let it pass.",
            "{count} orders could not be judged; the rule would have let them pass.", found.failures,
        )  # fmt: skip
        st.warning(f"{told.format(count=display.number(found.failures))}\n\n`{found.error}`", icon=":material/warning:")


def show_cuts(found: Rehearsal, *, key: str) -> None:
    """Show whom it would have met: by manager, by value, week by week."""
    left, right = st.columns(2)
    with left, section(_("By manager")):
        _show_bars(_by_manager(found), key=f"{key}_manager", name=_("By manager"))
    with right, section(_("By value of the order")):
        _show_bars(_by_value(found), key=f"{key}_value", name=_("By value of the order"))
    weeks = dict(sorted(found.by_week.items()))
    if len(weeks) > 1:
        with section(_("Week by week"), hint=_("By the day of the change it would have met.")):
            _show_weeks(weeks, key=f"{key}_week")


def a_day(count: int, days: float) -> str:
    """Say how many that makes a day; nothing of too short a time."""
    return display.number(count / days, digits=1) if days >= _LEAST_DAYS else display.NOTHING


def show_rows(found: Rehearsal, *, key: str) -> None:
    """List the newest orders it would have met, each with the way to it."""
    if not found.rows:
        return
    shown = _("The newest {count} of them").format(count=len(found.rows))
    title = shown if found.hits > ROWS else _("These orders")
    st.markdown(f"**{title}**")
    column = st.column_config
    st.dataframe(
        _frame(found.rows), key=key, hide_index=True, row_height=34, alt=_("Orders the rule would have met"),
        height=min(442, 36 + 34 * len(found.rows)),
        column_config={
            "number": column.LinkColumn(_("Order"), display_text=r"number=(.*)$"),
            "at": column.TextColumn(_("When")),
            "change": column.TextColumn(_("Change")),
            "manager": column.TextColumn(_("Owner")),
            "channel": column.TextColumn(_("Channel")),
            "total": column.TextColumn(_("Total"), alignment="right"),
        },
    )  # fmt: skip


def _by_manager(found: Rehearsal) -> dict[str, Share]:
    names = {person.login: person_name(person.name) for person in reads.people()} | {"": _("Nobody")}
    ranked = sorted(found.by_manager.items(), key=lambda item: -item[1].hits)[:MOST_BARS]
    return {names.get(login, login): share for login, share in ranked}


def _by_value(found: Rehearsal) -> dict[str, Share]:
    ends = dict(pairwise(VALUE_BANDS))
    return {
        f"{display.number(low)}–{display.number(ends[low])}" if low in ends
        else _("{value} and more").format(value=display.number(low)): share
        for low, share in sorted(found.by_value.items())
    }  # fmt: skip


def _show_bars(shares: Mapping[str, Share], *, key: str, name: str) -> None:
    if not any(share.hits for share in shares.values()):
        st.caption(_("It would have met none."))
        return
    counts = [share.hits for share in shares.values()]
    labels = [f"{label} · {display.percent(share.share, 0)}" for label, share in shares.items()]
    told = ", ".join(f"{label}: {display.number(count)}" for label, count in zip(shares, counts, strict=True))
    charts.show(charts.bars(labels, counts), key=key, alt=f"{name}: {told}")


def _show_weeks(weeks: Mapping[date, Share], *, key: str) -> None:
    counts = [share.hits for share in weeks.values()]
    told = ", ".join(f"{display.day(week)}: {count}" for week, count in zip(weeks, counts, strict=True))
    charts.show(charts.columns(list(weeks), counts), key=key, alt=told)


def _frame(rows: list[HitRow]) -> pl.DataFrame:
    names = {person.login: person_name(person.name) for person in reads.people()}
    channels = {channel.code: _(channel.name) for channel in reads.channels()}
    currency: Any = {channel.code: channel.currency for channel in reads.channels()}
    statuses = {status.code: _(status.name) for status in reads.statuses()}
    return pl.DataFrame({
        "number": [f"/order?number={row.number}" for row in rows],
        "at": [display.moment(row.at) for row in rows],
        "change": [_said(row, statuses) for row in rows],
        "manager": [names.get(row.manager or "", display.NOTHING) for row in rows],
        "channel": [channels.get(row.channel, row.channel) for row in rows],
        "total": [display.money(row.total, currency[row.channel]) for row in rows],
    })  # fmt: skip


def _said(row: HitRow, statuses: Mapping[str, str]) -> str:
    said = _(CHANGES.get(row.change) or EVENTS.get(row.change, row.change))
    is_move = row.to_status and row.change not in ("place", "order.placed")
    return f"{said} → {statuses.get(row.to_status, row.to_status)}" if is_move else said
