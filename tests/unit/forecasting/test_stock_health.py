"""Health of the stock by hand: what lasts, runs out, is too much, or is wanted by nobody."""

from datetime import date, timedelta

import polars as pl
import pytest

from forecasting.stock_health import HEALTH, judge_stock, project_stock

TODAY = date(2026, 11, 25)  # a Wednesday: the week began on the 23rd
WEEKS = [date(2026, 11, 23) + timedelta(weeks=week) for week in range(4)]


def positions(**of: tuple[float, float, float, int, float]) -> pl.DataFrame:
    rows = [(name, *facts) for name, facts in of.items()]
    numbers = dict.fromkeys(("on_hand", "free", "on_order", "lead_time_days", "recent"), pl.Float64)
    schema = {"unique_id": pl.String, **numbers, "lead_time_days": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def ahead(**a_week: float) -> pl.DataFrame:
    rows = [(name, week, mean) for name, mean in a_week.items() for week in WEEKS]
    return pl.DataFrame(rows, schema={"unique_id": pl.String, "ds": pl.Date, "mean": pl.Float64}, orient="row")


def coming(*lines: tuple[str, date | None, float]) -> pl.DataFrame:
    schema = {"unique_id": pl.String, "expected_on": pl.Date, "quantity": pl.Float64}
    return pl.DataFrame(list(lines), schema=schema, orient="row")


def judged(known: pl.DataFrame, forecast: pl.DataFrame, arriving: pl.DataFrame) -> dict[str, dict]:
    projected = project_stock(known, forecast, arriving, today=TODAY)
    return {row["unique_id"]: row for row in judge_stock(known, projected, today=TODAY).to_dicts()}


def test_stock_is_projected_day_by_day_from_today_on():
    known = positions(a=(10, 10, 0, 5, 7))
    projected = project_stock(known, ahead(a=14.0), coming(("a", date(2026, 11, 27), 6.0)), today=TODAY)
    assert projected["day"][0] == TODAY
    assert projected["day"][-1] == WEEKS[-1] + timedelta(days=6)
    assert projected["left_without"][:3].to_list() == pytest.approx([8, 6, 4])
    assert projected["left"][:3].to_list() == pytest.approx([8, 6, 10])


def test_it_runs_out_on_the_day_that_wants_more_than_is_left():
    row = judged(positions(a=(10, 10, 0, 5, 7)), ahead(a=14.0), coming())["a"]
    assert (row["daily"], row["cover_days"]) == (pytest.approx(2.0), pytest.approx(5.0))
    assert row["runs_out_on"] == row["runs_out_without"] == TODAY + timedelta(days=5)


def test_what_is_on_the_way_puts_it_off_and_what_is_overdue_comes_today():
    arriving = coming(("a", TODAY - timedelta(days=9), 4.0), ("a", None, 100.0))
    row = judged(positions(a=(10, 10, 4, 5, 7)), ahead(a=14.0), arriving)["a"]
    assert row["runs_out_on"] == TODAY + timedelta(days=7)
    assert row["runs_out_without"] == TODAY + timedelta(days=5)


def test_goods_due_before_the_forecast_begins_are_not_lost():
    sunday = WEEKS[0] - timedelta(days=1)
    arriving = coming(("a", sunday - timedelta(days=2), 4.0), ("a", sunday, 2.0))
    projected = project_stock(positions(a=(10, 10, 6, 5, 7)), ahead(a=14.0), arriving, today=sunday)
    assert projected["day"][0] == WEEKS[0]
    assert projected["left"][:2].to_list() == pytest.approx([14, 12])


def test_each_is_told_by_the_worst_that_holds():
    known = positions(
        out=(3, -1, 50, 5, 7), short=(10, 10, 0, 9, 7), dead=(4, 4, 0, 5, 0), excess=(900, 900, 0, 5, 7),
        sound=(30, 30, 0, 5, 7), unforeseen=(2, 2, 0, 5, 0), absent=(0, 0, 4, 5, 0),
    )  # fmt: skip
    found = judged(known, ahead(out=14.0, short=14.0, dead=0.0, excess=14.0, sound=14.0), coming())
    assert {name: row["health"] for name, row in found.items()} == {
        "out": "out", "short": "short", "dead": "dead", "excess": "excess", "sound": "sound",
        "unforeseen": "unforeseen", "absent": "absent",
    }  # fmt: skip
    assert set(HEALTH) == {row["health"] for row in found.values()}
    assert found["dead"]["dead"] == 4
    assert found["dead"]["cover_days"] is None
    assert found["excess"]["excess"] == pytest.approx(900 - 2 * 26), "26 days are left of the four weeks"


@pytest.mark.parametrize(("free", "recent"), [(0, 3), (-2, 0)])
def test_what_is_asked_for_and_not_there_is_out_though_nothing_is_forecast(free: float, recent: float):
    assert judged(positions(a=(0, free, 0, 5, recent)), ahead(), coming())["a"]["health"] == "out"


def test_what_was_never_asked_for_is_not_called_unwanted_before_it_has_a_forecast():
    assert judged(positions(a=(4, 4, 0, 5, 0)), ahead(), coming())["a"]["dead"] == 0


def test_excess_is_never_more_than_lies_there():
    row = judged(positions(a=(10, 10, 500, 5, 7)), ahead(a=14.0), coming())["a"]
    assert row["excess"] == 10


def test_a_shop_without_forecast_or_stock_is_judged_too():
    assert judged(positions(), ahead(), coming()) == {}
    assert judged(positions(a=(1, 1, 0, 5, 1)), ahead(), coming())["a"]["health"] == "unforeseen"
