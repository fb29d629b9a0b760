"""Mappings kept by name, one for each source of files: saved, listed, removed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.intake.models import ImportMapping
from pipelines.imports.mapping import mapping_of

NAME_LENGTH = 100


@dataclass(frozen=True)
class KeptMapping:
    """A mapping as it is kept; ``document`` is what a mapping file says."""

    name: str
    channel: str | None
    document: dict[str, Any]
    version: int
    saved_at: datetime


@requires(Permission.IMPORT_RUN)
def list_mappings(session: Session) -> list[KeptMapping]:
    """List what is kept, by name."""
    rows = session.execute(
        select(ImportMapping, Channel.code)
        .outerjoin(Channel, Channel.id == ImportMapping.channel_id)
        .order_by(ImportMapping.name)
    )
    return [KeptMapping(kept.name, code, kept.document, kept.version, kept.saved_at) for kept, code in rows]


@requires(Permission.IMPORT_RUN)
def save_mapping(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    name: str,
    document: dict[str, Any],
    channel: str | None = None,
    version: int | None = None,
) -> int:
    """Keep a mapping under a name and return its version; ``version`` is the one that was seen, None for a new name.

    Raises ``Invalid`` for a document that cannot be used, ``Conflict`` where the name is taken or it was changed.
    """
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH:
        message = f"must have 1 to {NAME_LENGTH} characters"
        raise Invalid(f"The name {message}.", code="invalid_mapping", rows=[{"field": "name", "message": message}])
    mapping_of(document, name=name)
    channel_id = _find_channel(session, channel)
    kept = _lock(session, name)
    _refuse_stale(kept, name, version)
    if kept is None:
        kept = ImportMapping(name=name, version=0)
        session.add(kept)
    kept.channel_id, kept.document, kept.version = channel_id, document, kept.version + 1
    kept.actor_id, kept.saved_at = actor.id, now
    session.flush()
    return kept.version


@requires(Permission.IMPORT_RUN)
def rename_mapping(session: Session, *, actor: Actor, now: datetime, name: str, to: str, version: int) -> int:
    """Give a mapping another name and return its version; raises as ``save_mapping`` and ``remove_mapping`` do."""
    kept = _lock(session, name)
    if kept is None:
        raise NotFound(f"There is no mapping '{name}'.", code="unknown_mapping", rows=[{"name": name}])
    _refuse_stale(kept, name, version)
    channel = None if kept.channel_id is None else session.get_one(Channel, kept.channel_id).code
    renamed = save_mapping(session, actor=actor, now=now, name=to, document=kept.document, channel=channel)
    session.delete(kept)
    session.flush()
    return renamed


@requires(Permission.IMPORT_RUN)
def remove_mapping(session: Session, *, actor: Actor, now: datetime, name: str, version: int) -> None:  # noqa: ARG001 - the door's
    """Forget a mapping; raises ``NotFound``, or ``Conflict`` where somebody changed it meanwhile."""
    kept = _lock(session, name)
    if kept is None:
        raise NotFound(f"There is no mapping '{name}'.", code="unknown_mapping", rows=[{"name": name}])
    _refuse_stale(kept, name, version)
    session.delete(kept)
    session.flush()


def _find_channel(session: Session, code: str | None) -> int | None:
    if code is None:
        return None
    found = session.scalar(select(Channel.id).where(Channel.code == code))
    if found is None:
        raise NotFound(f"There is no channel '{code}'.", code="unknown_channel", rows=[{"channel": code}])
    return found


def _lock(session: Session, name: str) -> ImportMapping | None:
    wanted = select(ImportMapping).where(ImportMapping.name == name).with_for_update()
    return session.scalar(wanted.execution_options(populate_existing=True))


def _refuse_stale(kept: ImportMapping | None, name: str, version: int | None) -> None:
    now = None if kept is None else kept.version
    if now != version:
        rows = [{"name": name, "version": now, "yours": version}]
        raise Conflict(f"Somebody changed the mapping '{name}' meanwhile.", code="stale_version", rows=rows)
