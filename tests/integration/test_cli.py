"""Every verb of the command line as a user runs it: one JSON document of the agreed shape, and the exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from olist_folder import OlistFolder, a_payment
from running_oms import Oms, oms_on
from sqlalchemy import text

from pipelines.cli.answers import say

PERIOD = ("--from", "2026-05-01", "--to", "2026-07-01")
PRODUCTS = "sku,name,price\nTEA,Green tea,4.50\nMUG,[red]Mug[/x],12.00\n,Nameless,1.00\n"
STOCK = "sku,warehouse,quantity\nTEA,MAIN,10\nTIN,MAIN,1\n"
ORDERS = """Invoice,Day,Item,Pieces,Price
A-1,03/02/2026,TEA,2,"4,50"
A-1,03/02/2026,MUG,1,"12,00"
A-2,31/02/2026,TEA,1,"4,50"
"""
MAPPING = """
[columns]
external_ref = "Invoice"
placed_at = "Day"
sku = "Item"
quantity = "Pieces"
unit_price = "Price"
[options]
time_zone = "Europe/Warsaw"
currency = "PLN"
date_format = "%d/%m/%Y"
decimal_comma = true
history = true
"""


@pytest.fixture(scope="module")
def shop(lasting_database, tmp_path_factory, home) -> Oms:
    """Sixty days of the demo shop, in the marts."""
    oms = oms_on(lasting_database(), tmp_path_factory.mktemp("marts") / "marts", home)
    made = oms("simulate", "--days", 60, "--orders-per-day", 5, "--until", "2026-06-30", "--json")
    assert made.status == 0
    assert {"orders", "lines", "events"} <= made.document.keys()
    assert oms("refresh").status == 0
    return oms


@pytest.fixture
def oms(fresh_engine, tmp_path, home) -> Oms:
    """The command line on a database of the test's own."""
    return oms_on(fresh_engine, tmp_path / "marts", home)


@pytest.fixture
def files(tmp_path) -> Path:
    """A folder with files of one's own."""
    texts = {"products.csv": PRODUCTS, "stock.csv": STOCK, "orders.csv": ORDERS, "map.toml": MAPPING}
    for name, written in texts.items():
        (tmp_path / name).write_text(written)
    return tmp_path


def test_init_may_be_repeated(oms):
    assert [oms("init").status, oms("init").status] == [0, 0]


def test_olist_goes_in_once(oms, tmp_path):
    folder = OlistFolder().add("payments", a_payment("nobody", "1.00")).write(tmp_path)

    first, again = oms("import", "olist", folder, "--json"), oms("import", "olist", folder, "--json")

    assert (first.status, again.status) == (0, 0)
    assert set(first.document) == {"batch", "files", "created", "unchanged", "rejected", "warnings"}
    assert first.document["created"]["orders"] == 2
    assert first.document["files"][0].keys() == {"file", "rows"}
    assert [row["line"] for row in first.document["rejected"]] == [4]
    assert first.document["rejected"][0].keys() == {"file", "line", "column", "reason"}
    assert not any(again.document["created"].values())
    assert again.document["unchanged"] == 2
    assert {row["code"] for row in again.document["warnings"]} == {"file_already_imported"}


def test_files_of_ones_own_are_rehearsed_taken_in_and_known_again(oms, files):
    orders = ("import", "orders", files / "orders.csv", "--channel", "web", "--mapping", files / "map.toml", "--json")

    products = oms("import", "products", files / "products.csv", "--json").document
    stock = oms("import", "stock", files / "stock.csv", "--json").document
    rehearsed, taken, again = (oms(*orders, *more) for more in (["--dry-run"], [], []))

    assert (products["created"]["products"], len(products["rejected"])) == (2, 1)
    assert (stock["created"], stock["rejected"][0]["line"]) == ({"receipts": 1}, 3)
    assert [each.status for each in (rehearsed, taken, again)] == [0, 0, 0]
    assert rehearsed.document | {"batch": taken.document["batch"]} == taken.document
    assert rehearsed.document["batch"] is None
    rejected = {"file": "orders.csv", "line": 4, "column": "Day", "reason": "31/02/2026 is not a date and time"}
    assert taken.document["rejected"] == [rejected]
    assert (again.document["created"], again.document["unchanged"]) == ({"orders": 0}, 1)


def test_all_that_was_defaulted_is_told(oms, files):
    oms("import", "products", files / "products.csv")

    done = oms("import", "orders", files / "orders.csv", "--channel", "web", "--mapping", files / "map.toml", "--json")

    defaulted = next(row for row in done.document["warnings"] if row["code"] == "defaulted")
    assert len(defaulted["examples"]) == defaulted["count"] == 8


def test_an_import_of_which_nothing_went_in_ends_with_1_and_its_report(oms, files):
    done = oms("import", "stock", files / "stock.csv", "--json")

    assert done.status == 1
    assert len(done.document["rejected"]) == 2


def test_a_shop_is_simulated_once_and_leaves_its_truth(oms, tmp_path):
    words = ("simulate", "--days", 3, "--orders-per-day", 2, "--until", "2026-06-30", "--truth", tmp_path, "--json")

    first, again = oms(*words), oms(*words)

    assert (first.status, again.status, again.out) == (0, 1, "")
    assert "has orders already" in again.err
    assert {"true_demand.parquet", "cancellations.parquet", "delays.parquet"} <= {
        file.name for file in tmp_path.iterdir()
    }


def test_refresh_tells_each_mart(shop):
    done, full = shop("refresh", "--json").document, shop("refresh", "--full", "--json").document

    names = {"order_facts", "order_lines", "status_intervals", "cancellations", "daily_demand", "daily_stock"}
    assert names <= done["marts"].keys()
    assert all({"rows", "version", "seconds"} <= mart.keys() for mart in full["marts"].values())
    assert full["fresh_to"].startswith("2026-06-30")
    assert full["marts"]["order_facts"]["version"] > done["marts"]["order_facts"]["version"]


def test_metrics_are_listed_with_their_definitions(shop):
    listed = shop("metrics", "--json").document

    assert len(listed) >= 15
    assert all(metric["code"] and metric["definition"] for metric in listed)


def test_a_number_is_the_sum_of_its_rows(shop):
    one = shop("kpi", "ordered_value", *PERIOD, "--json").document
    by_month = shop("kpi", "ordered_value", *PERIOD, "--by", "month, channel", "--json").document
    rows = shop("drill", "ordered_value", *PERIOD, "--json").document

    assert one[0].keys() == {"code", "by", "value", "numerator", "denominator", "n", "is_mature"}
    assert (one[0]["code"], one[0]["by"], one[0]["denominator"]) == ("ordered_value", {}, None)
    assert [row["by"]["month"] for row in by_month] == ["2026-05", "2026-06"]
    assert {row["by"]["channel"] for row in by_month} == {"demo"}
    assert sum(row["value"] for row in by_month) == pytest.approx(one[0]["value"])
    assert sum(row["numerator"] for row in rows) == pytest.approx(one[0]["value"])
    assert len(shop("drill", "ordered_value", *PERIOD, "--limit", 3, "--json").document) == 3


def test_a_number_is_told_as_it_stood_at_a_past_instant(shop):
    now = shop("kpi", "ordered_value", *PERIOD, "--json").document
    later = shop("kpi", "ordered_value", *PERIOD, "--as-of", "2999-01-01", "--json")
    before = shop("kpi", "ordered_value", *PERIOD, "--as-of", "2020-01-01T10:00", "--json")

    assert (later.status, later.document) == (0, now)
    assert shop("drill", "ordered_value", *PERIOD, "--as-of", "2999-01-01", "--limit", 2, "--json").status == 0
    assert before.status != 0


def test_durations_come_with_their_spread_and_what_is_undefined_is_null(shop):
    some = shop("kpi", "cycle_time", *PERIOD, "--json").document[0]
    none = shop("kpi", "cycle_time", "--from", "2030-01-01", "--to", "2030-02-01", "--json").document[0]

    assert 0 < some["value"] <= some["p90"]
    assert {some["mean"].__class__, some["business_value"].__class__} == {float}
    assert (none["value"], none["p90"], none["mean"], none["n"]) == (None, None, None, 0)


def test_a_cut_asked_for_twice_is_one(shop):
    assert shop("kpi", "demand", *PERIOD, "--by", "month,month", "--json").status == 0


def test_forecasts_are_published_and_a_plan_made_of_them(shop):
    too_early = shop("plan")
    forecast = shop("forecast", "run", "--json").document
    plan = shop("plan", "--json").document

    assert too_early.status == 1
    assert "oms forecast run" in too_early.err
    assert {"series", "seconds", "model", "scores"} <= forecast.keys()
    assert plan.keys() == {"proposals", "suppliers", "value", "transfers"}
    assert plan["proposals"] > 0 < plan["value"]
    assert shop("forecast", "run").out.count("seasonal_naive") >= 1
    runs = shop("forecast", "runs", "--json").document
    whole = [row for row in runs if row["series_class"] == "all"]
    assert [row["series"] for row in whole] == [forecast["series"]] * 2
    assert whole[0]["made_at"] > whole[1]["made_at"]
    assert whole[0]["settings"]["boosting"]["trees"] > 0
    assert "naive_wape" in shop("forecast", "runs").out


def test_the_riskiest_promises_are_listed_once_they_are_scored(shop):
    run = shop("risk", "run", "--json").document
    listed = shop("risk", "list", "--most", "3", "--json").document

    assert run.keys() == {"orders", "at", "seconds", "stages"}
    assert len(listed) == min(3, run["orders"])
    assert [row["probability"] for row in listed] == sorted((row["probability"] for row in listed), reverse=True)


def test_a_what_if_tells_figures_before_and_after_and_refuses_what_is_no_change(shop):
    told = shop("whatif", "promise:1,hold:48", "--channel", "demo", *PERIOD, "--json").document
    on_time = next(row for row in told if row["figure"] == "on_time")
    assert on_time["after"] >= on_time["before"]
    assert shop("whatif", "promise:soon", "--channel", "demo", *PERIOD).status == 1


def test_check_ends_with_1_where_an_invariant_is_broken(oms, files, fresh_engine):
    oms("import", "products", files / "products.csv")
    oms("import", "stock", files / "stock.csv")
    sound = oms("check", "--json")
    with fresh_engine.begin() as connection:
        connection.execute(text("UPDATE stock_levels SET on_hand = on_hand + 1"))
    broken = oms("check", "--json")

    assert (sound.status, broken.status) == (0, 1)
    assert not any(row["rows"] for row in sound.document)
    assert {row["code"]: row["rows"] for row in broken.document if row["rows"]} == {"01_on_hand": 1}
    assert all(row.keys() == {"code", "title", "rows"} for row in broken.document)


def test_people_get_tables_and_text_is_never_markup(shop, capsys):
    assert "Open orders" in shop("kpi", "open_orders", *PERIOD, "--lens", "now").out
    assert "cycle_time" in shop("metrics").out
    assert "delivered_at" in shop("drill", "cycle_time", *PERIOD, "--limit", 1).out  # too wide: one value a line
    say([{"name": "[red]Mug[/x]", "price": 1.0}, {"name": None, "price": None}])
    say([])
    printed = capsys.readouterr().out
    assert "[red]Mug[/x]" in printed
    assert "Nothing to show." in printed


def test_the_installed_command_prints_json_alone(shop):
    command = Path(sys.executable).with_name("oms")

    done = subprocess.run([command, "metrics", "--json"], capture_output=True, text=True, check=True)

    assert isinstance(json.loads(done.stdout), list)
    assert done.stderr == ""
