"""What 44 rules in force add to the time of a save, through the door: orders placed and moved, with and without them.

Run as ``python -m benchmarks.rules``; the two take turns on one server, fsync on, every few saves, so that what else
the machine does falls on both alike. The shop has orders already and the server knows how its tables are filled, as it
does a minute after a shop opened: plans made for empty tables are nobody's. ``ratio`` is the p95 of a save with rules
over that without, less one.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.place_order import PRODUCTS, STOCK, THIRDS
from benchmarks.scratch import scratch_shop
from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.config import Settings
from oms_core.db import make_sessions
from oms_core.orders.placement import CustomerRef, LineRequest, PlacedOrder, place_order
from oms_core.orders.progress import move_order
from oms_core.workflow.rule_library import rule_library
from oms_core.workflow.rule_set import rules_in_force
from oms_core.workflow.validation import save_rule

RULES = 44
TURN = 25  # saves before the other takes its turn
WARM_UP = 60
EARLIER_ORDERS = 2_000
WAY = ("confirm", "pick", "ship")
CUSTOMERS = """
INSERT INTO contacts (customer_id, kind, value, normalised)
SELECT id, 'phone', '+48 600 ' || id, '+48600' || id FROM customers;
INSERT INTO contacts (customer_id, kind, value, normalised)
SELECT id, 'email', 'c' || id || '@shop.example', 'c' || id || '@shop.example' FROM customers;
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=1500, help="orders placed, and moves made, with and without rules")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    options = parser.parse_args(argv)
    sys.stdout.write(json.dumps(measure(Settings(), saves=options.saves)) + "\n")
    return 0


def measure(settings: Settings, *, saves: int) -> dict[str, object]:
    """Return the p95 of each kind of save in milliseconds, with the rules (ours) and without (the bound)."""
    with scratch_shop(settings) as engine:
        with engine.begin() as connection:
            connection.execute(text(STOCK))
            connection.execute(text(CUSTOMERS))
        sessions = make_sessions(engine)
        with sessions() as session:
            actor = find_actor(session, "admin")
        _save_rules(sessions, actor)
        times = _Times(sessions, actor)
        for _ in range(EARLIER_ORDERS):
            times.place()
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        times.run(WARM_UP, keep=False)
        times.run(saves, keep=True)
        in_scope = _in_scope(sessions)
    ours, bound = ({kind: _p95(times.taken[kind, ruled]) for kind in ("place", "move")} for ruled in (True, False))
    medians = {
        kind: [round(statistics.median(times.taken[kind, ruled]), 3) for ruled in (True, False)] for kind in ours
    }
    both = [_p95(times.taken["place", ruled] + times.taken["move", ruled]) for ruled in (True, False)]
    return {
        "name": "rules",
        "ours": ours | {"all": both[0]},
        "bound": bound | {"all": both[1]},
        "ratio": {kind: round(ours[kind] / bound[kind] - 1, 3) for kind in ours}
        | {"all": round(both[0] / both[1] - 1, 3)},
        "unit": "milliseconds, p95 of a save; ratio: what the rules add",
        "median_with_and_without": medians,
        "rules_in_scope": in_scope,
        "saves": saves,
    }


class _Times:
    """Seconds taken by kind of save, with rules (True) and without."""

    def __init__(self, sessions: sessionmaker[Session], actor: Actor) -> None:
        self.sessions = sessions
        self.actor = actor
        self.draw = random.Random(7)
        self.taken: dict[tuple[str, bool], list[float]] = {
            (kind, ruled): [] for kind in ("place", "move") for ruled in (True, False)
        }

    def run(self, saves: int, *, keep: bool) -> None:
        """Place and move as often with rules as without, in turns."""
        for _ in range(max(1, saves // TURN)):
            for ruled in (True, False):
                _switch(self.sessions, active=ruled)
                self._turn(ruled, keep=False, orders=2)  # rules are compiled once, statements prepared once
                self._turn(ruled, keep=keep, orders=TURN)

    def place(self) -> PlacedOrder:
        """Place an order of three lines for some customer."""
        lines = [LineRequest(f"P{self.draw.randint(*third)}", Decimal(1)) for third in THIRDS]
        customer = CustomerRef(id=self.draw.randint(1, PRODUCTS))
        return door.run(
            self.sessions, self.actor, place_order, channel="desk", customer=customer, lines=lines, manager="admin"
        )

    def _turn(self, ruled: bool, *, keep: bool, orders: int) -> None:
        for _ in range(orders):
            begun = time.perf_counter()
            placed = self.place()
            spent = [("place", time.perf_counter() - begun)]
            to = WAY[: 1 + self.draw.randrange(len(WAY))]
            for step in to:
                begun = time.perf_counter()
                door.run(self.sessions, self.actor, move_order, number=placed.number, to=step)
                spent.append(("move", time.perf_counter() - begun))
            if keep:
                for kind, seconds in spent:
                    self.taken[kind, ruled].append(seconds * 1000)


def _save_rules(sessions: sessionmaker[Session], actor: Actor) -> None:
    """Conditions of the library, each watching every change and true of the orders made here."""
    documents = [
        dict(rule.document) | {"changes": None, "to_statuses": None, "order_types": None, "severity": "refuse"}
        for rule in rule_library()
        if rule.code not in _NOT_SO_HERE
    ]
    with sessions.begin() as session:
        session.execute(text("DELETE FROM validation_rules"))  # a new shop has the library, switched off
    for document in documents[:RULES]:
        door.run(sessions, actor, save_rule, document=document | {"is_active": True})


# What these orders would break: without addresses, for little money, at any hour, and neither paid nor sent.
_NOT_SO_HERE = {
    *("address_to_confirm", "address_to_pick", "tax_for_people", "shipping_is_charged", "wholesale_is_large"),
    *("no_weekend_promise", "not_confirmed_at_night", "paid_before_shipping", "not_in_a_hurry", "manager_to_confirm"),
    *("ones_own_orders", "full_name"),
    *("payment_method_known", "cancel_with_a_note", "refund_needs_a_cause", "comment_says_something", "hold_says_why"),
    *("tracking_when_shipped", "carrier_when_shipped", "shipped_whole", "return_says_why", "region_with_address"),
    *("open_orders_keep_a_manager", "nothing_leaves_on_friday_evening", "large_refund_by_a_lead"),
}


def _switch(sessions: sessionmaker[Session], *, active: bool) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE validation_rules SET is_active = :active"), {"active": active})
        session.execute(text("UPDATE config_revisions SET revision = revision + 1 WHERE kind = 'rules'"))


def _in_scope(sessions: sessionmaker[Session]) -> int:
    _switch(sessions, active=True)
    with sessions() as session:
        return len(rules_in_force(session).rules)


def _p95(taken: Sequence[float]) -> float:
    return round(statistics.quantiles(taken, n=20)[-1], 3)


if __name__ == "__main__":
    raise SystemExit(main())
