"""The plan of the workflow's picture: how each transition runs between the boxes. Pure geometry.

A line forward leaves a box at the right and arrives at the left, a line back leaves it at the top. What cannot run
straight runs in a lane between two rows, so that no line crosses a box.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from dashboard.workflow_boxes import BOX_HEIGHT, BOX_WIDTH, SIDE, Box, headings, place, settle
from oms_core.workflow.models import Group

_LANE, _PORT, _CORNER = 20, 14, 8
_TOP, _LEAST_ROW_GAP, _WORDS_WIDTH = 22, 34, 56
_QUARTER = BOX_HEIGHT / 4

Moves = Sequence[tuple[str, str]]
Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Line:
    """How a transition runs: an SVG path, and where its words stand; ``is_tight`` where they need two short lines."""

    start: str
    end: str
    path: str
    x: float
    y: float
    is_tight: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole plan; ``headings`` are the middles of the columns by group, ``rail`` the way of cancellations."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    headings: Mapping[Group, float]
    rail: Line | None


@dataclass(slots=True)
class Lanes:
    """The lanes between the rows: each holds stretches that do not overlap."""

    taken: dict[int, list[list[tuple[float, float]]]] = field(default_factory=dict)

    def take(self, gap: int, start: float, end: float) -> int:
        """Take the first lane of a gap (0 is above the first row) that is free from ``start`` to ``end``."""
        low, high = min(start, end) - _PORT, max(start, end) + _PORT
        lanes = self.taken.setdefault(gap, [])
        for number, lane in enumerate(lanes):
            if all(high <= other[0] or low >= other[1] for other in lane):
                lane.append((low, high))
                return number
        lanes.append([(low, high)])
        return len(lanes) - 1

    def depth(self, gap: int) -> float:
        """How much room the lanes of a gap need."""
        used = len(self.taken.get(gap, ()))
        return used * _LANE + _LANE / 2 if used else 0


@dataclass(frozen=True, slots=True)
class _Route:
    """A line whose rows have no height yet: its kind says how it runs, in a lane of a gap where it needs one."""

    start: str
    end: str
    kind: str
    x_start: float = 0
    x_end: float = 0
    gap: int = 0
    lane: int = 0


def draw(statuses: Sequence[tuple[str, Group]], moves: Moves) -> Drawing:
    """Plan the picture of ``statuses`` (code and group, in their order) and the ``moves`` between them."""
    boxes = place(statuses)
    known = [(start, end) for start, end in moves if start in boxes and end in boxes and start != end]
    lanes = Lanes()
    routes = [_route(boxes[start], boxes[end], boxes, lanes, known) for start, end in known]
    rows = max((box.row for box in boxes.values()), default=-1) + 1
    tops = _row_tops(rows, lanes)
    boxes = settle(boxes, tops)
    height = tops[-1] + lanes.depth(rows) + SIDE
    rail = _rail(boxes, height)
    return Drawing(
        width=max((box.right for box in boxes.values()), default=0) + SIDE,
        height=height + (_LANE if rail else 0),
        boxes=tuple(boxes.values()),
        lines=_spread([_line(route, boxes, tops) for route in routes]),
        headings=headings(boxes),
        rail=rail,
    )


def _route(start: Box, end: Box, boxes: Mapping[str, Box], lanes: Lanes, moves: Moves) -> _Route:
    if start.column == end.column:
        kind = "vertical" if abs(start.row - end.row) == 1 else "loop"
        shift = (1 if end.row > start.row else -1) * BOX_WIDTH / 5 if (end.code, start.code) in moves else 0
        return _Route(start.code, end.code, kind, shift)
    if start.column > end.column:
        return _route_back(start, end, boxes, lanes, moves)
    between = range(start.column + 1, end.column)
    is_clear = not any(box.column in between and box.row == start.row for box in boxes.values())
    if start.row == end.row and is_clear:
        return _Route(start.code, end.code, "straight")
    if not between:
        return _Route(start.code, end.code, "step")
    x_start, x_end = start.right + _PORT, end.x - _PORT
    gap = start.row if end.row < start.row else start.row + 1
    return _Route(start.code, end.code, "around", x_start, x_end, gap, lanes.take(gap, x_start, x_end))


def _route_back(start: Box, end: Box, boxes: Mapping[str, Box], lanes: Lanes, moves: Moves) -> _Route:
    """Run back above the row of the start, or below it where the end stands lower; round one corner where free."""
    below_end = any(box.column == end.column and end.row < box.row <= start.row for box in boxes.values())
    if start.column == end.column + 1 and start.row > end.row and not below_end:
        return _Route(start.code, end.code, "corner", end.x + BOX_WIDTH / 3)
    gap = start.row + 1 if end.row > start.row else start.row
    is_beside_gap = abs(end.row - start.row) <= 1
    x_start = _port(start, (start.code, end.code), moves, leaves=True)
    x_end = _port(end, (start.code, end.code), moves, leaves=False) if is_beside_gap else end.right + _PORT
    kind = "back" if is_beside_gap else "back_to_side"
    return _Route(start.code, end.code, kind, x_start, x_end, gap, lanes.take(gap, x_start, x_end))


def _port(box: Box, move: tuple[str, str], moves: Moves, *, leaves: bool) -> float:
    """Spread over a box's width the lines that leave or reach it by its top or bottom: leaving ones at the left."""
    same = [other for other in moves if other[0 if leaves else 1] == box.code]
    part = (same.index(move) + 1) / (len(same) + 1)
    return box.x + BOX_WIDTH * (0.05 + 0.4 * part if leaves else 0.55 + 0.4 * part)


def _row_tops(rows: int, lanes: Lanes) -> list[float]:
    """Where each row begins, and at the end where the gap below the last one does."""
    tops, y = [], float(_TOP)
    for row in range(rows):
        y += lanes.depth(row) if row == 0 else max(_LEAST_ROW_GAP, lanes.depth(row))
        tops.append(y)
        y += BOX_HEIGHT
    return [*tops, y]


def _lane_y(gap: int, lane: int, tops: Sequence[float]) -> float:
    """Lanes count upwards from the row below them; those under the last row downwards."""
    return tops[gap] - _LANE * (lane + 0.75) if gap < len(tops) - 1 else tops[gap] + _LANE * (lane + 0.75)


def _line(route: _Route, boxes: Mapping[str, Box], tops: Sequence[float]) -> tuple[Line, float]:
    """A line, and how far its words may stand along it."""
    start, end = boxes[route.start], boxes[route.end]
    if route.kind == "straight":
        points = [(start.right, start.middle), (end.x, end.middle)]
    elif route.kind == "step":
        lean = _QUARTER if end.row > start.row else -_QUARTER
        points = _stepped((start.right, start.middle + lean), (end.x, end.middle - lean), (start.right + end.x) / 2)
    elif route.kind == "loop":
        points = _stepped((start.right, start.middle - _QUARTER), (end.right, end.middle + _QUARTER), start.right + 14)
    elif route.kind == "corner":
        level = start.middle + _QUARTER
        points = [(start.x, level), (route.x_start, level), (route.x_start, end.bottom)]
    elif route.kind == "vertical":
        x = start.x + BOX_WIDTH / 2 + route.x_start
        points = [(x, start.bottom), (x, end.y)] if end.y > start.y else [(x, start.y), (x, end.bottom)]
    else:
        points = _by_lane(route, start, end, _lane_y(route.gap, route.lane, tops))
    middle = len(points) // 2
    (x_before, y_before), (x_after, y_after) = points[middle - 1], points[middle]
    tight = route.kind in {"straight", "step", "loop", "vertical"}
    if not tight:
        (x_before, y_before), (x_after, y_after) = _lane_of(points)
    line = Line(start.code, end.code, rounded(points), (x_before + x_after) / 2, (y_before + y_after) / 2, tight)
    return line, abs(x_after - x_before)


def _spread(lines: Sequence[tuple[Line, float]]) -> tuple[Line, ...]:
    """Move words along their lane until they stand on no others; those without a lane stay."""
    taken = [(line.x, line.y) for line, _length in lines if line.is_tight]
    placed = []
    for line, length in lines:
        if not line.is_tight:
            tries = [line.x + length * part for part in (0, -0.15, 0.15, -0.3, 0.3)]
            free = (x for x in tries if all(abs(x - a) > _WORDS_WIDTH or abs(line.y - b) > _LANE for a, b in taken))
            line = replace(line, x=next(free, line.x))  # noqa: PLW2901 - the same line, its words elsewhere
            taken.append((line.x, line.y))
        placed.append(line)
    return tuple(placed)


def _stepped(start: tuple[float, float], end: tuple[float, float], x: float) -> Points:
    return [start, (x, start[1]), (x, end[1]), end]


def _by_lane(route: _Route, start: Box, end: Box, lane: float) -> Points:
    stretch = [(route.x_start, lane), (route.x_end, lane)]
    if route.kind == "around":
        leaves, arrives = start.middle + _QUARTER, end.middle + _QUARTER
        first, last = [(start.right, leaves), (route.x_start, leaves)], [(route.x_end, arrives), (end.x, arrives)]
        return [*first, *stretch, *last]
    leaves = start.y if lane < start.y else start.bottom
    if route.kind == "back":
        return [(route.x_start, leaves), *stretch, (route.x_end, end.y if lane < end.y else end.bottom)]
    return [(route.x_start, leaves), *stretch, (route.x_end, end.middle), (end.right, end.middle)]


def _lane_of(points: Points) -> tuple[tuple[float, float], tuple[float, float]]:
    """The longest level stretch: the words stand on it."""
    level = [(one, other) for one, other in pairwise(points) if one[1] == other[1]]
    return max(level, key=lambda ends: abs(ends[0][0] - ends[1][0]))


def rounded(points: Points) -> str:
    """Write a way of level and upright stretches as an SVG path with rounded corners."""
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_CORNER, _length(before, corner) / 2, _length(corner, after) / 2)
        enters, leaves = _towards(corner, before, radius), _towards(corner, after, radius)
        turn = f"Q{corner[0]:.1f} {corner[1]:.1f} {leaves[0]:.1f} {leaves[1]:.1f}"
        parts.append(f"L{enters[0]:.1f} {enters[1]:.1f}{turn}")
    return "".join([*parts, f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"])


def _length(start: tuple[float, float], end: tuple[float, float]) -> float:
    return abs(start[0] - end[0]) + abs(start[1] - end[1])


def _towards(start: tuple[float, float], end: tuple[float, float], distance: float) -> tuple[float, float]:
    part = distance / (_length(start, end) or 1)
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _rail(boxes: Mapping[str, Box], bottom: float) -> Line | None:
    """Run below everything from the first column to the cancelled orders: any of these stages may end there."""
    cancelled = [box for box in boxes.values() if box.group is Group.CANCELLED]
    if not cancelled:
        return None
    left, box = min(box.x for box in boxes.values()) + BOX_WIDTH / 2, cancelled[-1]
    y, x = bottom + _LANE / 2, box.x + BOX_WIDTH / 2
    return Line("", box.code, rounded([(left, y), (x, y), (x, box.bottom)]), (left + x) / 2, y)
