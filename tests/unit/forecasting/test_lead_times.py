"""Lead times learnt from receipts: by hand, against a slow twin, and where nothing is known."""

from datetime import date, timedelta
from math import exp, log, sqrt

import numpy as np
import polars as pl
import pytest

from forecasting.lead_times import chance_by_day, learnt_lead_times

START = date(2026, 1, 5)


def receipts(*rows: tuple[int, int, int, float], start: date = START) -> pl.DataFrame:
    """Of supplier, product, order and days; whole days are the calendar's."""
    return pl.DataFrame(
        [(*key, start, start + timedelta(days=int(min(days, 999))), days) for *key, days in rows],
        schema={
            "supplier_id": pl.Int64, "product_id": pl.Int64, "order": pl.Int64, "ordered_on": pl.Date,
            "received_on": pl.Date, "days": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


def stated(*rows: tuple[int, int, float]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"supplier_id": pl.Int64, "product_id": pl.Int64, "stated_days": pl.Float64}, orient="row"
    )


def only(frame: pl.DataFrame) -> dict:
    assert frame.height == 1
    return frame.row(0, named=True)


def test_the_stated_lead_time_stands_until_three_orders_came_and_says_so():
    terms = stated((1, 1, 10.0))
    two = only(learnt_lead_times(receipts((1, 1, 1, 20.0), (1, 1, 2, 20.0)), terms))
    three = only(learnt_lead_times(receipts(*[(1, 1, order, 20.0) for order in (1, 2, 3)]), terms))

    assert (two["source"], two["mean_days"], two["sd_days"]) == ("stated", 10.0, 0.0)
    assert two["days"] == pytest.approx([10.0] * 5)
    assert three["source"] == "product"
    assert 15 < three["q0.5"] <= 20


def test_a_product_that_never_came_takes_after_its_supplier():
    seen = receipts(*[(1, 1, order, 15.0) for order in range(20)])
    lead = learnt_lead_times(seen, stated((1, 1, 10.0), (1, 2, 20.0), (2, 3, 10.0)))

    assert lead["source"].to_list() == ["product", "supplier", "stated"]
    assert lead["own_orders"].to_list() == [20, 0, 0]
    assert lead["q0.5"].to_list() == pytest.approx([15.0, 30.0, 10.0])


def test_a_centre_reckoned_by_hand():
    """Two suppliers at 1 and at e times what they state: all are at √e, and four orders weigh 4 : 5 against all."""
    seen = receipts(
        *[(1, 1, order, 10.0) for order in range(4)], *[(2, 2, order, 10 * exp(1)) for order in range(4, 8)]
    )
    lead = learnt_lead_times(seen, stated((1, 1, 10.0), (2, 2, 10.0), (2, 3, 10.0)))

    supplier = 0.5 + 4 / 9 * 0.5
    own = supplier + 4 / 14 * (1 - supplier)
    assert lead["q0.5"].to_list() == pytest.approx([10 * exp(1 - own), 10 * exp(own), 10 * exp(supplier)])


def test_lines_of_one_order_are_one_witness_of_the_supplier():
    lines = receipts(*[(1, product, 1, 30.0) for product in range(9)])

    assert set(learnt_lead_times(lines, stated(*[(1, product, 10.0) for product in range(9)]))["source"]) == {"stated"}


def test_days_on_which_the_supplier_was_closed_are_not_held_against_it():
    seen = receipts(*[(1, 1, order, 24.0) for order in range(5)])
    closed = {1: [(START + timedelta(days=3), START + timedelta(days=10)),
                  (START + timedelta(days=8), START + timedelta(days=16))]}  # fmt: skip
    lead = only(learnt_lead_times(seen, stated((1, 1, 10.0)), closed))

    assert lead["q0.5"] == pytest.approx(10.0)


def test_five_equally_likely_days_have_the_mean_of_the_distribution():
    rng = np.random.default_rng(3)
    seen = receipts(*[(1, 1, order, float(days)) for order, days in enumerate(10 * rng.lognormal(0.2, 0.5, 60))])
    lead = only(learnt_lead_times(seen, stated((1, 1, 10.0))))

    assert lead["days"] == sorted(lead["days"])
    assert np.mean(lead["days"]) == pytest.approx(lead["mean_days"])
    assert lead["q0.1"] < lead["q0.5"] < lead["mean_days"] < lead["q0.9"]


def test_nothing_received_and_nothing_stated_are_no_special_case():
    assert learnt_lead_times(receipts(), stated((1, 1, 7.0)))["source"].to_list() == ["stated"]
    assert learnt_lead_times(receipts((1, 1, 1, 5.0)), stated()).height == 0
    strange = receipts((1, 1, 1, -3.0), (1, 1, 2, float("inf")), (1, 1, 3, 0.0), (1, 1, 4, 1.0), (1, 1, 5, 400.0))
    assert learnt_lead_times(strange, stated((1, 1, 0.0))).select(pl.col("q0.1", "mean_days").is_finite().all()).row(
        0
    ) == (True, True)


def slow_twin(seen: pl.DataFrame, terms: pl.DataFrame) -> list[tuple[float, float]]:
    """Median and width of each row of the terms, by plain loops."""
    days = {(row["supplier_id"], row["product_id"]): row["stated_days"] for row in terms.iter_rows(named=True)}
    shares: dict[tuple[int, int], list[float]] = {}
    orders: dict[int, dict[int, list[float]]] = {}
    for row in seen.iter_rows(named=True):
        key = row["supplier_id"], row["product_id"]
        if key in days:
            share = log(row["days"] / days[key])
            shares.setdefault(key, []).append(share)
            orders.setdefault(key[0], {}).setdefault(row["order"], []).append(share)
    witnesses = {one: [sum(lines) / len(lines) for lines in each.values()] for one, each in orders.items()}

    def lean(values: list[float], before: tuple[float, float], weight: float) -> tuple[float, float]:
        count = len(values)
        if not count:
            return before
        mean = sum(values) / count
        spread = sum((value - mean) ** 2 for value in values) + weight * before[1]
        spread += weight * count / (weight + count) * (mean - before[0]) ** 2
        return (weight * before[0] + count * mean) / (weight + count), spread / (weight + count)

    means = [sum(one) / len(one) for one in witnesses.values()]
    within = sum(sum((v - sum(one) / len(one)) ** 2 for v in one) for one in witnesses.values())
    every = sum(means) / len(means), (within + 0.16) / (sum(len(one) - 1 for one in witnesses.values()) + 4)
    told = []
    for (supplier, product), stated_days in days.items():
        mine = witnesses.get(supplier, [])
        if len(mine) < 3:
            told.append((stated_days, 0.0))
            continue
        centre, variance = lean(shares.get((supplier, product), []), lean(mine, every, 5.0), 10.0)
        told.append((stated_days * exp(centre), sqrt(variance * (1 + 1 / (len(mine) + 5)))))
    return told


def test_learning_equals_a_plain_loop():
    rng = np.random.default_rng(8)
    terms = stated(*[(supplier, product, float(rng.integers(2, 30))) for supplier in range(6) for product in range(4)])
    rows = [
        (order % 6, product, order, float(rng.lognormal(2, 0.4)))
        for order in range(40) for product in rng.choice(5, rng.integers(1, 4), replace=False).tolist()
        if order % 6 != 5 or order < 10
    ]  # fmt: skip
    seen = receipts(*rows)
    lead = learnt_lead_times(seen, terms)

    centre, width = zip(*slow_twin(seen, terms), strict=True)
    assert set(lead["source"]) == {"product", "supplier", "stated"}
    assert lead["q0.5"].to_list() == pytest.approx(centre)
    assert lead["mean_days"].to_list() == pytest.approx(
        [c * exp(w * w / 2) for c, w in zip(centre, width, strict=True)]
    )


def test_true_lead_times_are_recovered_better_than_the_stated_and_than_each_product_alone():
    """Suppliers of known slip and spread, products of which most came a few times only."""
    rng = np.random.default_rng(12)
    slip, spread = rng.uniform(0.9, 1.6, 12), rng.uniform(0.1, 0.45, 12)
    terms = stated(*[(supplier, product, float(5 + 2 * supplier)) for supplier in range(12) for product in range(8)])
    rows = [
        (supplier, product, 100 * supplier + order,
         float((5 + 2 * supplier) * slip[supplier] * np.exp(spread[supplier] * normal)))
        for supplier in range(12)
        for order, normal in enumerate(rng.normal(size=3 + supplier * 3))
        for product in rng.choice(8, 2, replace=False).tolist()
    ]  # fmt: skip
    lead = learnt_lead_times(receipts(*rows), terms)
    true = lead["stated_days"].to_numpy() * (slip * np.exp(spread**2 / 2))[lead["supplier_id"].to_numpy()]
    alone = receipts(*rows).group_by("supplier_id", "product_id").agg(pl.col("days").mean())
    own = terms.join(alone, on=["supplier_id", "product_id"], how="left", maintain_order="left")
    each = own["days"].fill_null(own["stated_days"]).to_numpy()

    def error(days: np.ndarray) -> float:
        return float(np.abs(days / true - 1).mean())

    assert error(lead["mean_days"].to_numpy()) < 0.6 * min(error(lead["stated_days"].to_numpy()), error(each))


def test_a_lead_time_is_spread_over_days_that_keep_its_mean_and_middle():
    spread = chance_by_day(12.0, 4.0)
    assert spread["chance"].sum() == pytest.approx(1, abs=0.003)
    assert (spread["day"] * spread["chance"]).sum() == pytest.approx(12, abs=0.15)
    middle = 12 / (1 + (4 / 12) ** 2) ** 0.5
    assert spread.filter(pl.col("chance").cum_sum() >= 0.5)["day"][0] == round(middle)
    assert spread["day"].to_list() == list(range(spread["day"][0], spread["day"][-1] + 1)), "no day is skipped"


@pytest.mark.parametrize(("mean", "sd"), [(7.0, 0.0), (0.5, 0.2), (0.5, 2.0), (60.0, 45.0)])
def test_short_long_and_certain_lead_times_are_spread_too(mean, sd):
    spread = chance_by_day(mean, sd)
    assert spread["chance"].sum() == pytest.approx(1, abs=0.003)
    assert spread["day"][0] >= 0
