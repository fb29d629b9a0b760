"""Digests are one's own: kept, changed, paused and removed by oneself alone."""

from datetime import UTC, datetime

import pytest

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.steering.digest_models import DigestPeriod, Rhythm
from oms_core.steering.digests import DigestWish, ask_digest, keep_digest, list_digests, remove_digest
from tests.signing_in import add_person

SUNDAY = datetime(2026, 6, 21, 12, tzinfo=UTC)
WISH = DigestWish("Monday", "desk", DigestPeriod.LAST_WEEK, Rhythm.WEEKLY, 7, figures=("orders_received",))


def test_one_keeps_changes_and_removes_only_ones_own(fresh_sessions, admin):
    add_person(fresh_sessions, "lena", Role.LEAD)
    with fresh_sessions() as session:
        lena = find_actor(session, "lena")

    def keep(wish: DigestWish = WISH, **facts: object) -> int:
        return door.run(fresh_sessions, lena, keep_digest, at=SUNDAY, wish=wish, **facts)

    digest_id = keep()
    with pytest.raises(NotFound, match="among yours"):
        door.run(fresh_sessions, admin, remove_digest, digest_id=digest_id, version=1)
    with pytest.raises(Invalid, match="kept so"):
        keep(DigestWish("", "nowhere", DigestPeriod.YESTERDAY, Rhythm.MONTHLY, 7, day=31))
    keep(digest_id=digest_id, version=1, is_active=False)
    with pytest.raises(Conflict, match="elsewhere"):
        keep(digest_id=digest_id, version=1)
    with pytest.raises(Conflict, match="paused"):
        door.run(fresh_sessions, lena, ask_digest, digest_id=digest_id)
    assert [one.is_active for one in door.read(fresh_sessions, lena, list_digests)] == [False]
