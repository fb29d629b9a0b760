"""Segments: saved questions about customers, counted and listed as of the moment they are asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Category
from oms_core.customers.models import CustomerSegment
from oms_core.customers.segment_conditions import Conditions, as_conditions, as_document, read_conditions
from oms_core.errors import Conflict, Invalid, NotFound

_COUNT = "WITH {given}one AS (SELECT 1) SELECT count(*) FROM {listed} {joined} WHERE {where}"


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A saved segment; ``conditions`` as ``read_conditions`` takes them."""

    id: int
    name: str
    conditions: Sequence[Mapping[str, Any]]
    owner_name: str
    version: int


@requires(Permission.CUSTOMER_EDIT)
def save_segment(
    session: Session, *, actor: Actor, now: datetime, name: str, conditions: Sequence[Mapping[str, Any]],
    segment_id: int | None = None, version: int | None = None,
) -> int:  # fmt: skip
    """Keep a segment under a name of its own, or change the one of this id; returns its id.

    Raises ``Invalid`` naming fields, ``Conflict`` for a name that is taken or a version that is not the last.
    """
    document = {"conditions": as_document(read_conditions(conditions))}
    told = name.strip()
    if not 1 <= len(told) <= 100 or "\0" in told:
        rows = [{"field": "name", "value": told[:100], "message": "must be text of 1 to 100 characters"}]
        raise Invalid("A segment needs a name.", code="invalid_segment", rows=rows)
    taken = select(CustomerSegment.id).where(CustomerSegment.name == told, CustomerSegment.id != (segment_id or 0))
    if session.scalar(taken) is not None:
        raise Conflict(f"There is a segment '{told}' already.", code="segment_taken", rows=[{"value": told}])
    if segment_id is None:
        segment = CustomerSegment(name=told, definition=document, owner_id=actor.id, created_at=now)
        session.add(segment)
        session.flush()
        return segment.id
    segment = _locked(session, segment_id, version)
    segment.name, segment.definition, segment.version = told, document, segment.version + 1
    return segment.id


@requires(Permission.CUSTOMER_EDIT)
def remove_segment(session: Session, *, actor: Actor, now: datetime, segment_id: int, version: int) -> None:  # noqa: ARG001
    """Forget a segment; the customers in it stay as they are."""
    session.delete(_locked(session, segment_id, version))


@requires(Permission.CUSTOMER_VIEW)
def list_segments(session: Session) -> list[SegmentView]:
    """Every segment by name."""
    query = select(
        CustomerSegment.id, CustomerSegment.name, CustomerSegment.definition, User.name, CustomerSegment.version
    ).join(User, User.id == CustomerSegment.owner_id)
    return [
        SegmentView(row[0], row[1], row[2]["conditions"], row[3], row[4])
        for row in session.execute(query.order_by(CustomerSegment.name))
    ]


@requires(Permission.CUSTOMER_VIEW)
def list_categories(session: Session) -> list[str]:
    """The codes of what may be bought, for choosing among them."""
    return list(session.scalars(select(Category.code).order_by(Category.code)))


@requires(Permission.CUSTOMER_VIEW)
def count_customers(session: Session, *, now: datetime, conditions: Sequence[Mapping[str, Any]]) -> int:
    """Count who meets these conditions now; raises ``Invalid`` naming them."""
    made = as_conditions(read_conditions(conditions), now=now)
    made.require("c.merged_into_id IS NULL")
    return int(session.execute(text(made.fill(_COUNT)), made.values).scalar_one())


def conditions_of(session: Session, segment_id: int, *, now: datetime) -> Conditions:
    """The conditions of a saved segment as SQL; raises ``NotFound``."""
    definition = session.scalar(select(CustomerSegment.definition).where(CustomerSegment.id == segment_id))
    if definition is None:
        raise _unknown(segment_id)
    return as_conditions(read_conditions(definition["conditions"]), now=now)


def _locked(session: Session, segment_id: int, version: int | None) -> CustomerSegment:
    query = select(CustomerSegment).where(CustomerSegment.id == segment_id).with_for_update()
    segment = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if segment is None:
        raise _unknown(segment_id)
    if version is not None and version != segment.version:
        rows = [{"field": "version", "given": version, "current": segment.version}]
        raise Conflict("Somebody saved this segment meanwhile.", code="stale_version", rows=rows)
    return segment


def _unknown(segment_id: int) -> NotFound:
    return NotFound(f"There is no segment {segment_id}.", code="unknown_segment", rows=[{"id": segment_id}])
