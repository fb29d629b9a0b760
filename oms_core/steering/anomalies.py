"""Anomalies: what cannot be right about an order, with its evidence, and what people said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.orders.models import Order
from oms_core.orders.personal_data import HIDDEN, sees_personal_data
from oms_core.orders.stage_pace import CLOCK_KINDS
from oms_core.steering import anomaly_sql as sql
from oms_core.steering.models import Anomaly, AnomalyVerdict

MOST = 200


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One order under one suspicion that nobody has judged; ``evidence`` holds what it rests on, by its kind."""

    kind: Anomaly
    number: str
    since: datetime
    evidence: Mapping[str, Any]
    status: str
    status_name: str
    total: Decimal
    currency: str
    customer: str
    manager: str | None
    manager_name: str | None


@dataclass(frozen=True, slots=True)
class Precision:
    """How many suspicions of a kind people found right, and how many were false alarms."""

    kind: Anomaly
    right: int
    wrong: int

    @property
    def share(self) -> float | None:
        """The share that was right; None while nobody has judged any."""
        judged = self.right + self.wrong
        return self.right / judged if judged else None


@requires(Permission.ORDER_VIEW)
def list_anomalies(
    session: Session, *, actor: Actor, now: datetime, kind: str | None = None, limit: int = MOST
) -> list[Suspicion]:
    """List what looks wrong now and nobody has judged, by kind, the largest sums first, ``limit`` of each kind.

    Raises ``Invalid`` for an unknown kind.
    """
    kinds = list(Anomaly) if kind is None else [_known(kind)]
    given = {"now": now, "clock_kinds": list(CLOCK_KINDS), "limit": max(1, min(limit, MOST))}
    rows = [row for one in kinds for row in session.execute(sql.LIST[one], given)]
    found = [Suspicion(**row._asdict() | {"kind": Anomaly(row.kind)}) for row in rows]
    return found if sees_personal_data(actor) else [replace(one, customer=HIDDEN) for one in found]


@requires(Permission.ORDER_COMMENT)
def judge_anomaly(
    session: Session, *, actor: Actor, now: datetime, kind: str, number: str, is_true: bool, note: str = ""
) -> None:
    """Say that a suspicion is right or a false alarm: it is listed no more, and counts in the precision of its kind.

    Raises ``NotFound`` for an unknown order, ``Conflict`` (``no_anomaly``) where nothing looks wrong any more.
    """
    named = _known(kind)
    order_id = session.scalar(select(Order.id).where(Order.number == number))
    if order_id is None:
        raise NotFound(f"There is no order {number}.", code="unknown_order", rows=[{"number": number}])
    given = {"now": now, "clock_kinds": list(CLOCK_KINDS), "order_id": order_id}
    evidence = session.execute(sql.OF_ORDER[named], given).scalar_one_or_none()
    if evidence is None:
        raise Conflict(
            f"Nothing looks wrong about order {number} any more.", code="no_anomaly", rows=[{"number": number}]
        )
    said = {"is_true": is_true, "evidence": evidence, "note": note.strip(), "actor_id": actor.id, "decided_at": now}
    session.execute(
        insert(AnomalyVerdict)
        .values(kind=named, order_id=order_id, **said)
        .on_conflict_do_update(index_elements=["kind", "order_id"], set_=said)
    )


@requires(Permission.ORDER_VIEW)
def measure_precision(session: Session) -> list[Precision]:
    """Tell of each kind how often people found it right."""
    judged = {row.kind: row for row in session.execute(sql.JUDGED)}
    return [
        Precision(kind, judged[kind].right, judged[kind].wrong) if kind in judged else Precision(kind, 0, 0)
        for kind in Anomaly
    ]


def _known(kind: str) -> Anomaly:
    try:
        return Anomaly(kind)
    except ValueError:
        rows = [{"field": "kind", "value": kind[:60], "message": f"must be one of {', '.join(Anomaly)}"}]
        raise Invalid(f"There is no anomaly '{kind[:60]}'.", code="unknown_choice", rows=rows) from None
