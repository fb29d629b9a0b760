"""The picture of the state machine: statuses with their open orders, transitions with how often and how fast."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import streamlit as st

from dashboard import charts, display
from dashboard.translation import _
from dashboard.words import group_name
from dashboard.workflow_boxes import BOX_HEIGHT, BOX_WIDTH, Box
from dashboard.workflow_drawing import Drawing, Line, draw
from oms_core.workflow.models import CLOSED_GROUPS, Group

_STATIC = Path(__file__).parent / "static"
_NAME_WIDTH, _WIDE_LETTERS, _NAME_LINES = 12, 7, 2
_THIN, _THICK = 1.2, 4.0


@dataclass(frozen=True, slots=True)
class StatusFigures:
    """A status as the picture shows it: its name in the session's language, and its open orders."""

    code: str
    name: str
    group: Group
    open_orders: int = 0
    overdue: int = 0
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class MoveFigures:
    """A move as the picture shows it; of one that the workflow no longer has ``label`` is empty."""

    start: str
    end: str
    label: str
    moves: int = 0
    median_seconds: float | None = None

    @property
    def code(self) -> str:
        """How it stands in an address."""
        return f"{self.start}>{self.end}"


def show_picture(statuses: Sequence[StatusFigures], moves: Sequence[MoveFigures]) -> str | None:
    """Show the picture; returns the status (``pick``) or move (``pick>ship``) that was clicked."""
    drawing = draw([(status.code, status.group) for status in statuses], [(move.start, move.end) for move in moves])
    names = {status.code: status.name for status in statuses}
    by_ends = {(move.start, move.end): move for move in moves}
    busiest = max((move.moves for move in moves), default=0)
    lines = [_line_shown(line, by_ends[line.start, line.end], names, busiest) for line in drawing.lines]
    component = st.components.v2.component(
        "workflow_picture",
        html='<div class="picture"></div>',
        css=(_STATIC / "workflow_picture.css").read_text(),
        js=(_STATIC / "workflow_picture.js").read_text(),
    )
    answer: Any = component(
        key="workflow_picture",
        data={
            "width": drawing.width,
            "height": drawing.height,
            "told": _("The statuses of an order and the moves between them"),
            "headings": [{"x": x, "text": group_name(group)} for group, x in drawing.headings.items()],
            "boxes": [_box_shown(box, status) for box, status in _paired(drawing, statuses)],
            "lines": [*_rail_shown(drawing), *lines],
        },
        on_opened_change=lambda: None,
    )
    opened: str | None = answer.opened
    return opened


def short_time(seconds: float | None) -> str:
    """Write a length of time by one unit, as there is little room: 40 min, 5 h, 1.5 d."""
    if seconds is None:
        return display.NOTHING
    if seconds < 60 * 60:
        return _("{count} min").format(count=round(seconds / 60))
    hours = seconds / 3_600
    if hours < 48:
        return _("{count} h").format(count=display.number(hours, 1 if hours < 10 else 0))
    return _("{count} d").format(count=display.number(hours / 24, 1 if hours < 240 else 0))


def told_of_status(status: StatusFigures) -> str:
    """Say a status and its orders in one sentence, for who cannot see the picture."""
    if status.group in CLOSED_GROUPS:
        return status.name
    parts = [status.name, _("{orders} open").format(orders=display.orders(status.open_orders))]
    if status.overdue:
        parts.append(_("{count} over the limit").format(count=display.number(status.overdue)))
    return " · ".join(parts)


def told_of_move(move: MoveFigures, names: Mapping[str, str]) -> str:
    """Say a move, how often it was made and how long orders stayed before it."""
    parts = [f"{names.get(move.start, move.start)} → {names.get(move.end, move.end)}"]
    if move.label:
        parts.append(move.label)
    parts.append(_("{orders} in 90 days").format(orders=display.orders(move.moves)))
    if move.median_seconds is not None:
        parts.append(_("median {time} before it").format(time=display.duration(move.median_seconds)))
    return " · ".join(parts)


def _paired(drawing: Drawing, statuses: Sequence[StatusFigures]) -> list[tuple[Box, StatusFigures]]:
    by_code = {status.code: status for status in statuses}
    return [(box, by_code[box.code]) for box in drawing.boxes]


def _box_shown(box: Box, status: StatusFigures) -> dict[str, Any]:
    is_closed = status.group in CLOSED_GROUPS
    return {
        "code": status.code, "x": box.x, "y": box.y, "width": BOX_WIDTH, "height": BOX_HEIGHT,
        "color": charts.GROUP_COLORS[status.group], "name": _wrapped(status.name),
        "count": "" if is_closed else display.compact_number(status.open_orders),
        "late": f"▲ {display.compact_number(status.overdue)}" if status.overdue else "",
        "quiet": not status.open_orders, "retired": status.is_retired, "told": told_of_status(status),
    }  # fmt: skip


def _line_shown(line: Line, move: MoveFigures, names: Mapping[str, str], busiest: int) -> dict[str, Any]:
    count = display.compact_number(move.moves) if move.moves else ""
    time = short_time(move.median_seconds) if move.median_seconds is not None else ""
    words = [count, time] if line.is_tight else [" · ".join(part for part in (count, time) if part)]
    return {
        "code": move.code, "path": line.path, "x": line.x, "y": line.y, "words": words if any(words) else [],
        "weight": _weight(move.moves, busiest), "kind": "" if move.moves else "unused",
        "told": told_of_move(move, names),
    }  # fmt: skip


def _rail_shown(drawing: Drawing) -> list[dict[str, Any]]:
    if drawing.rail is None:
        return []
    told, rail = _("Cancelled at any stage before delivery, with a reason"), drawing.rail
    return [
        {"code": rail.end, "path": rail.path, "x": rail.x, "y": rail.y, "words": [told], "weight": _THIN,
         "kind": "rail", "told": told}
    ]  # fmt: skip


def _weight(moves: int, busiest: int) -> float:
    """Thicker where more orders went, by orders of magnitude rather than by their number."""
    if not moves or busiest < 2:
        return _THIN
    return round(_THIN + (_THICK - _THIN) * math.log1p(moves) / math.log1p(busiest), 1)


def _wrapped(name: str) -> list[str]:
    """Break a name into lines that fit a box: Chinese letters are wider."""
    width = _WIDE_LETTERS if any(east_asian_width(letter) == "W" for letter in name) else _NAME_WIDTH
    return textwrap.wrap(name, width, max_lines=_NAME_LINES, placeholder="…") or [name]
