"""Batch entry: what was pasted is priced line by line, and every row that cannot be taken says why."""

import time
from decimal import Decimal

import pytest
from building import a_stocked_product
from order_life import Shop

from oms_core.errors import Invalid
from oms_core.orders.batch_entry import check_batch, read_batch
from oms_core.orders.entry_document import EntryLine


def test_of_two_hundred_pasted_lines_three_are_bad_and_the_rest_is_priced(shop: Shop):
    for index in range(50):
        a_stocked_product(shop.session, f"SKU-{index}", 5, price="2.50")
    rows = [f"SKU-{index % 50};{1 + index % 3}" for index in range(200)]
    rows[16], rows[98], rows[199] = "NO-SUCH;1", "SKU-3;two", "SKU-4;1;-5"
    started = time.perf_counter()
    batch = check_batch(shop.session, channel="desk", pasted="\n".join(rows), now=shop.now)
    assert time.perf_counter() - started < 2
    assert len(batch.lines) == len(batch.prices) == 197
    assert all(price.total is not None and price.unit_price == Decimal("2.50") for price in batch.prices)
    assert [(one.row, one.text, one.faults[0]["field"], one.faults[0]["message"]) for one in batch.faults] == [
        (17, "NO-SUCH;1", "sku", "is unknown"),
        (99, "SKU-3;two", "quantity", "is no number"),
        (200, "SKU-4;1;-5", "unit_price", "must be money of at least 0 with at most two decimals"),
    ]
    assert sum(price.short > 0 for price in batch.prices) > 0, "what exceeds the stock is told with its line"


@pytest.mark.parametrize(
    "pasted",
    [
        "A-1;2,5;19,90\nB 2;1",
        "A-1\t2,5\t19,90\n\nB 2\t1\t\n",
        '"A-1",2.5,19.90\nB 2,1',
        "SKU;Qty;Price\nA-1;2,5;19,90\nB 2;1",
        "\ufeffЦена\tАртикул\tКол-во\n19,90\tA-1\t2,5\n\tB 2\t1",
    ],
)
def test_every_usual_way_to_part_the_fields_is_understood(pasted: str):
    lines, faults = read_batch(pasted)
    assert faults == []
    told = [(one.line.sku, one.line.quantity.replace(",", "."), one.line.unit_price.replace(",", ".")) for one in lines]
    assert told == [("A-1", "2.5", "19.90"), ("B 2", "1", "")]


def test_a_quantity_left_out_is_one_and_too_many_fields_are_nobodys_guess():
    lines, faults = read_batch("A\n;3\nB;1;2;3\n")
    assert [one.line for one in lines] == [EntryLine("A", "1", "")]
    assert [(one.row, one.faults[0]["message"]) for one in faults] == [(2, "is needed"), (3, "has too many fields")]


def test_more_than_an_order_holds_is_refused():
    with pytest.raises(Invalid, match="too much"):
        read_batch("A;1\n" * 1_001)
    with pytest.raises(Invalid, match="too much"):
        read_batch("A" * 1_000_001)
