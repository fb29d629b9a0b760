"""The words and the picture of the workflow."""

import re
from itertools import pairwise

import pytest

from dashboard import translation, words, workflow_faults
from dashboard.workflow_drawing import draw
from oms_core import seeding
from oms_core.workflow.models import Group
from oms_core.workflow.workflow_check import FAULTS


def test_every_fault_of_a_workflow_has_its_words() -> None:
    assert set(workflow_faults.FAULTS) == set(FAULTS)


def test_a_name_is_said_in_its_own_translation_else_in_ours_else_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (words, translation):
        monkeypatch.setattr(module, "language", lambda: "ru")
    assert words.said("New", {"ru": {"name": "Свежий"}}) == "Свежий"
    assert words.said("New", {"pl": {"name": "Świeże"}}) == "Новый"
    assert words.said("Something else", {}) == "Something else"


def test_no_line_of_the_picture_crosses_a_box() -> None:
    statuses = [(group.value, group) for group, *_rest in seeding.STATUSES] + [("call", Group.CONFIRM)]
    moves = [(start.value, end.value) for start, end, *_rest in seeding.TRANSITIONS]
    drawing = draw(statuses, [*moves, ("confirm", "call"), ("call", "pick"), ("ship", "call"), ("new", "pick")])
    assert len(drawing.lines) == len(moves) + 4
    for line in drawing.lines:
        corners = [tuple(map(float, pair)) for pair in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", line.path)]
        for (x1, y1), (x2, y2) in pairwise(corners):
            for part in range(1, 20):
                x, y = x1 + (x2 - x1) * part / 20, y1 + (y2 - y1) * part / 20
                inside = [box.code for box in drawing.boxes if box.x < x < box.right and box.y < y < box.bottom]
                assert not inside, (line, inside)
