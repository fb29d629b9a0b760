"""Ten units held for a while by sixty clients at once: exactly ten are, and all ten come free when the time is up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from building import a_stocked_product, asked, levels
from racing import race
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door, integrity
from oms_core.access.actors import Actor, find_actor
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Conflict
from oms_core.orders.expiry import expire_reservations
from oms_core.orders.placement import place_order

CLIENTS, UNITS = 60, 10
PLACED_AT = datetime.now(UTC)


def held_by_a_race(sessions: sessionmaker[Session], actor: Actor, **facts: Any) -> list[Any]:
    """Sixty clients want a unit each for a minute, all at once."""
    with sessions.begin() as session:
        a_stocked_product(session, "TEA", UNITS)
    given = facts | {"channel": "desk", "lines": asked({"TEA": 1}), "hold_minutes": 1}
    clients: list[Callable[[], Any]] = [
        partial(
            door.run, sessions, actor, place_order, at=PLACED_AT, customer=CustomerRef(name=f"Client {number}"), **given
        )
        for number in range(CLIENTS)
    ]
    return race(clients)


def breaches(sessions: sessionmaker[Session]) -> dict[str, int]:
    with sessions() as session:
        return {finding.code: finding.rows for finding in integrity.check(session) if finding.rows}


def test_sixty_clients_hold_ten_units_and_after_a_minute_ten_are_free(fresh_sessions, admin):
    outcomes = held_by_a_race(fresh_sessions, admin, allow_backorder=False)
    refused = [one for one in outcomes if isinstance(one, Conflict)]
    assert (len(outcomes) - len(refused), {one.code for one in refused}) == (UNITS, {"short_of_stock"})
    with fresh_sessions() as session:
        assert levels(session) == {("MAIN", "TEA"): (UNITS, UNITS)}
        system = find_actor(session, "system")
    later = PLACED_AT + timedelta(minutes=1)
    assert door.run(fresh_sessions, system, expire_reservations, at=PLACED_AT) == 0, "not a moment early"
    sweeps = race([partial(door.run, fresh_sessions, system, expire_reservations, at=later, at_once=3)] * 8)
    while door.run(fresh_sessions, system, expire_reservations, at=later):
        pass
    assert all(isinstance(one, int) for one in sweeps), sweeps
    with fresh_sessions() as session:
        assert levels(session) == {("MAIN", "TEA"): (UNITS, 0)}
    assert breaches(fresh_sessions) == {}


def test_what_runs_out_while_others_want_it_is_promised_to_nobody_twice(fresh_sessions, admin):
    held_by_a_race(fresh_sessions, admin)
    with fresh_sessions() as session:
        system = find_actor(session, "system")
    later = PLACED_AT + timedelta(minutes=1)
    sweep = partial(door.run, fresh_sessions, system, expire_reservations, at=later)
    place = partial(
        door.run, fresh_sessions, admin, place_order, channel="desk", customer=CustomerRef(name="Late"),
        lines=asked({"TEA": 1}),
    )  # fmt: skip
    outcomes = race([sweep] * 4 + [place] * 20)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    with fresh_sessions() as session:
        on_hand, reserved = levels(session)["MAIN", "TEA"]
    assert (on_hand, reserved) == (UNITS, UNITS), "who waited was served"
    assert breaches(fresh_sessions) == {}
