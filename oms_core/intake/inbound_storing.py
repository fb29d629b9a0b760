"""Storing what came in, before anything is decided of it: the same message twice is one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.errors import NotFound
from oms_core.intake.inbound_models import InboundMessage
from oms_core.intake.inbound_reading import Incoming

_LATEST = text("""
SELECT DISTINCT ON (external_id) id, external_id, revision, digest
FROM inbound_messages
WHERE channel_id = :channel_id AND external_id = ANY (CAST(:names AS text[]))
ORDER BY external_id, revision DESC
""")
# What a counted day missed is missing no more, by whatever way it came in.
_STRIKE = text("""
UPDATE feed_reconciliations r
SET still_missing = ARRAY(SELECT x FROM unnest(r.still_missing) x WHERE x <> ALL (CAST(:names AS text[]))),
    ours = r.theirs - (SELECT count(*) FROM unnest(r.still_missing) x WHERE x <> ALL (CAST(:names AS text[]))),
    recovered = r.recovered + (SELECT count(*) FROM unnest(r.still_missing) x WHERE x = ANY (CAST(:names AS text[])))
FROM channel_feeds f
WHERE f.id = r.feed_id AND f.channel_id = :channel_id AND r.still_missing <> '{}'
  AND r.still_missing && CAST(:names AS text[])
""")


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as it is kept; ``created`` is False where it was here already."""

    id: int
    external_id: str
    revision: int
    created: bool


@requires(Permission.INBOX_WORK)
def post_message(session: Session, *, actor: Actor, now: datetime, channel: str, incoming: Incoming) -> Stored:  # noqa: ARG001 - the door's
    """Keep a message that somebody sent to a channel; raises ``NotFound`` (``unknown_channel``)."""
    return store_incoming(session, [incoming], channel_id=channel_id_of(session, channel), feed_id=None, now=now)[0]


def channel_id_of(session: Session, code: str) -> int:
    """Find a channel; raises ``NotFound``."""
    found = session.scalar(select(Channel.id).where(Channel.code == code))
    if found is None:
        raise NotFound(f"There is no channel '{code[:40]}'.", code="unknown_channel", rows=[{"channel": code[:40]}])
    return found


def store_incoming(
    session: Session, incoming: Sequence[Incoming], *, channel_id: int, feed_id: int | None, now: datetime
) -> list[Stored]:
    """Keep messages of a channel, one row for each: what says something else under a known name is a new revision.

    Two who store the same message at once meet at its key; the door lets one of them try again.
    """
    names = sorted({one.external_id for one in incoming})
    rows = session.execute(_LATEST, {"channel_id": channel_id, "names": names})
    latest = {row.external_id: (row.id, row.revision, bytes(row.digest)) for row in rows}
    stored = []
    for one in incoming:
        known_id, revision, digest = latest.get(one.external_id, (0, 0, b""))
        if known_id and digest == one.digest:
            stored.append(Stored(known_id, one.external_id, revision, created=False))
            continue
        message = InboundMessage(
            channel_id=channel_id, feed_id=feed_id, external_id=one.external_id, revision=revision + 1,
            digest=one.digest, form=one.form, received_at=now, sender=one.sender, subject=one.subject, body=one.body,
        )  # fmt: skip
        session.add(message)
        session.flush()
        latest[one.external_id] = (message.id, message.revision, one.digest)
        stored.append(Stored(message.id, one.external_id, message.revision, created=True))
    session.execute(_STRIKE, {"channel_id": channel_id, "names": names})
    return stored
