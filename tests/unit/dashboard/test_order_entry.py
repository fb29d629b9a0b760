"""Pasted lines are read as they were meant, or named as unreadable; nothing is guessed."""

from decimal import Decimal

import pytest

from dashboard.order_entry import read_lines
from oms_core.orders.placement_request import LineRequest


def test_sku_quantity_and_price_are_read_from_semicolons_and_tabs() -> None:
    lines, unreadable = read_lines("A-1;2\n\nB-2\t1,5\t9.90\n C-3 ; 4 ; \nD-4")
    assert lines == [
        LineRequest("A-1", Decimal(2)),
        LineRequest("B-2", Decimal("1.5"), Decimal("9.90")),
        LineRequest("C-3", Decimal(4)),
        LineRequest("D-4", Decimal(1)),
    ]
    assert unreadable == []


@pytest.mark.parametrize("text", ["A-1;two", "A-1;0", "A-1;-3", ";5", "A-1;1;2;3", "A-1;NaN", "A-1;Infinity", "A;1;-1"])
def test_what_cannot_be_read_is_named_with_its_row(text: str) -> None:
    lines, unreadable = read_lines(f"GOOD;1\n{text}")
    assert [line.sku for line in lines] == ["GOOD"]
    assert [(line.row, line.text) for line in unreadable] == [(2, text)]
