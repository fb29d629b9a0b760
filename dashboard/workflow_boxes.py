"""Where the statuses stand in the workflow's picture: groups are columns from left to right. Pure geometry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from oms_core.workflow.models import Group

BOX_WIDTH, BOX_HEIGHT = 108, 72
COLUMN_GAP, SIDE = 46, 6
# A side branch stands a row lower, so that the way past it stays straight; both ends share the last column.
_LOWERED = {Group.SUPPLY: 1}
_COLUMN_OF = {Group.CANCELLED: Group.DONE}


@dataclass(frozen=True, slots=True)
class Box:
    """Where a status stands; ``y`` is known once the lanes between the rows are counted."""

    code: str
    group: Group
    column: int
    row: int
    x: float
    y: float = 0

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + BOX_WIDTH

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + BOX_HEIGHT

    @property
    def middle(self) -> float:
        """Half its height."""
        return self.y + BOX_HEIGHT / 2


def place(statuses: Sequence[tuple[str, Group]]) -> dict[str, Box]:
    """Give every status (code and group, in their order) its column, and its row below the one before it there."""
    used = {_COLUMN_OF.get(group, group) for _code, group in statuses}
    columns = {group: number for number, group in enumerate(group for group in Group if group in used)}
    heights: dict[int, int] = {}
    boxes = {}
    for code, group in sorted(statuses, key=lambda status: list(Group).index(status[1])):
        column = columns[_COLUMN_OF.get(group, group)]
        row = max(heights.get(column, 0), _LOWERED.get(group, 0))
        heights[column] = row + 1
        boxes[code] = Box(code, group, column, row, x=SIDE + column * (BOX_WIDTH + COLUMN_GAP))
    return boxes


def settle(boxes: Mapping[str, Box], tops: Sequence[float]) -> dict[str, Box]:
    """Give the boxes the heights at which their rows begin."""
    return {code: replace(box, y=tops[box.row]) for code, box in boxes.items()}


def headings(boxes: Mapping[str, Box]) -> dict[Group, float]:
    """The middle of each column, by the group that stands on top of it."""
    first: dict[int, Box] = {}
    for box in sorted(boxes.values(), key=lambda box: box.row):
        first.setdefault(box.column, box)
    return {box.group: box.x + BOX_WIDTH / 2 for box in first.values()}
