"""Versions of what is configured: each save is kept whole, so that it can be shown, compared and restored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.db import Base
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


def keep_change(
    session: Session, *, kind: str, code: str, document: Mapping[str, Any], actor: Actor, now: datetime, note: str = "",
    based_on: int | None, before: Callable[[], Mapping[str, Any] | None] = lambda: None,
) -> int:  # fmt: skip
    """Keep a changed document as the next version, and return its number.

    ``before`` tells what the piece was where no version of it was ever kept: that becomes the first, so that there is
    a way back. ``based_on`` is the version that the change was made from: 0 for a new piece, None for whatever is
    there. Raises ``Conflict`` as ``refuse_stale`` does.
    """
    _bump_revision(session, kind)
    current = latest_version(session, kind=kind, code=code)
    first = before() if current == 0 else None
    if first is not None:
        current = keep_version(session, kind=kind, code=code, document=first, actor=actor, now=now)
    # Before anybody changed it, it had the number 0 or 1, as its room counts.
    if first is None or based_on not in {0, 1}:
        refuse_stale(session, kind=kind, code=code, current=current, based_on=based_on, wanted=document)
    return keep_version(session, kind=kind, code=code, document=document, actor=actor, now=now, note=note)


def refuse_stale(
    session: Session, *, kind: str, code: str, current: int, based_on: int | None, wanted: Mapping[str, Any]
) -> None:
    """Raise ``Conflict`` (``stale_version``) where a change was based on another version than the current one.

    Its first row names both versions, ``by`` whom and ``at`` what time the piece was saved since; each other row a
    field that this changed, with the value there is (``theirs``) and the one wanted (``yours``).
    """
    if based_on is None or based_on == current:
        return
    kept = {version.version: version for version in list_versions(session, kind=kind, code=code)}
    since = [kept[number] for number in sorted(kept) if based_on < number <= current]
    who = ", ".join(dict.fromkeys(version.actor for version in since))
    head = {"field": "version", "given": based_on, "current": current}
    if since:
        head |= {"by": who, "at": since[-1].recorded_at.isoformat()}
    before, there = (kept[number].document if number in kept else {} for number in (based_on, current))
    raise Conflict(
        f"'{code}' was changed meanwhile by {who or 'somebody else'}: it is now version {current}.",
        code="stale_version", rows=[head, *_differences(before, there, wanted)],
    )  # fmt: skip


def refuse_taken(session: Session, table: type[Base], code: str, *, based_on: int | None) -> None:
    """Raise ``Conflict`` (``code_taken``) where what is meant as new (0) has the code of another."""
    if based_on == 0 and session.get(table, code, populate_existing=True) is not None:
        rows = [{"field": "code", "value": code, "message": "is taken"}]
        raise Conflict(f"There is '{code}' already: choose another code.", code="code_taken", rows=rows)


def _differences(
    before: Mapping[str, Any], there: Mapping[str, Any], wanted: Mapping[str, Any]
) -> list[dict[str, Any]]:
    return [
        {"field": name, "theirs": value, "yours": wanted.get(name)}
        for name, value in there.items()
        if value != wanted.get(name) and (name not in before or value != before[name])
    ]


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
