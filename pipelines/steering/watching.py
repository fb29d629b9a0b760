"""Watching: every rule of alerts judged over the published marts, whole days only, and its alerts settled."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import structlog
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid, OmsError
from oms_core.steering.alert_rules import RuleTerms, keep_rule, list_rules
from oms_core.steering.alerts import Finding, settle_alerts
from oms_core.steering.models import AlertKind
from pipelines import kpi
from pipelines.kpi.periods import today_of, working_days
from pipelines.metrics import METRICS, Lens, Metric, Shape, Unit
from pipelines.steering.unusual import NEEDED, Floats, Scale, Verdict, judge_deviation, judge_standing, judge_threshold
from pipelines.store import Store

CUTS = ("", "manager", "region", "warehouse", "category", "customer_kind", "carrier", "status_group", "product")
_MOST_PARTS, _FEWEST_A_DAY = 40, 3.0
_DAY = timedelta(days=1)
log = structlog.get_logger()


@requires(Permission.ANALYTICS_EDIT)
def keep_known_rule(session: Session, *, actor: Actor, now: datetime, terms: RuleTerms, **known: Any) -> int:  # noqa: ANN401
    """Keep a rule about a metric that there is; raises ``Invalid`` (``invalid_alert_rule``) and as ``keep_rule``."""
    metric, faults = METRICS.get(terms.metric), []
    if metric is None:
        faults.append({"field": "metric", "value": terms.metric, "message": "is unknown"})
    elif terms.kind == AlertKind.DEVIATION and lens_of(metric) is Lens.NOW:
        faults.append({"field": "kind", "value": "", "message": "needs a history: what stands now has none"})
    elif terms.days > 1 and not _adds_up(metric):
        faults.append({"field": "days", "value": "", "message": "must be 1: days of this figure do not add up"})
    if terms.cut not in CUTS:
        faults.append({"field": "cut", "value": terms.cut, "message": "is unknown"})
    if faults:
        raise Invalid("The rule cannot be kept so.", code="invalid_alert_rule", rows=faults)
    if METRICS[terms.metric].shows_cost:
        refuse_unless(actor, Permission.COST_VIEW)
    return keep_rule(session, actor=actor, now=now, terms=terms, **known)


def watch(run: Callable[..., Any], read: Callable[..., Any], store: Store) -> int:
    """Judge every rule in use and settle its alerts; returns how many opened or closed.

    A rule that cannot be judged is logged and leaves its alerts as they are.
    """
    changed = 0
    if store.watermark() is None:
        return changed
    for rule in read(list_rules, only_active=True):
        try:
            findings = list(find(store, rule.terms))
        except OmsError as refusal:
            log.warning("alerts.rule_refused", rule=rule.name, code=refusal.code)
            continue
        settled = run(settle_alerts, rule_id=rule.id, version=rule.version, findings=findings)
        changed += settled.opened + settled.closed
    return changed


def find(store: Store, terms: RuleTerms, *, today: date | None = None) -> Iterator[Finding]:
    """Judge each part of a rule's figure as of its last finished day; parts of which too little is known are not.

    The day before ``today`` is the last to have finished: by default the day on which the marts were read.
    """
    metric, today = METRICS[terms.metric], today or today_of(store, terms.channel)
    if lens_of(metric) is Lens.NOW:
        yield from _standing(store, terms, today)
        return
    for part, days, values, counts in _series(store, terms, today):
        verdict = _judged(store, terms, days, values, counts)
        if verdict is not None:
            value, expected = _kept(verdict.value), _kept(verdict.expected)
            yield Finding(part, verdict.is_open, verdict.since, verdict.day, value, expected)


def lens_of(metric: Metric) -> Lens:
    """Through which lens a metric is watched: what happened on a day does not change any more."""
    return Lens.FLOW if Lens.FLOW in metric.days and metric.home is not Lens.NOW else metric.home


def _judged(store: Store, terms: RuleTerms, days: list[date], values: Floats, counts: Floats) -> Verdict | None:
    if terms.kind == AlertKind.THRESHOLD:
        lower, upper = (None if bound is None else float(bound) for bound in (terms.lower, terms.upper))
        return judge_threshold(days, values, lower=lower, upper=upper)
    if np.nanmean(counts) < _FEWEST_A_DAY:
        return None
    working = working_days(store, terms.channel)
    return judge_deviation(
        days, values, counts, working=working, scale=_scale(METRICS[terms.metric]), sensitivity=float(terms.sensitivity)
    )


def _standing(store: Store, terms: RuleTerms, today: date) -> Iterator[Finding]:
    """Judge what stands now; a part of which nothing stands any more is within its bounds."""
    lower, upper = (None if bound is None else float(bound) for bound in (terms.lower, terms.upper))
    rows = kpi.measure(
        store, terms.metric, by=[terms.cut] if terms.cut else [], date_from=today - _DAY, date_to=today,
        channel=terms.channel, lens=Lens.NOW.value,
    )  # fmt: skip
    for part, standing in _parts(rows, terms.cut):
        value = standing["value"][0]
        if value is not None:
            is_open = judge_standing(float(value), lower=lower, upper=upper)
            bound = terms.lower if lower is not None and value < lower else terms.upper
            yield Finding(part, is_open, today, today, _kept(float(value)), bound)


def _series(store: Store, terms: RuleTerms, today: date) -> Iterator[tuple[str, list[date], Floats, Floats]]:
    """By part: the finished days, the figure of each (with the days before it that count together), and its rows."""
    metric, cuts = METRICS[terms.metric], [terms.cut] if terms.cut else []
    rows = kpi.measure(
        store, terms.metric, by=["day", *cuts], date_from=today - NEEDED * _DAY, date_to=today, channel=terms.channel,
        lens=lens_of(metric).value,
    )  # fmt: skip
    rows = rows.filter(pl.col("day").is_not_null(), pl.col("is_mature"))
    if rows.is_empty():
        return
    known: list[date] = sorted(rows["day"].to_list())
    is_ripening = metric.matures_days > 0 and lens_of(metric) is Lens.COHORT
    last = known[-1] if is_ripening else today - _DAY
    days = [known[0] + count * _DAY for count in range((last - known[0]).days + 1)]
    for part, found in _parts(rows, terms.cut):
        yield part, days, *_by_day(found, days, metric, terms.days)


def _parts(rows: pl.DataFrame, cut: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """All of it, or each of the largest parts; what has no value of the cut is not watched."""
    if not cut:
        yield "", rows
        return
    sizes = rows.filter(pl.col(cut).is_not_null()).group_by(cut).agg(pl.col("n").sum()).sort("n", cut, descending=True)
    for part in sizes[cut].head(_MOST_PARTS):
        yield str(part)[:100], rows.filter(pl.col(cut) == part)


def _by_day(rows: pl.DataFrame, days: list[date], metric: Metric, together: int) -> tuple[Floats, Floats]:
    """The figure of every day, or of as many days together; no rows are zero of a sum and unknown of the rest."""
    found = pl.DataFrame({"day": days}).join(rows, on="day", how="left").sort("day")
    counts: Floats = found["n"].fill_null(0).cast(pl.Float64).to_numpy()
    if not _adds_up(metric):
        values: Floats = found["value"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return values, counts
    top, bottom = (_rolled(found[name], together) for name in ("numerator", "denominator"))
    if metric.shape is Shape.SUM:
        return top, counts
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom != 0, top / bottom, np.nan), counts


def _rolled(column: pl.Series, together: int) -> Floats:
    whole = column.cast(pl.Float64).fill_null(0.0)
    sums: Floats = whole.rolling_sum(together).fill_null(np.nan).to_numpy()
    return sums


def _adds_up(metric: Metric) -> bool:
    return metric.shape in {Shape.SUM, Shape.RATIO} and not metric.is_level


def _scale(metric: Metric) -> Scale:
    if metric.unit is Unit.SHARE:
        return Scale.SHARE
    if metric.shape is Shape.SUM:
        return Scale.COUNT if metric.unit in {Unit.ORDERS, Unit.COUNT} else Scale.AMOUNT
    return Scale.LENGTH


def _kept(value: float | None) -> Decimal | None:
    return None if value is None else round(Decimal(repr(value)), 4)


USUAL: Mapping[str, tuple[str, str]] = {
    "orders_received": ("Orders received", "deviation"), "net_revenue": ("Net revenue", "deviation"),
    "cancel_rate_flow": ("Cancel rate (by cancel date)", "deviation"),
    "on_time_rate": ("On time (first promise)", "deviation"), "cycle_time": ("Cycle time", "deviation"),
}  # fmt: skip
"""The rules that a shop mostly begins with: figure, name and kind."""
