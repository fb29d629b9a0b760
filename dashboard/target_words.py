"""Words of targets: spans of days, and how far a figure is."""

from datetime import date, timedelta

from babel.dates import format_skeleton

from dashboard import display, insight, reads
from dashboard.translation import _, babel_locale, n_
from dashboard.words import category_name
from pipelines.metrics import METRICS, Metric, Shape, Unit
from pipelines.steering.pace import Pace
from pipelines.steering.target_lines import write_period

WHOLE = n_("All of the channel")
CUTS = {
    "": WHOLE, "team": n_("Team"), "manager": n_("Manager"), "region": n_("Region"),
    "warehouse": n_("Warehouse"), "customer_kind": n_("Customer kind"), "category": n_("Category"),
}  # fmt: skip
_COLORS = {"good": "green", "bad": "red", "on": "gray", "unknown": "gray"}
_ICONS = {"good": "check_circle", "bad": "warning", "on": "check_circle", "unknown": "hourglass_empty"}


def period_words(first_day: date, after_day: date) -> str:
    """Say a span of days: November 2026, Q4 2026, or its first and last day."""
    told = write_period(first_day, after_day)
    if ".." in told:
        return f"{display.day(first_day)} – {display.day(after_day - timedelta(days=1))}"
    if "Q" in told:
        return _("Q{quarter} {year}").format(quarter=told[-1], year=first_day.year)
    return format_skeleton("yMMMM", first_day, locale=babel_locale())


def part_words(cut: str, part: str) -> str:
    """Say what a target is of."""
    if cut == "manager":
        return insight.people_names().get(part, part)
    if cut == "warehouse":
        return {warehouse.code: warehouse.name for warehouse in reads.warehouses()}.get(part, part)
    if cut == "category":
        return category_name(part)
    return part or _(WHOLE)


def value_words(metric: Metric, value: float | None, currency: str) -> str:
    """Write a value in the metric's unit."""
    if value is None:
        return display.NOTHING
    if metric.unit is Unit.MONEY:
        return display.compact_money(value, currency)
    if metric.unit is Unit.SHARE:
        return display.percent(value)
    if metric.unit is Unit.HOURS:
        return display.duration(value * 3600)
    if metric.shape is Shape.SUM and metric.unit in {Unit.ORDERS, Unit.COUNT}:
        value = round(value)  # a pace may be of half an order
    return display.compact_number(value) if value == int(value) else display.number(value, 2)


def standing_words(pace: Pace | None) -> str:
    """Say how far a figure is from what is due by now, in words."""
    if pace is None:
        return _("cannot be computed")
    if pace.ahead is None:
        return _("nothing is known yet")
    share = display.percent(abs(pace.ahead))
    if pace.metric.unit is Unit.SHARE and pace.value is not None and pace.standing != "on":
        told = _("{points} pp better than due") if pace.standing == "good" else _("{points} pp worse than due")
        return told.format(points=display.number(abs(pace.value - pace.due) * 100, 1))
    if pace.standing == "on":
        return _("on pace") if pace.is_paced else _("on target")
    if pace.is_paced and pace.metric.direction.value == "up":
        told = _("{percent} ahead of pace") if pace.standing == "good" else _("{percent} behind pace")
    else:
        told = _("{percent} better than due") if pace.standing == "good" else _("{percent} worse than due")
    return told.format(percent=share)


def standing_chip(pace: Pace | None) -> str:
    """The standing as Markdown: an icon, words, and a colour beside them."""
    standing = "unknown" if pace is None else pace.standing
    return f":{_COLORS[standing]}[:material/{_ICONS[standing]}: {standing_words(pace)}]"


def tile_words(pace: Pace | None, first_day: date, after_day: date, currency: str) -> str:
    """Say in one line where a figure is on the way to its target, as Markdown."""
    span = period_words(first_day, after_day)
    if pace is None:
        return f"{span}: {standing_words(None)}"
    target = value_words(pace.metric, pace.target, currency)
    told = _("{period}: target {target}").format(period=span, target=target)
    parts = [f":material/flag: {told}", standing_chip(pace)]
    if pace.forecast is not None:
        ends = value_words(pace.metric, pace.forecast, currency)
        parts.append(_("at this pace {value} in the end").format(value=ends))
    return " · ".join(parts)


def metric_names() -> dict[str, str]:
    """What the metrics of a channel that the person may see are called, by their codes."""
    return {code: _(METRICS[code].label) for code in insight.are_of_channels(insight.visible(list(METRICS)))}
