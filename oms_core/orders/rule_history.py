"""Past orders as rules would have seen them: the context of each change of a kind, as it stood at that moment."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy.orm import Session

from oms_core.orders import rule_history_sql as sql
from oms_core.orders.past_facts import CustomersOrder, Surroundings, change_at, facts_at
from oms_core.orders.past_orders import Act, Event, PastLine, PastOrder, parted, tell_act
from oms_core.orders.rule_facts import context_of_facts
from oms_core.workflow.rule_set import narrowed

_OF_CUSTOMERS = {
    "orders_before", "cancelled_before", "cancelled_percent", "hours_since_order", "open_value", "credit_left",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PastChange:
    """One change of a past order; ``context`` has the fields that were asked for, as they stood right after it."""

    number: str
    channel: str
    at: datetime
    manager: str | None
    total: float
    act: Act
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which past changes are asked for; None asks for all."""

    last: int
    changes: Collection[str] | None = None
    to_statuses: Collection[str] | None = None
    order_types: Collection[str] | None = None
    channels: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, act: Act) -> bool:
        """Tell whether an act is asked for."""
        return (
            any(kind in (self.changes or act.kinds) for kind in act.kinds if kind)
            and (self.to_statuses is None or act.to_status in self.to_statuses)
            and (self.since is None or act.at >= self.since)
            and (self.until is None or act.at < self.until)
        )

    @property
    def placed_only(self) -> bool:
        """Whether placements alone are asked for: then the rest of the journal is left unread."""
        return self.changes is not None and set(self.changes) == {"place"}


@dataclass(frozen=True, slots=True)
class History:
    """The last orders, the newest last, with what surrounds them; ``changes`` goes through their acts."""

    orders: Sequence[PastOrder]
    journal: Mapping[int, Sequence[Event]]
    around: Surroundings

    def changes(self, scope: Scope, fields: frozenset[str]) -> Iterator[tuple[PastOrder, Iterator[PastChange]]]:
        """Each order with its changes within ``scope``, told lazily: stop where enough is known."""
        for order in self.orders:
            yield order, self._changes_of(order, scope, fields)

    def _changes_of(self, order: PastOrder, scope: Scope, fields: frozenset[str]) -> Iterator[PastChange]:
        for together in parted(self.journal.get(order.id, ())):
            act = tell_act(order, together)
            if scope.holds(act):
                if scope.changes is not None:
                    act.kinds = tuple(kind for kind in act.kinds if kind in scope.changes)
                told = facts_at(order, act.at, self.around)
                context = narrowed(context_of_facts(told, change_at(act, self.around), act.at), fields)
                facts = order.facts
                yield PastChange(
                    order.number, facts["channel"], act.at, order.manager, facts["total"], act, context
                )  # fmt: skip


def past_contexts(session: Session, scope: Scope, fields: Collection[str]) -> History:
    """Read the last orders of a scope: a handful of statements however many they are, some only if asked for."""
    asked = {"last": scope.last, "channels": _listed(scope.channels), "types": _listed(scope.order_types)}
    heads = session.execute(sql.ORDERS, asked).mappings().all()
    orders = {row["id"]: PastOrder(row["id"], row["number"], dict(row), {}) for row in heads}
    named = {"orders": list(orders)}
    prices = _list_prices(session, named, fields)
    for row in session.execute(sql.LINES, named).mappings():
        facts = dict(row) | {"list_price": prices.get((row["order_id"], row["position"]))}
        line = PastLine(row["position"], row["quantity"], row["is_direct"], facts)
        orders[row["order_id"]].lines[line.position] = line
    told = session.execute(sql.EVENTS, named | {"placed_only": scope.placed_only}).all()
    journal = {order_id: [_event(row) for row in rows] for order_id, rows in groupby(told, key=itemgetter(0))}
    in_time = sorted(orders.values(), key=lambda order: (order.facts["placed_at"], order.id))
    return History(in_time, journal, _surroundings(session, orders, fields))


def _event(row: Sequence[Any]) -> Event:
    return Event(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7] or {}, row[8])


def _listed(codes: Collection[str] | None) -> list[str] | None:
    return None if codes is None else sorted(codes)


def _list_prices(session: Session, named: Mapping[str, Any], fields: Collection[str]) -> dict[tuple[int, int], float]:
    if not {"line.list_price", "line.below_list_percent"} & set(fields):
        return {}
    return {(row[0], row[1]): row[2] for row in session.execute(sql.LIST_PRICES, named)}


def _surroundings(session: Session, orders: Mapping[int, PastOrder], fields: Collection[str]) -> Surroundings:
    groups = {row.code: row.group_code for row in session.execute(sql.GROUPS)}
    people = {row.id: (row.login, list(row.roles)) for row in session.execute(sql.PEOPLE)}
    asked = {path.partition(".")[2] for path in fields if path.startswith(("customer.", "order.dup"))}
    customers: dict[int, list[CustomersOrder]] = {}
    if asked & (_OF_CUSTOMERS | {"duplicates"}):
        customers = _customers(session, orders, asked)
    return Surroundings(groups, people, customers)


def _customers(
    session: Session, orders: Mapping[int, PastOrder], asked: Collection[str]
) -> dict[int, list[CustomersOrder]]:
    named = {"customers": list({order.facts["customer_id"] for order in orders.values()})}
    rows = session.execute(sql.CUSTOMERS_ORDERS, named).all()
    money: dict[int, list[tuple[datetime, float]]] = defaultdict(list)
    if {"open_value", "credit_left"} & set(asked):
        for row in session.execute(sql.PAID_OVER_TIME, named):
            money[row.id].append((row.at, row.gross))
    goods: dict[int, Sequence[str]] = {}
    if "duplicates" in asked:
        ids = {"orders": [row.id for row in rows]}
        goods = {row.order_id: row.goods for row in session.execute(sql.GOODS, ids)}
    found: dict[int, list[CustomersOrder]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(
            CustomersOrder(
                row.id, row.placed_at, row.closed_at, row.is_cancelled, row.total, goods.get(row.id, ()),
                money.get(row.id, ()),
            )
        )  # fmt: skip
    return found
