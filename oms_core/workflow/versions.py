"""Versions of what is configured: each save is kept whole, so that it can be shown, compared and restored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, NotFound
from oms_core.workflow.rule_models import ConfigRevision, ConfigVersion

# Rules of every kind are compiled together, so they share one counter; reasons belong to the workflow.
_REVISION_OF = {
    "validation": "rules",
    "automation": "rules",
    "hold": "rules",
    "approval": "rules",
    "reasons": "workflow",
}


@dataclass(frozen=True, slots=True)
class VersionView:
    """One saved version; ``actor`` is the login of who saved it."""

    version: int
    document: dict[str, Any]
    note: str
    actor: str
    recorded_at: datetime


def keep_version(
    session: Session, *, kind: str, code: str, document: Mapping[str, Any], actor: Actor, now: datetime, note: str = ""
) -> int:
    """Keep the document as the next version of the piece and return its number, counted from 1.

    The revision of its kind grows with it: savers of one kind wait here for each other, so numbers have no gap.
    """
    _bump_revision(session, kind)
    version = latest_version(session, kind=kind, code=code) + 1
    session.add(
        ConfigVersion(
            kind=kind, code=code, version=version, document=dict(document), note=note, actor_id=actor.id,
            recorded_at=now,
        )
    )  # fmt: skip
    session.flush()
    return version


def refuse_stale(code: str, current: int, based_on: int | None) -> None:
    """Raise ``Conflict`` (``stale_version``) where a change was based on another version than the one in force.

    Ask after ``keep_version``: nobody else saves then.
    """
    if based_on is not None and based_on != current:
        rows = [{"field": "version", "given": based_on, "current": current}]
        raise Conflict(f"The rule '{code}' was changed meanwhile.", code="stale_version", rows=rows)


@requires(Permission.WORKFLOW_VIEW)
def list_versions(session: Session, *, kind: str, code: str) -> list[VersionView]:
    """The versions of a piece, the newest first."""
    query = (
        select(ConfigVersion, User.login)
        .join(User, User.id == ConfigVersion.actor_id)
        .where(ConfigVersion.kind == kind, ConfigVersion.code == code)
        .order_by(ConfigVersion.version.desc())
    )
    return [
        VersionView(kept.version, kept.document, kept.note, login, kept.recorded_at)
        for kept, login in session.execute(query)
    ]


def version_of(session: Session, kind: str, code: str, version: int) -> dict[str, Any]:
    """Return the document of one version; raises ``NotFound``."""
    kept = session.get(ConfigVersion, (kind, code, version))
    if kept is None:
        rows = [{"field": "version", "value": version, "message": "was never saved"}]
        raise NotFound(f"There is no version {version} of {kind} '{code}'.", rows=rows)
    return kept.document


def latest_version(session: Session, *, kind: str, code: str) -> int:
    """The number of the version in force; 0 where none was ever kept."""
    query = select(func.max(ConfigVersion.version)).where(ConfigVersion.kind == kind, ConfigVersion.code == code)
    return session.scalar(query) or 0


def revision_of(session: Session, kind: str) -> int:
    """Read the counter of a kind (``workflow`` or ``rules``): what was compiled under another number is stale."""
    return session.scalar(select(ConfigRevision.revision).where(ConfigRevision.kind == kind)) or 0


def _bump_revision(session: Session, kind: str) -> None:
    """Count up; the row stays locked until the transaction ends."""
    bump = insert(ConfigRevision).values(kind=_REVISION_OF.get(kind, kind), revision=1)
    session.execute(
        bump.on_conflict_do_update(index_elements=[ConfigRevision.kind], set_={"revision": ConfigRevision.revision + 1})
    )
