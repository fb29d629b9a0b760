"""Looking back at imports and undoing one by the command line."""

from pathlib import Path

from running_oms import oms_on
from sqlalchemy import Engine


def test_imports_are_listed_and_one_is_undone_by_its_number_once(fresh_engine: Engine, tmp_path: Path, home: Path):
    oms = oms_on(fresh_engine, tmp_path / "marts", home)
    file = tmp_path / "products.csv"
    file.write_text("sku,name,price\nTEA,Green tea,4.50\n")
    taken = oms("import", "products", file, "--json").document["batch"]
    (listed,) = oms("import", "list", "--json").document
    assert (listed["batch"], listed["kind"], listed["files"], listed["state"]) == (
        taken, "products", "products.csv", "active",
    )  # fmt: skip
    assert oms("import", "undo", taken, "--json").document == {"batch": taken, "orders": 0}
    assert oms("import", "list", "--json").document[0]["state"] == "undone"
    for number, told in ((taken, "undone before"), (10**6, "no import")):
        refused = oms("import", "undo", number)
        assert refused.status != 0
        assert told in refused.err
