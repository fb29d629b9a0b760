"""The laboratory: a rule tried on past orders as they stood, before it binds anybody."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission, requires
from oms_core.automation.events import EVENTS
from oms_core.automation.past_events import Listening, past_events
from oms_core.errors import Invalid
from oms_core.orders.past_orders import PastOrder
from oms_core.orders.rule_history import History, PastChange, Scope, past_contexts
from oms_core.workflow.builder import to_cel
from oms_core.workflow.cel import Compiled, ConditionFailed, compile_condition
from oms_core.workflow.vocabulary import FIELDS_BY_PATH

ROWS = 200
_PERSONAL = {"customer.name", "customer.phone", "customer.email", "order.address"}
MOST = 100_000
VALUE_BANDS = (0, 50, 100, 250, 500, 1_000, 2_500)  # where each begins, in the order's currency


@dataclass(frozen=True, slots=True)
class HitRow:
    """An order that the rule would have met: at its first change that it watched and did not let pass.

    ``change`` is the kind of change, for an automation rule the kind of event.
    """

    number: str
    at: datetime
    change: str
    to_status: str
    manager: str | None
    channel: str
    total: float
    message: str


@dataclass(slots=True)
class Share:
    """Of how many orders the rule would have met how many, and what those are worth."""

    orders: int = 0
    hits: int = 0
    value: float = 0.0

    @property
    def share(self) -> float | None:
        """Hits among the orders; None where there are none."""
        return self.hits / self.orders if self.orders else None


@dataclass(slots=True)
class Rehearsal:
    """What a rule would have done. ``orders`` were looked at, ``all`` are those with a change that it watches.

    An order counts once, by its first hit: what followed would have gone another way. ``times`` is how often an
    automation rule would have run, an order's every event counted. ``failures`` are changes about which the condition
    could not be judged; it meets none of them. ``rows`` are the newest hits, at most 200. The cuts are
    by login ('' nobody), by the lower bound of the value band, by channel, by the Monday of the week of the change.
    ``days`` is how long the orders took to come in.
    """

    orders: int = 0
    days: float = 0.0
    times: int = 0
    failures: int = 0
    error: str = ""
    all: Share = field(default_factory=Share)
    by_manager: dict[str, Share] = field(default_factory=dict)
    by_value: dict[int, Share] = field(default_factory=dict)
    by_channel: dict[str, Share] = field(default_factory=dict)
    by_week: dict[date, Share] = field(default_factory=dict)
    rows: list[HitRow] = field(default_factory=list)

    @property
    def hits(self) -> int:
        """Orders that it would have met."""
        return self.all.hits

    def count(self, change: PastChange, *, is_hit: bool) -> None:
        """Count one order by the change that decides about it."""
        day = change.at.date()
        band = VALUE_BANDS[max(0, bisect_right(VALUE_BANDS, change.total) - 1)]
        shares = (
            self.all,
            self.by_manager.setdefault(change.manager or "", Share()),
            self.by_value.setdefault(band, Share()),
            self.by_channel.setdefault(change.channel, Share()),
            self.by_week.setdefault(day - timedelta(days=day.weekday()), Share()),
        )
        for share in shares:
            share.orders += 1
            share.hits += is_hit
            share.value += change.total if is_hit else 0.0


@requires(Permission.WORKFLOW_VIEW)
def rehearse_rule(
    session: Session, *, actor: Actor, document: Mapping[str, Any], kind: str = "validation", last: int = 10_000,
    channel: str | None = None,
) -> Rehearsal:  # fmt: skip
    """Try a rule, saved or not, on the last orders as they stood at each change it watches; nothing is written.

    Validation meets an order where its condition is not true, automation where it is. Its active period does not count.
    Raises ``Invalid`` for a condition that cannot be used and for an event that the clock tells (``no_past_of_time``),
    ``Forbidden`` for a rule that would tell what the actor may not see: costs or personal data.
    """
    is_validation = kind == "validation"
    if not is_validation:
        _refuse_without_past(str(document.get("event")))
    condition = compile_condition(_expression(document, "expression" if is_validation else "condition"))
    _refuse_prying(actor, condition.fields)
    scope = _scope(document, last, channel, is_validation=is_validation)
    history = past_contexts(session, scope, condition.fields)
    found = Rehearsal(orders=len(history.orders), days=_days(history.orders))
    message = str(document.get("message" if is_validation else "name") or "")
    hits: list[HitRow] = []
    for changes in _watched(history, document, scope, condition, is_validation=is_validation):
        first = hit = None
        for change in changes:
            first = first or change
            if _is_hit(condition, change, found, holds=not is_validation):
                hit, found.times = hit or change, found.times + 1
                if is_validation:
                    break  # what was refused is not told again
        if hit is not None:
            hits.append(_row(hit, message))
        if decisive := hit or first:
            found.count(decisive, is_hit=hit is not None)
    found.rows = sorted(hits, key=lambda row: row.at, reverse=True)[:ROWS]
    return found


def _refuse_without_past(event: str) -> None:
    """An event of the clock is told only while a rule listens: the journal has none to try it on."""
    if event not in EVENTS:
        raise Invalid(
            f"There is no event '{event}'.",
            code="bad_rule",
            rows=[{"field": "event", "value": event, "message": "is unknown"}],
        )
    if EVENTS[event].is_of_time:
        raise Invalid(
            f"'{event}' is told by the clock and only while a rule listens; the past has none to try the rule on.",
            code="no_past_of_time",
            rows=[{"field": "event", "value": event, "message": "cannot be tried on the past"}],
        )


def _watched(
    history: History, document: Mapping[str, Any], scope: Scope, condition: Compiled, *, is_validation: bool
) -> Iterator[Iterator[PastChange]]:
    """Order by order the changes, or the events, about which the rule would have been asked."""
    if is_validation:
        told = history.changes(scope, condition.fields)
    else:
        told = past_events(history, Listening(document["event"], str(document.get("code") or ""), condition.fields))
    return (changes for _order, changes in told)


def _refuse_prying(actor: Actor, fields: Collection[str]) -> None:
    if any(FIELDS_BY_PATH[path].is_cost for path in fields):
        refuse_unless(actor, Permission.COST_VIEW)
    if any(path in _PERSONAL for path in fields):
        refuse_unless(actor, Permission.PERSONAL_DATA_VIEW)


def _days(orders: Sequence[PastOrder]) -> float:
    if not orders:
        return 0.0
    return float((orders[-1].facts["placed_at"] - orders[0].facts["placed_at"]).total_seconds() / 86_400)


def _expression(document: Mapping[str, Any], name: str) -> str:
    builder = document.get("builder")
    return to_cel(builder) if builder else str(document.get(name) or ("true" if name == "condition" else ""))


def _scope(document: Mapping[str, Any], last: int, channel: str | None, *, is_validation: bool) -> Scope:
    channels = document.get("channels") or None
    if channel is not None:
        channels = [channel] if channels is None or channel in channels else []
    return Scope(
        last=max(1, min(last, MOST)),
        changes=document.get("changes") or None if is_validation else None,
        to_statuses=document.get("to_statuses") or None if is_validation else None,
        order_types=document.get("order_types") or None,
        channels=channels,
    )


def _is_hit(condition: Compiled, change: PastChange, found: Rehearsal, *, holds: bool) -> bool:
    try:
        return condition.holds(change.context) is holds
    except ConditionFailed as failed:
        found.failures += 1
        found.error = str(failed)
        return False


def _row(change: PastChange, message: str) -> HitRow:
    return HitRow(
        change.number, change.at, change.act.kinds[0], change.act.to_status, change.manager, change.channel,
        change.total, message,
    )  # fmt: skip
