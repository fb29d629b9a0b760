"""What holds and approvals of many orders are decided by, read from the database at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from oms_core.db import numbers
from oms_core.orders import hold_sql as sql
from oms_core.orders.approval_models import ApprovalState
from oms_core.orders.approval_rules import Asked, MeasuredLine
from oms_core.orders.hold_rules import HELD_GROUPS, WORK_GROUPS, MissingGoods, Warned
from oms_core.orders.hold_warnings import standing_warnings
from oms_core.workflow.business_time import Calendar, after_business_seconds, business_seconds
from oms_core.workflow.models import Group
from oms_core.workflow.policies_in_force import PoliciesInForce
from oms_core.workflow.policy_terms import HoldKind, Subject

_UNTIL_HANDED_OVER = (*HELD_GROUPS, *WORK_GROUPS)


@dataclass(frozen=True, slots=True)
class StandingHold:
    """An open hold; ``details`` is None where somebody opened it."""

    id: int
    kind: str
    reference: str
    cause: str
    details: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order with all that bears on its holds; what no policy in force asks about is left empty."""

    id: int
    header: Mapping[str, Any]
    group: Group
    expected_at: datetime | None
    risk: Decimal | None
    risk_cause: str | None
    missing: tuple[MissingGoods, ...]
    warned: tuple[Warned, ...]
    lines: tuple[MeasuredLine, ...]
    asked: Mapping[str, Asked]
    holds: tuple[StandingHold, ...]
    alerts: frozenset[str]


def read_facts(
    session: Session, order_ids: Sequence[int], policies: PoliciesInForce, *, now: datetime
) -> list[OrderFacts]:
    """Read the facts of these orders by id, as far as the policies ask for them: one statement for all.

    What chosen rules warned of is one more.
    """
    session.flush()
    statement, names = sql.facts_statement(_asked(policies))
    given = (numbers(sorted(order_ids)), now.date())
    rows = [dict(zip(names, row, strict=True)) for row in statement.run(session, given)]
    rules = _chosen_rules(policies)
    warned = standing_warnings(session, order_ids, rules, now=now) if rules else {}
    outlook = _Outlook(rows[0]["way"], rows[0]["calendars"], now) if rows and "way" in rows[0] else None
    return [_facts(row, warned.get(row["id"], ()), outlook) for row in rows]


def _asked(policies: PoliciesInForce) -> frozenset[str]:
    """Parts of the statement that these policies need."""
    asked: set[str] = set()
    if policies.holds_for(HoldKind.STOCK):
        asked.add("missing")
    if policies.holds_for(HoldKind.DELAY):
        asked |= {"missing", "entered_at", "way", "calendars"}
    if any(terms.kind == HoldKind.DELAY and terms.parameters.get("risk_percent") for terms in policies.holds):
        asked.add("risk")
    if policies.measures(Subject.DISCOUNT, Subject.MARGIN):
        asked.add("lines")
    return frozenset(asked)


def _chosen_rules(policies: PoliciesInForce) -> list[str]:
    return [
        rule
        for terms in policies.holds
        if terms.kind == HoldKind.VALIDATION
        for rule in terms.parameters.get("rules", ())
    ]


def _facts(row: Mapping[str, Any], warned: Sequence[Mapping[str, Any]], outlook: "_Outlook | None") -> OrderFacts:
    goods = tuple(
        MissingGoods(sku, Decimal(quantity), None if day is None else date.fromisoformat(day))
        for sku, quantity, day in row.get("missing") or ()
    )
    risk, risk_cause = row.get("risk") or (None, None)
    return OrderFacts(
        id=row["id"],
        header=row,
        group=Group(row["group_code"]),
        expected_at=None if outlook is None else outlook.of(row, goods),
        risk=None if risk is None else Decimal(risk),
        risk_cause=risk_cause,
        missing=goods,
        warned=tuple(Warned(**told) for told in warned),
        lines=tuple(_line(line) for line in row.get("lines") or ()),
        asked={
            policy: Asked(request_id, ApprovalState(state), Decimal(measured), note)
            for policy, request_id, state, measured, note in row["requests"] or ()
        },
        holds=tuple(StandingHold(*hold) for hold in row["holds"] or ()),
        alerts=frozenset(row["alerts"]),
    )


def _line(told: Sequence[Any]) -> MeasuredLine:
    position, sku, worth, charged, net, cost = told
    known = None if cost is None else Decimal(cost)
    return MeasuredLine(position, sku, Decimal(worth), Decimal(charged), Decimal(net), known)


@dataclass(frozen=True, slots=True)
class _Stage:
    """A status on the way, how long an order should stay there (business minutes) and its natural next one."""

    group: Group
    limit_minutes: int
    onward: str | None


@lru_cache(maxsize=16)
def _way(told: str) -> Mapping[str, _Stage]:
    return {code: _Stage(Group(group), minutes, onward) for code, group, minutes, onward in json.loads(told)}


@lru_cache(maxsize=16)
def _calendars(told: str) -> Mapping[int, Calendar]:
    """Calendars by id, as the statement tells them: the same text hardly ever changes."""
    calendars = {}
    for calendar_id, zone, rules, exceptions in json.loads(told):
        hours: dict[int, list[tuple[time, time]]] = {}
        others: dict[date, list[tuple[time, time]]] = {}
        for weekday, opens, closes in rules or ():
            hours.setdefault(weekday, []).append((time.fromisoformat(opens), time.fromisoformat(closes)))
        for day, opens, closes in exceptions or ():
            open_hours = [(time.fromisoformat(opens), time.fromisoformat(closes))] if opens else []
            others.setdefault(date.fromisoformat(day), []).extend(open_hours)
        calendars[calendar_id] = Calendar(zone, hours, others)
    return calendars


class _Outlook:
    """When orders could be handed over at the earliest: the goods come, then each stage takes its limit."""

    def __init__(self, way: str, calendars: str, now: datetime) -> None:
        self._way, self._calendars, self._now = _way(way), _calendars(calendars), now

    def of(self, header: Mapping[str, Any], missing: Sequence[MissingGoods]) -> datetime | None:
        """The moment; None where the order needs none any more or nobody knows when its goods come."""
        days = [goods.expected_on for goods in missing]
        known = [day for day in days if day is not None]
        if Group(header["group_code"]) not in _UNTIL_HANDED_OVER or len(known) < len(days):
            return None
        calendar = self._calendars[header["calendar_id"]]
        minutes = self._minutes_ahead(header["status"])
        spent = business_seconds(header["entered_at"] or self._now, self._now, calendar)
        here = max(0, self._way[header["status"]].limit_minutes * 60 - spent)
        ready_here = after_business_seconds(self._now, here, calendar)
        # Goods that come on a day can be worked with on the next.
        arrival = max((datetime.combine(day + timedelta(days=1), time(), UTC) for day in known), default=ready_here)
        return after_business_seconds(max(ready_here, arrival), minutes * 60, calendar)

    def _minutes_ahead(self, status: str) -> int:
        """Sum the limits of the stages after this one, until the carrier has it."""
        minutes, seen = 0, {status}
        onward = self._way[status].onward
        while onward is not None and onward not in seen and self._way[onward].group in _UNTIL_HANDED_OVER:
            seen.add(onward)
            minutes += self._way[onward].limit_minutes
            onward = self._way[onward].onward
        return minutes
