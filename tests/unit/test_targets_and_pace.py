"""Targets as people write them, and how far a figure is: by working days, in whole days, in both directions."""

from datetime import date
from decimal import Decimal

import pytest

from oms_core.errors import Invalid
from pipelines.metrics import METRICS, Unit
from pipelines.steering.pace import Pace, filters_of
from pipelines.steering.target_lines import read_lines, read_period, read_target, write_period

NOVEMBER = date(2026, 11, 1), date(2026, 12, 1)


@pytest.mark.parametrize(
    ("told", "period"),
    [
        ("2026-11", NOVEMBER),
        ("2026-12", (date(2026, 12, 1), date(2027, 1, 1))),
        ("2026-Q4", (date(2026, 10, 1), date(2027, 1, 1))),
        ("2026-11-02..2026-11-15", (date(2026, 11, 2), date(2026, 11, 16))),
    ],
)
def test_a_span_is_read_and_written_by_its_usual_name(told, period):
    assert read_period(told) == period
    assert write_period(*period) == told


@pytest.mark.parametrize("told", ["", "2026", "2026-13", "2026-Q5", "November"])
def test_what_is_no_span_is_refused(told):
    with pytest.raises(ValueError, match="month"):
        read_period(told)


@pytest.mark.parametrize(
    ("told", "unit", "target"),
    [
        ("12 500,50", Unit.MONEY, "12500.50"), ("12,500", Unit.MONEY, "12500"), ("12.500,75", Unit.MONEY, "12500.75"),
        ("85 %", Unit.SHARE, "0.85"), ("0.855", Unit.SHARE, "0.855"), ("48", Unit.HOURS, "48"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(told, unit, target):
    assert read_target(told, unit) == Decimal(target)


@pytest.mark.parametrize(("told", "unit"), [("much", Unit.MONEY), ("85 %", Unit.MONEY), ("NaN", Unit.MONEY)])
def test_what_is_no_number_is_refused(told, unit):
    with pytest.raises(ValueError, match="no number"):
        read_target(told, unit)


def test_pasted_lines_become_targets_whatever_parts_the_columns():
    names = {"net revenue": "net_revenue"}
    for mark in "\t;":
        lines = ["metric|period|target|cut|part", "Net revenue|2026-11|120000", "on_time_rate|2026-11|95%|manager|anna"]
        whole, part = read_lines("\n".join(lines).replace("|", mark), names)
        assert (whole.metric, whole.first_day, whole.target, whole.cut) == (
            "net_revenue", NOVEMBER[0], Decimal(120000), "",
        )  # fmt: skip
        assert (part.metric, part.target, part.cut, part.part) == ("on_time_rate", Decimal("0.95"), "manager", "anna")


def test_each_line_at_fault_is_named():
    told = "nothing;2026-11;1\nnet_revenue;soon;1\nnet_revenue;2026-11;much\nnet_revenue;2026-11;1;manager"
    with pytest.raises(Invalid) as refused:
        read_lines(told, {})
    assert [row["field"] for row in refused.value.rows] == [f"lines[{line}].target" for line in range(4)]


def pace(code: str, value: float | None, due: float, **facts) -> Pace:
    given = {"target": 210.0, "passed": 4, "working": 21, "is_paced": True} | facts
    return Pace(METRICS[code], value=value, due=due, **given)


def test_the_pace_is_the_hand_calculation_in_the_middle_of_a_month():
    found = pace("net_revenue", 38.8, 40)
    assert (found.attained, found.ahead) == (pytest.approx(0.18476, rel=1e-3), pytest.approx(-0.03))
    assert (found.standing, found.forecast) == ("bad", pytest.approx(203.7))


def test_less_is_good_where_down_is_good_and_a_rate_has_no_forecast():
    assert pace("returned_value", 30, 40).standing == "good"
    assert pace("returned_value", 50, 40).standing == "bad"
    rate = pace("on_time_rate", 0.97, 0.95, target=0.95, is_paced=False)
    assert (rate.standing, rate.forecast) == ("good", None)


def test_before_the_first_day_and_after_the_last_nothing_is_forecast():
    assert pace("net_revenue", None, 0, passed=0).standing == "unknown"
    assert pace("net_revenue", None, 0, passed=0).forecast is None
    assert pace("net_revenue", 215, 210, passed=21).forecast is None
    assert pace("net_revenue", 40.1, 40).standing == "on"


def test_a_team_is_all_of_its_people():
    teams = {"north": ["anna", "boris"]}
    assert filters_of("team", "north", teams) == {"manager": ["anna", "boris"]}
    assert filters_of("team", "gone", teams) == {"manager": []}
    assert (filters_of("region", "PL", teams), filters_of("", "", teams)) == ({"region": "PL"}, {})
