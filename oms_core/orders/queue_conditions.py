"""What a question asks of the rows of the queue, as SQL over ``o`` with its values bound."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.errors import Invalid
from oms_core.orders.queue_sql import AMONG_THE_RISKY, CODES_OF_GROUPS, HAS_SHORT_LINE
from oms_core.orders.search import Matches
from oms_core.orders.views import OPEN_GROUPS, VIEW_GROUPS, QueueFilters, SavedView
from oms_core.workflow.models import Group

Word = TypeVar("Word", bound=StrEnum)
OPEN_STAGES = frozenset(OPEN_GROUPS)


@dataclass
class Asked:
    """The conditions of a question; ``statuses`` are those the orders may be in (None: any), ``matches`` its search."""

    clauses: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    statuses: tuple[str, ...] | None = None
    matches: Matches | None = None

    def require(self, clause: str, **values: object) -> None:
        """Ask one thing more."""
        self.clauses.append(clause)
        self.values.update(values)

    @property
    def where(self) -> str:
        """The conditions but for statuses and search."""
        return " AND ".join(self.clauses) or "true"

    @property
    def where_found(self) -> str:
        """The conditions with the search, where it is met on the way."""
        if self.matches is None:
            return self.where
        ways = ["o.id = ANY (CAST(:found AS bigint[]))", *(f"({broad})" for broad in self.matches.broad)]
        return f"{self.where} AND ({' OR '.join(ways)})"


def read_filters(session: Session, filters: QueueFilters, *, actor: Actor, now: datetime) -> Asked:
    """Say what the filters ask for, but for the search; raises ``Invalid`` naming the field."""
    view = member(SavedView, filters.view, "view")
    asked = Asked(statuses=_statuses(session, view, filters))
    asked.values |= {"statuses": list(asked.statuses or ())}
    asked.values |= {f"status_{place}": code for place, code in enumerate(asked.statuses or ())}
    if view is SavedView.LATE:
        # As the index of what is due has it; every status of the view is one of open orders.
        asked.require("o.closed_at IS NULL AND coalesce(o.promised_at, 'infinity'::timestamptz) < :now", now=now)
    if view is SavedView.AT_RISK:
        asked.require(f"o.closed_at IS NULL AND o.first_promised_at >= :now AND {AMONG_THE_RISKY}", now=now)
    if view in (SavedView.LATE, SavedView.AT_RISK):
        asked.statuses = asked.statuses if filters.status_group or filters.status else None
    if view is SavedView.BACKORDERED:
        asked.require(HAS_SHORT_LINE)
    # Of a pile of open orders all is found on the way through its few statuses: by the bare condition the planner would
    # fetch whatever a manager or channel ever had to see which of it is open. What IS TRUE is asked of no index.
    is_pile = asked.statuses is not None and OPEN_STAGES.issuperset(_groups(view, filters) or ())
    on_the_way = "({}) IS TRUE" if is_pile else "{}"
    for value, clause, name in (
        (filters.channel, "o.channel_id = (SELECT id FROM channels WHERE code = :channel)", "channel"),
        (filters.manager, "o.manager_id = (SELECT id FROM users WHERE login = :manager)", "manager"),
        (filters.warehouse, "o.warehouse_id = (SELECT id FROM warehouses WHERE code = :warehouse)", "warehouse"),
    ):
        if value is not None:
            asked.require(on_the_way.format(clause), **{name: value})
    if view is SavedView.MINE and filters.manager is None:
        asked.require(on_the_way.format("o.manager_id = :me"), me=actor.id)
    return asked


def _statuses(session: Session, view: SavedView, filters: QueueFilters) -> tuple[str, ...] | None:
    """The statuses an order may be in; None: any."""
    groups = _groups(view, filters)
    if groups is None:
        return None if filters.status is None else (filters.status,)
    codes = session.scalars(CODES_OF_GROUPS, {"groups": [group.value for group in groups]})
    return tuple(code for code in codes if filters.status in (None, code))


def _groups(view: SavedView, filters: QueueFilters) -> tuple[Group, ...] | None:
    groups = VIEW_GROUPS[view]
    if filters.status_group is None:
        return groups
    group = member(Group, filters.status_group, "status_group")
    return (group,) if groups is None or group in groups else ()


def member(kind: type[Word], value: str, name: str) -> Word:
    """Return what is named by ``value``; raises ``Invalid`` naming the field."""
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        rows = [{"field": name, "value": value, "message": f"must be one of {known}"}]
        raise Invalid(f"There is no {name.replace('_', ' ')} '{value}'.", code=f"unknown_{name}", rows=rows) from None
