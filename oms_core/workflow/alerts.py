"""Alerts: what somebody should look at; one is open at a time for each kind and reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.errors import NotFound
from oms_core.workflow.rule_models import Alert


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as people see it; ``acknowledged_by`` is the login of who has seen to it."""

    id: int
    kind: str
    reference: str
    message: str
    details: dict[str, Any] | None
    order_id: int | None
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None


def open_alert(
    session: Session, *, kind: str, reference: str, message: str, now: datetime,
    details: Mapping[str, Any] | None = None, order_id: int | None = None,
) -> bool:  # fmt: skip
    """Raise the alert unless one of this kind and reference is open already; tells whether it is new.

    One that is open is left alone, so that writers who raise it again never wait for each other.
    """
    standing = select(Alert.id).where(Alert.kind == kind, Alert.reference == reference, Alert.closed_at.is_(None))
    if session.scalar(standing.limit(1)) is not None:
        return False
    row = {
        "kind": kind, "reference": reference, "message": message, "opened_at": now, "order_id": order_id,
        "details": None if details is None else dict(details),
    }  # fmt: skip
    added = insert(Alert).values(**row).on_conflict_do_nothing(
        index_elements=[Alert.kind, Alert.reference], index_where=text("closed_at IS NULL")
    )  # fmt: skip
    return session.scalar(added.returning(Alert.id)) is not None


def close_alert(session: Session, *, kind: str, reference: str, now: datetime) -> bool:
    """Close the open alert whose cause is gone; tells whether there was one."""
    closed = (
        update(Alert)
        .where(Alert.kind == kind, Alert.reference == reference, Alert.closed_at.is_(None))
        .values(closed_at=now)
    )
    return session.scalar(closed.returning(Alert.id), execution_options={"synchronize_session": False}) is not None


@requires(Permission.RULES_EDIT)
def acknowledge_alert(session: Session, *, actor: Actor, now: datetime, alert_id: int) -> None:
    """Say that somebody has seen to it: it is closed, so that the next occurrence raises a new one.

    Raises ``NotFound`` where no such alert is open.
    """
    alert = session.scalars(select(Alert).where(Alert.id == alert_id).with_for_update()).one_or_none()
    if alert is None or alert.closed_at is not None:
        raise NotFound("There is no such open alert.", code="unknown_alert", rows=[{"id": alert_id}])
    alert.acknowledged_at, alert.acknowledged_by, alert.closed_at = now, actor.id, now


@requires(Permission.WORKFLOW_VIEW)
def list_alerts(session: Session, *, open_only: bool = True, limit: int = 100) -> list[AlertView]:
    """Alerts, the newest first."""
    query = (
        select(
            Alert.id, Alert.kind, Alert.reference, Alert.message, Alert.details, Alert.order_id, Alert.opened_at,
            Alert.acknowledged_at, User.login, Alert.closed_at,
        )
        .outerjoin(User, User.id == Alert.acknowledged_by)
        .order_by(Alert.opened_at.desc(), Alert.id.desc())
        .limit(limit)
    )  # fmt: skip
    if open_only:
        query = query.where(Alert.closed_at.is_(None))
    return [AlertView(*row) for row in session.execute(query)]
