"""Targets as people bring them: spans of days by their usual names, and pasted lines or a CSV for many at once."""

import csv
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.steering.targets import Aim, set_targets
from pipelines.metrics import METRICS, Unit

CUTS = ("team", "manager", "region", "warehouse", "customer_kind", "category")
"""What a target may be narrowed by; a team is its people as they are now, each credited at the event."""
COLUMNS = ("metric", "period", "target", "cut", "part")
_MONTH, _QUARTER = re.compile(r"(\d{4})-(\d{1,2})"), re.compile(r"(\d{4})-?[Qq]([1-4])")
_SPAN = re.compile(r"(\d{4}-\d\d-\d\d)\s*(?:\.\.|/|–|—)\s*(\d{4}-\d\d-\d\d)")
_SPACES = re.compile(r"[\s\u00a0\u202f']")


@requires(Permission.ANALYTICS_EDIT)
def keep_targets(session: Session, *, actor: Actor, now: datetime, channel: str, aims: Sequence[Aim]) -> int:
    """Set targets of metrics that there are, all or none; returns how many.

    Raises ``Invalid`` (``invalid_targets``) naming rows, ``Forbidden`` for what shows costs to who may see none, and
    as ``set_targets`` does.
    """
    faults: list[dict[str, Any]] = []
    for row, aim in enumerate(aims):
        message = None
        if aim.metric not in METRICS:
            message = "is unknown"
        elif aim.cut and aim.cut not in CUTS:
            message = "is no cut of targets"
        elif METRICS[aim.metric].unit is Unit.SHARE and abs(aim.target) > 1:
            message = "is a share: at most 100 %"
        if message:
            value = f"{aim.metric} {aim.cut}".strip()
            faults.append({"field": f"lines[{row}].target", "value": value, "message": message})
    if faults:
        raise Invalid("The targets cannot be set so.", code="invalid_targets", rows=faults)
    if any(METRICS[aim.metric].shows_cost for aim in aims):
        refuse_unless(actor, Permission.COST_VIEW)
    return set_targets(session, actor=actor, now=now, channel=channel, aims=aims)


def read_period(told: str) -> tuple[date, date]:
    """Read ``2026-11``, ``2026-Q4`` or ``2026-11-01..2026-11-30`` (both days included) as a half-open span.

    Raises ``ValueError`` for anything else.
    """
    told = told.strip()
    if found := _SPAN.fullmatch(told):
        return date.fromisoformat(found[1]), date.fromisoformat(found[2]) + timedelta(days=1)
    if found := _QUARTER.fullmatch(told):
        first = date(int(found[1]), 3 * int(found[2]) - 2, 1)
        return first, _months_later(first, 3)
    if found := _MONTH.fullmatch(told):
        first = date(int(found[1]), int(found[2]), 1)
        return first, _months_later(first, 1)
    raise ValueError(f"'{told}' is no month, quarter or span of days")


def write_period(first_day: date, after_day: date) -> str:
    """Write a span as ``read_period`` reads it."""
    if first_day.day == 1 and after_day == _months_later(first_day, 1):
        return f"{first_day:%Y-%m}"
    if first_day.day == 1 and first_day.month % 3 == 1 and after_day == _months_later(first_day, 3):
        return f"{first_day.year}-Q{first_day.month // 3 + 1}"
    return f"{first_day}..{after_day - timedelta(days=1)}"


def read_lines(told: str, names: Mapping[str, str]) -> list[Aim]:
    """Read lines of metric, period, target, cut and part, parted by tabs, semicolons or commas; a heading may lead.

    ``names`` are codes of metrics by what people call them, in small letters; codes are always known. Raises
    ``Invalid`` (``invalid_targets``) naming each line at fault; empty lines are passed over.
    """
    aims, faults = [], []
    for number, cells in enumerate(_cells(told)):
        if not any(cells) or (number == 0 and cells[0].lower() == COLUMNS[0]):
            continue
        try:
            aims.append(_aim(cells, names))
        except ValueError as fault:
            faults.append({"field": f"lines[{number}].target", "value": cells[0], "message": str(fault)})
    if faults:
        raise Invalid("Some lines cannot be read.", code="invalid_targets", rows=faults)
    return aims


def read_target(told: str, unit: Unit) -> Decimal:
    """Read a number as people write it (12 500,50; 1,250.5; 85 %) in the metric's unit; raises ``ValueError``."""
    plain = _SPACES.sub("", told)
    is_percent, plain = plain.endswith("%"), plain.removesuffix("%")
    point = max(plain.rfind("."), plain.rfind(","))
    if point >= 0 and len(plain) - point - 1 == 3 and unit is not Unit.SHARE and not is_percent:
        point = -1  # 12,500 and 12.500 are thousands: a target is no finer than that
    whole = re.sub(r"[.,]", "", plain[:point] if point >= 0 else plain)
    with suppress(InvalidOperation):
        number = Decimal(f"{whole}.{plain[point + 1 :]}" if point >= 0 else whole)
        if number.is_finite() and (not is_percent or unit is Unit.SHARE):
            return number / 100 if is_percent else number
    raise ValueError("is no number that can be a target")


def _aim(cells: list[str], names: Mapping[str, str]) -> Aim:
    metric, period, target, cut, part, *_rest = [*cells, "", "", "", "", ""]
    code = metric if metric in METRICS else names.get(metric.lower(), "")
    if code not in METRICS:
        raise ValueError("is unknown")
    try:
        first_day, after_day = read_period(period)
    except ValueError:
        raise ValueError("needs a month, a quarter or two days") from None
    if bool(cut) != bool(part):
        raise ValueError("needs a cut and a part of it, or neither")
    return Aim(code, first_day, after_day, read_target(target, METRICS[code].unit), cut.lower(), part)


def _cells(told: str) -> list[list[str]]:
    lines = told.removeprefix("\ufeff").splitlines()
    mark = next((mark for mark in "\t;," if any(mark in line for line in lines)), ",")
    return [[cell.strip() for cell in cells] or [""] for cells in csv.reader(lines, delimiter=mark)]


def _months_later(first: date, count: int) -> date:
    month = first.month - 1 + count
    return date(first.year + month // 12, month % 12 + 1, 1)
