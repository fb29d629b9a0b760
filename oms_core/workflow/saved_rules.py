"""Rules of a kind as rows: found by their code, read with all their fields, written as the next version."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.db import Base
from oms_core.errors import NotFound
from oms_core.workflow.document_fields import Document
from oms_core.workflow.versions import keep_change, refuse_taken

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound=Base)


def find_rule(session: Session, table: type[R], code: str) -> R:
    """The row of a rule; raises ``NotFound`` (``unknown_rule``)."""
    row = session.get(table, code)
    if row is None:
        raise NotFound(f"There is no rule '{code}'.", code="unknown_rule", rows=[{"field": "code", "value": code}])
    return row


def store_rule(
    session: Session, table: type[R], rule: Document, *, kind: str, actor: Actor, now: datetime, note: str,
    based_on: int | None,
) -> R:  # fmt: skip
    """Write a rule as its next version; raises ``Conflict`` as ``keep_change`` and ``refuse_taken``."""
    refuse_taken(session, table, rule.code, based_on=based_on)
    document = rule.as_json()
    version = keep_change(
        session, kind=kind, code=rule.code, document=document, actor=actor, now=now, note=note, based_on=based_on
    )
    row = session.get(table, rule.code, populate_existing=True) or table(code=rule.code)
    for name, value in (columns_of(rule) | {"version": version}).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row


def columns_of(rule: Document) -> dict[str, Any]:
    """The fields of a rule as its row keeps them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rule).items()}


def fields_of(row: Base, view: "type[DataclassInstance]") -> dict[str, Any]:
    """The fields of a view as a row has them."""
    values = {one.name: getattr(row, one.name) for one in fields(view)}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
