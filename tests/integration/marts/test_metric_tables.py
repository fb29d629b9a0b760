"""Figures handed over as files: what is read back is what was computed, with what it was made with."""

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from running_oms import oms_on

from oms_core.errors import OmsError
from pipelines import kpi
from pipelines.exporting import FACTS_KEY, as_csv, as_parquet, as_xlsx
from pipelines.metric_tables import Report, sheets_of
from pipelines.metrics import METRICS
from tests.lasting_shops import LAST_DAY, LivedShop

FIRST, AFTER = date(2026, 5, 1), LAST_DAY
CODES = ("ordered_value", "cancel_rate", "cycle_time", "open_orders", "stock_value", "gross_margin")
KNOWN = [code for code in CODES if code in METRICS]


def report(cut: str = "") -> Report:
    return Report("Overview", KNOWN, FIRST, AFTER, "demo", cut)


def below_facts(data: bytes) -> pl.DataFrame:
    facts, _empty, table = data.decode("utf-8-sig").partition("\r\n\r\n")
    assert "demo" in facts
    return pl.read_csv(io.StringIO(table))


def test_whole_figures_are_those_of_the_tiles(lived_shop: LivedShop) -> None:
    table = sheets_of(lived_shop.store, report())[0].frame
    tiles = kpi.board(lived_shop.store, ["ordered_value", "cancel_rate", "cycle_time"], date_from=FIRST, date_to=AFTER,
                      channel="demo")  # fmt: skip
    for code, tile in tiles.items():
        row = table.row(by_predicate=pl.col("code") == code, named=True)
        assert row["value"] == pytest.approx(float(tile.current["value"]))
        assert row["before"] == pytest.approx(float(tile.previous["value"]))
        assert (row["n"], row["change"]) == (tile.current["n"], pytest.approx(float(tile.change or 0)))


@pytest.mark.parametrize("cut", ["", "month", "region"])
def test_every_kind_of_file_says_the_same_figures(lived_shop: LivedShop, cut: str) -> None:
    table, definitions = sheets_of(lived_shop.store, report(cut))
    assert table.frame.height >= len(table.frame["code"].unique()) >= 3
    values = table.frame["value"].to_list()

    rows = pl.read_parquet(io.BytesIO(as_parquet(table)))
    assert rows.equals(table.frame)
    assert below_facts(as_csv(table))["Value"].cast(float).to_list() == pytest.approx(values)
    workbook = pl.read_excel(
        io.BytesIO(as_xlsx(table, definitions)), sheet_id=1, read_options={"header_row": len(table.facts) + 1}
    )
    assert workbook["Value"].cast(float).to_list() == pytest.approx(values)


def test_a_file_says_its_channel_days_publication_and_the_definition_of_every_figure(lived_shop: LivedShop) -> None:
    table, definitions = sheets_of(lived_shop.store, report("month"), zone="Europe/Moscow")
    told = json.loads(pl.read_parquet_metadata(io.BytesIO(as_parquet(table)))[FACTS_KEY])
    facts = told["facts"]
    assert (facts["Channel"], facts["Cut"], facts["Time zone"]) == ("demo", "month", "Europe/Moscow")
    assert facts["Days"] == "2026-05-01 ≤ … < 2026-06-21"
    assert facts["As of"]
    assert facts["Fresh to"] <= facts["As of"]
    for code in table.frame["code"].unique():
        assert facts[f"{METRICS[code].label} ({code})"] == METRICS[code].definition
        assert definitions.frame.filter(pl.col("code") == code)["version"].to_list() == [METRICS[code].version]


def test_figures_without_a_cut_are_named_and_not_invented(lived_shop: LivedShop) -> None:
    asked = Report("x", ["ordered_value", "cancel_rate"], FIRST, AFTER, "demo", "derived_cause")
    table = sheets_of(lived_shop.store, asked)[0]
    assert "ordered_value" not in table.frame["code"].to_list()
    assert METRICS["ordered_value"].label in dict(table.facts)["Without this cut"]


def test_of_a_past_publication_the_file_says_what_was_seen_then(lived_shop: LivedShop) -> None:
    now = sheets_of(lived_shop.store, report())[0]
    then = sheets_of(lived_shop.store.at(datetime.now(UTC)), report())[0]
    assert_frame_equal(then.frame, now.frame, rel_tol=1e-12)  # threads add floats in any order
    assert then.facts == now.facts


def test_words_are_said_in_the_readers_language(lived_shop: LivedShop) -> None:
    table = sheets_of(lived_shop.store, report(), say=str.upper)[0]
    assert "VALUE" in table.headings.values()
    assert METRICS["ordered_value"].label.upper() in table.frame["figure"].to_list()


def test_an_unknown_lens_is_refused(lived_shop: LivedShop) -> None:
    asked = Report("x", ["ordered_value"], FIRST, AFTER, "demo", "", {"ordered_value": "sideways"})
    with pytest.raises((OmsError, ValueError)):
        sheets_of(lived_shop.store, asked)


def test_the_command_line_writes_the_kind_of_file_that_is_named(
    lived_shop: LivedShop, home: Path, tmp_path: Path
) -> None:
    oms = oms_on(lived_shop.engine, lived_shop.marts, home)
    asked = ("kpi", "ordered_value", "--from", FIRST, "--to", AFTER, "--channel", "demo", "--by", "month")
    assert oms(*asked, "--out", tmp_path / "a.parquet").status == 0
    rows = pl.read_parquet(tmp_path / "a.parquet")
    assert rows["part"].to_list() == ["2026-05", "2026-06"]
    assert rows["value"].to_list() == [row["value"] for row in oms(*asked, "--json").document]
    assert oms(*asked, "--out", tmp_path / "a.pdf").status == 1
