"""Levelling: which orders to move to whom, so that the highest load falls. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

MOST_MOVES = 200
_LEAST_GAIN = 1e-9


@dataclass(frozen=True, slots=True)
class Person:
    """Who works on orders: the minutes they have until the end of the horizon, and the kinds of work they may do."""

    login: str
    capacity: float
    may_do: frozenset[str]


@dataclass(frozen=True, slots=True)
class Work:
    """An open order and its expected minutes; ``is_kept`` with its owner as long as that one is there."""

    number: str
    owner: str | None
    kind: str
    minutes: float
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """An order that goes from one to another."""

    number: str
    giver: str
    taker: str
    minutes: float


@dataclass(frozen=True, slots=True)
class Levelling:
    """The moves in the order in which they were found, and everybody's load (minutes by capacity) before and after."""

    moves: tuple[Move, ...]
    before: Mapping[str, float]
    after: Mapping[str, float]

    @property
    def highest_before(self) -> float:
        """The highest load of all; infinite where somebody who is away has work."""
        return max(self.before.values(), default=0.0)

    @property
    def highest_after(self) -> float:
        """The highest load that would be left."""
        return max(self.after.values(), default=0.0)

    @property
    def highest_present(self) -> tuple[float, float]:
        """The highest load of those who have any hours, before and after."""
        present = [login for login, load in self.before.items() if load != inf]
        return (
            max((self.before[login] for login in present), default=0.0),
            max((self.after[login] for login in present), default=0.0),
        )

    @property
    def taken_from_away(self) -> int:
        """How many orders are taken from who has no hours."""
        return sum(self.before[move.giver] == inf for move in self.moves)


def propose(people: Sequence[Person], work: Iterable[Work]) -> Levelling:
    """Move orders, one at a time, from whoever has the highest load to where it weighs least, while that lowers it.

    Nobody gets what they may not do; who has no minutes left gets nothing, and all that others may do is taken from
    them, kept customers too. Work of nobody is left to the rules that deal it out. Of equal moves the one of the most
    minutes comes first, then the lower number: the same facts give the same proposal. At most ``MOST_MOVES``.
    """
    crew = {person.login: person for person in people}
    minutes = dict.fromkeys(crew, 0.0)
    held: dict[str, list[Work]] = defaultdict(list)
    for one in sorted(work, key=lambda one: (-one.minutes, one.number)):
        if one.owner in crew:
            minutes[one.owner] += one.minutes
            held[one.owner].append(one)
    before = {login: _load(crew[login], minutes[login]) for login in crew}
    moves: list[Move] = []
    stuck: set[str] = set()
    while len(moves) < MOST_MOVES:
        giver = max(
            (login for login in crew if login not in stuck), key=lambda who: _rank(crew, minutes, who), default=None
        )
        if giver is None or minutes[giver] <= 0:
            break
        move = _best_move(crew, minutes, held[giver], crew[giver])
        if move is None:
            if crew[giver].capacity > 0:
                break  # the highest load cannot be lowered
            stuck.add(giver)  # what nobody else may do stays with who is away
            continue
        moves.append(move)
        _carry_out(move, minutes, held)
    return Levelling(tuple(moves), before, {login: _load(crew[login], minutes[login]) for login in crew})


def _rank(crew: Mapping[str, Person], minutes: Mapping[str, float], login: str) -> tuple[float, float, str]:
    return (_load(crew[login], minutes[login]), minutes[login], login)


def _load(person: Person, minutes: float) -> float:
    if minutes <= 0:
        return 0.0
    return minutes / person.capacity if person.capacity > 0 else inf


def _best_move(
    crew: Mapping[str, Person], minutes: Mapping[str, float], held: Sequence[Work], giver: Person
) -> Move | None:
    """The move after which the higher load of the two is lowest; None where none lowers that of the giver."""
    highest = _load(giver, minutes[giver.login])
    best: tuple[float, Move] | None = None
    for one in held:
        if one.minutes <= 0 or (one.is_kept and giver.capacity > 0):
            continue
        taker = _lightest(crew, minutes, one, giver.login)
        if taker is None:
            continue
        left = _load(giver, minutes[giver.login] - one.minutes) if giver.capacity > 0 else 0.0
        higher = max(left, _load(taker, minutes[taker.login] + one.minutes))
        if higher < highest - _LEAST_GAIN and (best is None or higher < best[0] - _LEAST_GAIN):
            best = (higher, Move(one.number, giver.login, taker.login, one.minutes))
    return None if best is None else best[1]


def _lightest(crew: Mapping[str, Person], minutes: Mapping[str, float], one: Work, giver: str) -> Person | None:
    able = [
        person
        for person in crew.values()
        if person.login != giver and person.capacity > 0 and one.kind in person.may_do
    ]
    return min(able, key=lambda who: (_load(who, minutes[who.login] + one.minutes), who.login), default=None)


def _carry_out(move: Move, minutes: dict[str, float], held: Mapping[str, list[Work]]) -> None:
    left = minutes[move.giver] - move.minutes
    minutes[move.giver] = left if left > _LEAST_GAIN else 0.0  # rounding left over is no work of who is away
    minutes[move.taker] += move.minutes
    held[move.giver][:] = [one for one in held[move.giver] if one.number != move.number]
