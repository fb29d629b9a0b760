"""How values are written: money, quantities, times and statuses in the session's language and zone."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

import streamlit as st
from babel import Locale
from babel.dates import format_skeleton, format_time
from babel.numbers import format_compact_currency, format_compact_decimal, format_currency, format_decimal
from babel.numbers import format_percent as babel_percent

from dashboard.translation import _, babel_locale, ngettext

NOTHING = "—"
Color = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray", "primary"]
# Streamlit's palette names, by status group: quiet where nothing is to be done.
GROUP_COLORS: dict[str, Color] = {
    "preorder": "gray", "new": "blue", "confirm": "violet", "supply": "gray", "pick": "yellow", "ship": "orange",
    "deliver": "green", "done": "gray", "cancelled": "red",
}  # fmt: skip
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$&])")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_DAYS_WITH_HOURS = 99  # beyond that hours say nothing any more


def money(value: Decimal | float | None, currency: str) -> str:
    """Write a sum with its currency to the cent."""
    return NOTHING if value is None else format_currency(value, currency, locale=babel_locale())


def compact_money(value: Decimal | float | None, currency: str) -> str:
    """Write a large sum shortly (€1.2M), a small one in whole units."""
    if value is None:
        return NOTHING
    if abs(float(value)) < 10_000:
        whole = Locale.parse(babel_locale()).currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(value, currency, whole, locale=babel_locale(), currency_digits=False)
    return format_compact_currency(value, currency, locale=babel_locale(), fraction_digits=1)


def number(value: Decimal | float | None, digits: int = 0) -> str:
    """Write a number with separators and at most ``digits`` decimals."""
    if value is None:
        return NOTHING
    return format_decimal(value, f"#,##0.{'#' * digits}" if digits else "#,##0", locale=babel_locale())


def compact_number(value: Decimal | float | None) -> str:
    """Write a large number shortly (12K)."""
    if value is None:
        return NOTHING
    if abs(float(value)) < 10_000:
        return number(value)
    return format_compact_decimal(value, locale=babel_locale(), fraction_digits=1)


def quantity(value: Decimal | None) -> str:
    """Write a quantity without needless zeros."""
    return number(value, digits=3)


def percent(value: float | Decimal | None, digits: int = 1) -> str:
    """Write a fraction as a percentage."""
    if value is None:
        return NOTHING
    return babel_percent(value, f"#,##0.{'0' * digits}%" if digits else "#,##0%", locale=babel_locale())


def moment(value: datetime | None) -> str:
    """Write a point in time in the viewer's zone; the year only where it is not this one."""
    return NOTHING if value is None else f"{day(value)}, {clock(value)}"


def day(value: date | datetime | None) -> str:
    """Write a day; of a point in time, the viewer's day."""
    if value is None:
        return NOTHING
    local = value.astimezone(viewer_zone()).date() if isinstance(value, datetime) else value
    skeleton = "MMMd" if local.year == datetime.now(viewer_zone()).year else "yMMMd"
    return format_skeleton(skeleton, local, locale=babel_locale())


def clock(value: datetime) -> str:
    """Write the time of day."""
    return format_time(value.astimezone(viewer_zone()), "HH:mm", locale=babel_locale())


def duration(seconds: float | timedelta | None) -> str:
    """Write a length of time by its two largest units: 2 d 4 h, 3 h 20 min, 45 s; a long one in days: 3,280 d."""
    if seconds is None:
        return NOTHING
    whole = round(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    days, hours, minutes = whole // _DAY, whole % _DAY // _HOUR, whole % _HOUR // _MINUTE
    if whole < _MINUTE:
        return _("{count} s").format(count=whole)
    if whole < _HOUR:
        return _("{count} min").format(count=minutes)
    if days > _DAYS_WITH_HOURS:
        return _("{count} d").format(count=number(days))
    if whole < _DAY:
        parts = (_("{count} h").format(count=hours), _("{count} min").format(count=minutes) if minutes else "")
    else:
        parts = (_("{count} d").format(count=days), _("{count} h").format(count=hours) if hours else "")
    return " ".join(part for part in parts if part)


def age(since: datetime | None) -> str:
    """Write how long ago something was by one unit, the largest that fits: 5 min, 3 h, 12 d."""
    if since is None:
        return NOTHING
    seconds = max(0, int((datetime.now(UTC) - since).total_seconds()))
    if seconds < _HOUR:
        return _("{count} min").format(count=seconds // _MINUTE)
    if seconds < 2 * _DAY:
        return _("{count} h").format(count=seconds // _HOUR)
    return _("{count} d").format(count=number(seconds // _DAY))


def plain(text: str | None) -> str:
    """Write what people typed as it is: none of it may act as Markdown (an image in a name would be fetched)."""
    return _SPECIAL.sub(r"\\\1", text or "")


def orders(count: int) -> str:
    """Write a number of orders: 1 order, 7,128 orders."""
    return ngettext("{count} order", "{count} orders", count).format(count=number(count))


def viewer_zone() -> ZoneInfo:
    """Time zone of the browser, or UTC where it does not say."""
    name = st.context.timezone
    return ZoneInfo(name) if isinstance(name, str) else ZoneInfo("UTC")


def on_phone() -> bool:
    """Tell whether the page is read on a phone; Streamlit does not tell the width, the browser tells its kind."""
    agent = st.context.headers.get("User-Agent", "")
    return isinstance(agent, str) and "Mobi" in agent
