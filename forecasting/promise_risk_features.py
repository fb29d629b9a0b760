"""What is known of an order's promise at an instant: named `cause:feature`, from the past of that instant alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from forecasting.promise_risk_causes import WIDER, cause_of, with_routes
from forecasting.promise_risk_history import DAY, NEVER, Floats, Happened, Ledger, Seconds
from forecasting.promise_risk_pace import Leg, LifeTable, life_table

RATE_WINDOWS = (28, 91, None)
PACE_WINDOWS = (14, 28)
TEMPO_WINDOWS = (7, 14, 28)
LEAD_LEANS = {"destination": 10, "route": 10, "destination_zone": 10, "lane": 10, "seller": 5, "own_route": 5}


@dataclass(frozen=True)
class Snapshot:
    """Which orders are looked at (rows of the ledger), each at an instant of its own, in the stage of a milestone."""

    milestone: str
    rows: Seconds
    instants: Seconds


class Known:
    """The past of a ledger, arranged so that any snapshot of it is cheap; ``facts`` names the cause of each number."""

    def __init__(self, ledger: Ledger, facts: Mapping[str, str]) -> None:
        self._ledger, self._facts = ledger, facts
        self._keys = with_routes(ledger)
        self._every = np.zeros(len(ledger), dtype=np.int64)
        self._tables: dict[tuple[str, str, int], LifeTable] = {}

    def features(self, snapshot: Snapshot) -> dict[str, Floats]:
        """Columns by name, one value per row of the snapshot; NaN where nothing is known."""
        made = self._own(snapshot)
        for part in (self._rates, self._lead_times, self._pace, self._handling, self._open_work):
            made |= part(snapshot)
        return made

    def _own(self, snapshot: Snapshot) -> dict[str, Floats]:
        """The order's own promise, course and facts."""
        ledger, rows, now = self._ledger, snapshot.rows, snapshot.instants
        placed, due = ledger.placed[rows], ledger.due[rows]
        made = {
            "promise:days": (due - placed) / DAY,
            "promise:left": (due - now) / DAY,
        }
        if snapshot.milestone != "placed":
            made["prepayment:own_days"] = _days_between(placed, ledger.at_milestone("cleared")[rows], now)
        if snapshot.milestone == "handed":
            made["handling:own_days"] = _days_between(placed, ledger.at_milestone("handed")[rows], now)
        return made | {f"{cause}:{name}": ledger.numbers[name][rows] for name, cause in self._facts.items()}

    def _rates(self, snapshot: Snapshot) -> dict[str, Floats]:
        """How often promises were missed, by key, against all orders of the same days; known outcomes only."""
        known, late = self._ledger.known, self._ledger.is_late
        overall, made = Happened(self._every, known, late), {}
        happened = {name: Happened(code, known, late) for name, code in self._keys.items() if name in WIDER}
        for days in RATE_WINDOWS:
            count, (missed,) = overall.before(self._every[snapshot.rows], snapshot.instants, days)
            base = (missed + 1) / (count + 20)
            rates: dict[str | None, Floats] = {None: base}
            for name in _by_width(happened):
                count, (missed,) = happened[name].before(self._keys[name][snapshot.rows], snapshot.instants, days)
                wider, lean = WIDER[name]
                rates[name] = (missed + lean * rates.get(wider, base)) / (count + lean)
                made[f"{cause_of(name)}:{name}_missed_{days or 'ever'}"] = _log_odds(rates[name]) - _log_odds(base)
        return made

    def _lead_times(self, snapshot: Snapshot) -> dict[str, Floats]:
        """How far the promise lies from what deliveries of late took, in their standard deviations."""
        ledger, rows, now = self._ledger, snapshot.rows, snapshot.instants
        began = ledger.at_milestone("handed") if snapshot.milestone == "handed" else ledger.placed
        arrived = np.where(began < NEVER, ledger.delivered, NEVER)
        took = np.where(arrived < NEVER, _log_days(ledger.delivered - began), 0.0)
        given, made = _log_days(ledger.due[rows] - began[rows]), {}
        for days in (28, 91):
            count, sums = Happened(self._every, arrived, took, took**2).before(self._every[rows], now, days)
            moments = {"": sums / np.maximum(count, 1)}
            for name, lean in LEAD_LEANS.items():
                if name not in self._keys:
                    continue
                wider = moments.get(WIDER[name][0] or "", moments[""])
                count, sums = Happened(self._keys[name], arrived, took, took**2).before(
                    self._keys[name][rows], now, days
                )
                moments[name] = (sums + lean * wider) / (count + lean)
                mean, square = moments[name]
                spread = np.sqrt(np.maximum(square - mean**2, 0.01))
                made[f"{cause_of(name)}:{name}_margin_{days}"] = (given - mean) / spread
        return made | self._generosity(snapshot)

    def _generosity(self, snapshot: Snapshot) -> dict[str, Floats]:
        """How long the promise is against those lately given on this route."""
        key = self._keys.get("route", self._every)
        length = _log_days(self._ledger.due - self._ledger.placed)
        placed = Happened(key, self._ledger.placed, length)
        made = {}
        for days in (28, 91):
            count, (total,) = placed.before(key[snapshot.rows], snapshot.instants, days)
            made[f"promise:generosity_{days}"] = length[snapshot.rows] - total / np.maximum(count, 1)
        return made

    def _pace(self, snapshot: Snapshot) -> dict[str, Floats]:
        """How probably the whole way, and the carrier's part of it, take longer than is left at today's pace."""
        ledger, rows, now = self._ledger, snapshot.rows, snapshot.instants
        legs = {"lead": ledger.placed}
        if snapshot.milestone == "handed":
            legs["transit"] = ledger.at_milestone("handed")
        made = {}
        for leg, started in legs.items():
            for name in ("all", "destination", "route"):
                for days in PACE_WINDOWS if name in (*self._keys, "all") else ():
                    table = self._table(leg, name, days)
                    going = table.still_going(rows, now, started[rows], ledger.due[rows])
                    made[f"carrier:{leg}_{name}_{days}"] = going
        return made | self._tempo(snapshot)

    def _tempo(self, snapshot: Snapshot) -> dict[str, Floats]:
        """In how many days half and four fifths of the orders get through now: the newest week tells a turn first."""
        made = {}
        for cause, leg, name in (
            ("carrier", "lead", "all"),
            ("handling", "handling", "all"),
            ("handling", "handling", "origin"),
        ):
            if name not in (*self._keys, "all"):
                continue
            for days in TEMPO_WINDOWS:
                table = self._table(leg, name, days)
                for share in (0.5, 0.8):
                    pace = table.days_until(share, snapshot.rows, snapshot.instants)
                    made[f"{cause}:{leg}_{name}_{share:.0%}_{days}"] = pace
        return made

    def _table(self, leg: str, name: str, days: int) -> LifeTable:
        if (leg, name, days) not in self._tables:
            wider = {"all": None, "route": "destination"}.get(name, "all")
            lent = self._table(leg, wider, days) if wider else None
            key = self._keys.get(name, self._every)
            last_day = int(self._ledger.due.max() // DAY)
            self._tables[leg, name, days] = life_table(_leg(self._ledger, leg), key, last_day, days, lent)
        return self._tables[leg, name, days]

    def _handling(self, snapshot: Snapshot) -> dict[str, Floats]:
        """How long the seller took to hand over, and how long money took to come by its way, of late."""
        made = {}
        for cause, name, begun, reached in (
            ("handling", "seller", self._ledger.at_milestone("cleared"), self._ledger.at_milestone("handed")),
            ("prepayment", "payment", self._ledger.placed, self._ledger.at_milestone("cleared")),
        ):
            if name not in self._keys:
                continue
            since = np.where(begun < NEVER, begun, self._ledger.placed)
            took = np.where(reached < NEVER, _log_days(reached - since), 0.0)
            every, own = Happened(self._every, reached, took), Happened(self._keys[name], reached, took, took**2)
            for days in (28, 91):
                count, (total,) = every.before(self._every[snapshot.rows], snapshot.instants, days)
                usual = total / np.maximum(count, 1)
                count, (total, square) = own.before(self._keys[name][snapshot.rows], snapshot.instants, days)
                mean = (total + 3 * usual) / (count + 3)
                made[f"{cause}:{name}_took_{days}"] = mean - usual
                made[f"{cause}:{name}_spread_{days}"] = np.sqrt(np.maximum(square / np.maximum(count, 1) - mean**2, 0))
        return made

    def _open_work(self, snapshot: Snapshot) -> dict[str, Floats]:
        """What waits, is under way and is overdue now, against what usually gets done."""
        ledger, made = self._ledger, {}
        handed = np.minimum(ledger.at_milestone("handed"), ledger.ended)
        overdue = np.where(ledger.ended > ledger.due, ledger.due, NEVER)
        for cause, name, begins, ends in (
            ("load", "seller", ledger.placed, handed), ("load", "origin", ledger.placed, handed),
            ("load", "owner", ledger.placed, handed),
            ("carrier", "destination", ledger.at_milestone("handed"), ledger.ended),
        ):  # fmt: skip
            if name in self._keys:
                waiting, done = self._waiting(snapshot, name, begins, ends)
                made[f"{cause}:{name}_backlog"] = waiting / (done / 28 + 0.2)
        for cause, name in (
            ("handling", "seller"),
            ("carrier", "destination"),
            ("carrier", "route"),
            ("load", "owner"),
        ):
            if name in self._keys:
                late, _ = self._waiting(snapshot, name, overdue, ledger.ended)
                open_now, _ = self._waiting(snapshot, name, ledger.placed, ledger.ended)
                made[f"{cause}:{name}_overdue"] = (late + 0.1) / (open_now + 5)
        return made

    def _waiting(self, snapshot: Snapshot, name: str, begins: Seconds, ends: Seconds) -> tuple[Floats, Floats]:
        key = self._keys[name]
        ends = np.where(begins < NEVER, np.maximum(begins, ends), NEVER)
        entered, _ = Happened(key, begins).before(key[snapshot.rows], snapshot.instants)
        left, _ = Happened(key, ends).before(key[snapshot.rows], snapshot.instants)
        done, _ = Happened(key, ends).before(key[snapshot.rows], snapshot.instants, 28)
        return entered - left, done


def _leg(ledger: Ledger, name: str) -> Leg:
    handed = ledger.at_milestone("handed")
    started = handed if name == "transit" else ledger.placed
    through = handed if name == "handling" else ledger.delivered
    stopped = np.minimum(through, ledger.cancelled)
    return Leg(ledger.placed, started, stopped, (through < NEVER) & (through <= stopped))


def _by_width(names: Mapping[str, Happened]) -> Sequence[str]:
    """Wider keys before those that lean on them."""
    return [name for name in WIDER if name in names]


def _days_between(since: Seconds, until: Seconds, now: Seconds) -> Floats:
    return np.where(until <= now, (until - since) / DAY, np.nan)


def _log_days(seconds: Seconds) -> Floats:
    return cast("Floats", np.log1p(np.maximum(seconds, 0) / DAY))


def _log_odds(share: Floats) -> Floats:
    kept = np.clip(share, 1e-3, 1 - 1e-3)
    return cast("Floats", np.log(kept / (1 - kept)))
