"""A supplier's terms by the command line."""

from pathlib import Path

from running_oms import oms_on

from tests.lasting_shops import LivedShop


def test_a_suppliers_terms_are_shown_and_set_and_a_wrong_one_names_its_row(lived_shop: LivedShop, home: Path) -> None:
    shop = oms_on(lived_shop.engine, lived_shop.marts, home)
    known = shop("supplier-terms", "nobody")
    assert known.status != 0
    code = known.err.split("there are ")[1].split(",")[0].strip()

    told = shop("supplier-terms", code, "--minimum-value", "250.50", "--closed", "2026-12-24..2027-01-02", "--json")
    assert told.document["minimum_order_value"] == 250.5
    assert told.document["closed"] == ["2026-12-24..2027-01-02"]
    refused = shop("supplier-terms", code, "--closed", "2026-12-24..2026-12-01")
    assert refused.status != 0
    assert "last_day" in refused.err
    assert shop("supplier-terms", code, "--json").document == told.document
    left = shop("supplier-terms", code, "--minimum-value", "0", "--never-closed", "--json").document
    assert (left["minimum_order_value"], left["closed"]) == (None, [])
