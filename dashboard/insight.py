"""What the insight pages read: metrics over the published marts, cached until they are published anew."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import filters, looking_back, reads
from dashboard.identity import may, require
from dashboard.layout import as_of, empty_state, page_header
from dashboard.looking_back import seen_store
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.errors import Invalid
from pipelines import kpi
from pipelines.kpi import Tile
from pipelines.kpi.periods import Against, period_before, working_days
from pipelines.metrics import METRICS

_MINUTES = 600


@dataclass(frozen=True)
class Scope:
    """What an insight page looks at: a channel, its currency and a half-open period of whole days."""

    channel: str
    currency: str
    date_from: date
    date_to: date
    version: str

    @property
    def days(self) -> int:
        """Length of the period."""
        return (self.date_to - self.date_from).days

    @property
    def grain(self) -> str:
        """How finely a trend is drawn: by day up to two months, by week up to half a year, else by month."""
        return "day" if self.days <= 62 else "week" if self.days <= 190 else "month"

    @property
    def asked(self) -> dict[str, Any]:
        """The period and the channel as a metric is asked for."""
        return {"date_from": self.date_from, "date_to": self.date_to, "channel": self.channel or None}


def open_page(
    title: str, *, hint: str = "", default_days: int = 90, beside: Callable[[Scope], None] | None = None,
    looks_back: bool = False,
) -> Scope:  # fmt: skip
    """Show an insight page's header and return what was chosen; stops where there is nothing to show yet.

    ``beside`` shows what else belongs in the header; with ``looks_back`` the page can tell of a past instant.
    """
    actions, channel, last_day = open_channel(title, hint=hint, looks_back=looks_back)
    with actions:
        scope = scope_of(channel, *filters.choose_period(last_day, default=default_days))
        if beside is not None:
            beside(scope)
    return scope


def open_channel(title: str, *, hint: str = "", looks_back: bool = False) -> tuple[DeltaGenerator, str, date]:
    """Show the header with freshness and the choice of a channel; returns its end, the channel, its last whole day.

    Stops where there is nothing to show yet.
    """
    require(Permission.ANALYTICS_VIEW)
    if not looks_back:
        looking_back.stay_now()
    actions = page_header(title, hint=hint)
    looking_back.require_kept()
    store = seen_store()
    if store.watermark() is None:
        empty_state("monitoring", _("No figures yet"), _("They appear after the first refresh of the marts."))
        st.stop()
    last_days = channel_days(store.versions())
    if not last_days:
        empty_state("monitoring", _("No orders yet"), _("Figures appear with the first order."))
        st.stop()
    with actions:
        if looks_back:
            looking_back.offer_past()
        else:
            as_of(store.fresh_to())
        channel = _choose_channel(list(last_days))
    looking_back.show_past()
    return actions, channel, min(last_days[channel], datetime.now(UTC).date() - timedelta(days=1))


def scope_of(channel: str, date_from: date, date_to: date) -> Scope:
    """What a page looks at, of what is published now."""
    named = reads.channel_named(channel)
    return Scope(channel, named.currency if named else "EUR", date_from, date_to, seen_store().versions())


def _choose_channel(codes: Sequence[str]) -> str:
    names = {channel.code: _(channel.name) for channel in reads.channels()}
    chosen: str = st.selectbox(
        _("Channel"), codes, format_func=lambda code: names.get(code, code), label_visibility="collapsed",
        width=190, **filters.in_address("channel", codes, codes[0]),
    )  # fmt: skip
    return chosen


@st.cache_resource(ttl=_MINUTES, max_entries=4, show_spinner=False)
def channel_days(version: str) -> dict[str, date]:  # noqa: ARG001 - the key of the cache
    """Newest business day of every channel that has orders, the busiest channel first."""
    facts = seen_store().frame("order_facts")
    rows = facts.group_by("channel").agg(pl.len(), pl.col("placed_day").max()).sort("len", descending=True)
    return dict(rows.select("channel", "placed_day").iter_rows())


def scope_before(scope: Scope) -> Scope:
    """The period that this one is held against: it ends where this begins and has as many working days."""
    date_from, date_to = _period_before(scope)
    return replace(scope, date_from=date_from, date_to=date_to)


@st.cache_resource(ttl=_MINUTES, max_entries=64, show_spinner=False)
def _period_before(scope: Scope) -> tuple[date, date]:
    working = working_days(seen_store(), scope.channel)
    return period_before((scope.date_from, scope.date_to), Against.PREVIOUS, working)


def tiles(scope: Scope, codes: Sequence[str], *, lens: str | None = None) -> dict[str, Tile]:
    """Compute tiles with their previous period and trend, each through ``lens`` or else its own."""
    for code in codes:
        require_sight(code)
    by_reach = {is_of_channel: tuple(code for code in codes if _is_of_channel(scope.version, code) == is_of_channel)
                for is_of_channel in (True, False)}  # fmt: skip
    found: dict[str, Tile] = {}
    for is_of_channel, some in by_reach.items():
        if some:
            found |= _tiles(scope if is_of_channel else replace(scope, channel=""), some, lens)
    return found


def are_of_channels(codes: Sequence[str]) -> list[str]:
    """Those of the metrics whose rows belong to channels, so that a channel may have targets and alerts of them."""
    version = seen_store().versions()
    return [code for code in codes if _is_of_channel(version, code)]


@st.cache_resource(ttl=_MINUTES, max_entries=256, show_spinner=False)
def _is_of_channel(version: str, code: str) -> bool:  # noqa: ARG001 - the key of the cache
    """Whether a metric's rows belong to channels: goods in a warehouse are everybody's."""
    try:
        kpi.measure(seen_store(), code, lens=METRICS[code].home.value, date_from=date.min, date_to=date.max,
                    channel="-")  # fmt: skip
    except Invalid:
        return False
    return True


def _asked(scope: Scope, code: str) -> dict[str, Any]:
    return scope.asked if _is_of_channel(scope.version, code) else replace(scope, channel="").asked


def visible(codes: Sequence[str]) -> list[str]:
    """The metrics of these that the person at the page may see."""
    return [code for code in codes if may(Permission.COST_VIEW) or not METRICS[code].shows_cost]


def require_sight(code: str) -> None:
    """Raise ``Forbidden`` unless the person at the page may see the metric."""
    require(Permission.ANALYTICS_VIEW)
    if METRICS[code].shows_cost:
        require(Permission.COST_VIEW)


@st.cache_resource(ttl=_MINUTES, max_entries=64, show_spinner=False)
def _tiles(scope: Scope, codes: tuple[str, ...], lens: str | None) -> dict[str, Tile]:
    return kpi.board(seen_store(), codes, trend_by=scope.grain, lens=lens, **scope.asked)


def measure(
    scope: Scope, code: str, *by: str, lens: str = "cohort", filters_: Mapping[str, Any] | None = None
) -> pl.DataFrame:
    """Compute a metric by cuts: a column per cut, then value, numerator, denominator, n …."""
    require_sight(code)
    return _measured(scope, code, by, lens, tuple((filters_ or {}).items()))


@st.cache_resource(ttl=_MINUTES, max_entries=256, show_spinner=False)
def _measured(
    scope: Scope, code: str, by: tuple[str, ...], lens: str, conditions: tuple[tuple[str, Any], ...]
) -> pl.DataFrame:
    return kpi.measure(seen_store(), code, by=by, lens=lens, filters=dict(conditions), **_asked(scope, code))


def course(scope: Scope, code: str, grain: str, *, lens: str = "cohort") -> pl.DataFrame:
    """Compute a metric over time in whole weeks or months: a part of one would read as a fall."""
    return whole_periods(measure(scope, code, grain, lens=lens), scope, grain)


def whole_periods(rows: pl.DataFrame, scope: Scope, grain: str) -> pl.DataFrame:
    """Leave out the first and last week or month where the period holds only a part of it."""
    if grain == "day":
        return rows
    start = pl.col(grain) if grain == "week" else (pl.col(grain) + "-01").str.to_date()
    end = start.dt.offset_by("1w" if grain == "week" else "1mo")
    whole = rows.filter(start >= scope.date_from, end <= scope.date_to)
    return whole if whole.height > 1 else rows


def drill(scope: Scope, code: str, *, lens: str, filters_: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """List all rows behind a number, those that hurt first."""
    require_sight(code)
    rows = kpi.drill(seen_store(), code, lens=lens, filters=dict(filters_ or {}), **_asked(scope, code))
    return rows if may(Permission.COST_VIEW) else rows.drop("margin", strict=False)


def people_names() -> dict[str, str]:
    """Names of people by login."""
    return {person.login: person_name(person.name) for person in reads.people()}
