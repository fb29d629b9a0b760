"""Looking back at imports and undoing one by the command line."""

import re
from pathlib import Path

import pytest
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


def test_the_manual_of_imports_runs_as_it_is_written(
    fresh_engine: Engine, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
):
    oms = oms_on(fresh_engine, tmp_path / "marts", home)
    manual = (Path(__file__).parents[2] / "docs" / "importing.md").read_text()
    for name, content in re.findall(r"^```\w+ (\S+)\n(.*?)^```", manual, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)

    commands = re.findall(r"^oms (.+)$", manual, re.MULTILINE)
    answers = {command: oms(*command.split(), "--json") for command in commands}

    assert [each.status for each in answers.values()] == [0] * 9
    taken = answers["import orders orders.csv --channel web --mapping mapping.toml"].document
    created = {name: taken["created"][name] for name in ("orders", "order_lines", "customers")}
    assert created == {"orders": 3, "order_lines": 4, "customers": 3}
    told = [f"| {row['line']} | {row['column']} | {row['reason']} |" for row in taken["rejected"]]
    assert len(told) == 3
    assert all(row in manual for row in told)
    assert {row["code"] for row in taken["warnings"]} == {"defaulted", "delivered_without_time"}
    (received,) = (each.document for command, each in answers.items() if command.startswith("kpi"))
    assert received[0]["value"] == 3
    assert answers["import undo 5"].document == {"batch": 5, "orders": 3}
