"""What holds and approvals of many orders are decided by, read from the database at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.orm import Session

from oms_core.orders import hold_sql as sql
from oms_core.orders.approval_models import ApprovalState
from oms_core.orders.approval_rules import Asked, MeasuredLine
from oms_core.orders.hold_rules import HELD_GROUPS, WORK_GROUPS, MissingGoods, Warned
from oms_core.orders.hold_warnings import standing_warnings
from oms_core.workflow.business_time import Calendar, after_business_seconds, business_seconds
from oms_core.workflow.calendars import load_calendar
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
    missing: tuple[MissingGoods, ...]
    warned: tuple[Warned, ...]
    lines: tuple[MeasuredLine, ...]
    asked: Mapping[str, Asked]
    holds: tuple[StandingHold, ...]
    alerts: frozenset[str]


def read_facts(
    session: Session, order_ids: Sequence[int], policies: PoliciesInForce, *, now: datetime
) -> list[OrderFacts]:
    """Read the facts of these orders by id, as far as the policies ask for them."""
    ids = {"ids": sorted(order_ids)}
    headers = [row._asdict() for row in session.execute(sql.HEADERS, ids)]
    parts = {
        "requests": _by_order(session, sql.LATEST_REQUESTS, ids),
        "holds": _by_order(session, sql.STANDING_HOLDS, ids),
        "alerts": _by_order(session, sql.STANDING_ALERTS, ids),
    }
    if policies.holds_for(HoldKind.STOCK) or policies.holds_for(HoldKind.DELAY):
        parts["missing"] = _by_order(session, sql.MISSING, ids | {"today": now.date()})
    if rules := _chosen_rules(policies):
        parts["warned"] = standing_warnings(session, order_ids, rules, now=now)
    if policies.measures(Subject.DISCOUNT, Subject.MARGIN):
        parts["lines"] = _by_order(session, sql.LINES, ids)
    outlook = _Outlook(session, now) if policies.holds_for(HoldKind.DELAY) else None
    return [
        _facts(header, {part: by_order.get(header["id"], []) for part, by_order in parts.items()}, outlook)
        for header in headers
    ]


def _chosen_rules(policies: PoliciesInForce) -> list[str]:
    return [
        rule
        for terms in policies.holds
        if terms.kind == HoldKind.VALIDATION
        for rule in terms.parameters.get("rules", ())
    ]


def _by_order(session: Session, statement: TextClause, given: Mapping[str, Any]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in session.execute(statement, given):
        values = row._asdict()
        found.setdefault(values.pop("order_id"), []).append(values)
    return found


def _facts(
    header: Mapping[str, Any], parts: Mapping[str, Sequence[Mapping[str, Any]]], outlook: "_Outlook | None"
) -> OrderFacts:
    goods = tuple(MissingGoods(**row) for row in parts.get("missing", ()))
    return OrderFacts(
        id=header["id"],
        header=header,
        group=Group(header["group_code"]),
        expected_at=None if outlook is None else outlook.of(header, goods),
        missing=goods,
        warned=tuple(Warned(**row) for row in parts.get("warned", ())),
        lines=tuple(MeasuredLine(**row) for row in parts.get("lines", ())),
        asked={
            row["policy_code"]: Asked(row["id"], ApprovalState(row["state"]), row["measured"], row["note"])
            for row in parts["requests"]
        },
        holds=tuple(StandingHold(**row) for row in parts["holds"]),
        alerts=frozenset(row["reference"] for row in parts["alerts"]),
    )


class _Outlook:
    """When orders could be handed over at the earliest: the goods come, then each stage takes its limit."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now
        self._way = {row.code: row for row in session.execute(sql.WAY_ON)}
        self._calendars: dict[int, Calendar] = {}

    def of(self, header: Mapping[str, Any], missing: Sequence[MissingGoods]) -> datetime | None:
        """The moment; None where the order needs none any more or nobody knows when its goods come."""
        days = [goods.expected_on for goods in missing]
        known = [day for day in days if day is not None]
        if Group(header["group_code"]) not in _UNTIL_HANDED_OVER or len(known) < len(days):
            return None
        calendar = self._calendar(header["calendar_id"])
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
        while onward is not None and onward not in seen and Group(self._way[onward].group_code) in _UNTIL_HANDED_OVER:
            seen.add(onward)
            minutes += self._way[onward].limit_minutes
            onward = self._way[onward].onward
        return minutes

    def _calendar(self, calendar_id: int) -> Calendar:
        if calendar_id not in self._calendars:
            self._calendars[calendar_id] = load_calendar(self._session, calendar_id)
        return self._calendars[calendar_id]
