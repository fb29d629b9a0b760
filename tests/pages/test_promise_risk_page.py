"""The page of promise risk: says that nothing is scored yet, then the riskiest orders and how well it is told."""

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from dashboard import display
from dashboard.risk_words import CAUSES, MILESTONES, WAYS
from forecasting import promise_risk_causes, promise_risk_history, promise_risk_model, promise_risk_rules
from pipelines.store import Store
from tests.lasting_shops import LivedShop

Browse = Callable[..., AppTest]


@pytest.fixture
def scored_shop(lived_shop: LivedShop) -> OpenShop:
    """The shop that lived, with two open orders scored by hand and one milestone judged."""
    store = lived_shop.store
    is_due_later = pl.col("is_open") & (pl.col("first_promised_day") >= date(2026, 6, 22))
    orders = store.frame("order_facts").filter(is_due_later)["order_id"].sort().head(2)
    told = pl.DataFrame({
        "order_id": orders, "milestone": ["placed", "handed"], "probability": [0.2, 0.8], "cause": ["stock", None],
        "served": ["boosted_and_linear"] * 2,
    }, schema_overrides={"cause": pl.String})  # fmt: skip
    scores = {
        "orders": 200, "share_late": 0.1, "predicted": 0.1, "auc_score": 0.7, "brier_loss": 0.08,
        "calibration_error": 0.01, "lift_score": 2.5,
    }  # fmt: skip
    ways = ("boosted_and_linear", "shortest_left", "served")
    judged = [{"milestone": "placed", "by": way, "is_serving": way == ways[0], **scores} for way in ways]
    bins = pl.DataFrame({
        "milestone": ["placed"] * 2, "bin": [1, 2], "orders": [100, 100], "predicted": [0.05, 0.15],
        "actual": [0.04, 0.16],
    })  # fmt: skip
    trials = [{"milestone": "placed", "by": way, "brier_loss": 0.08, "served": way == ways[1]} for way in ways[:2]]
    store.publish("promise_risk", told)
    store.publish("promise_risk_trials", pl.DataFrame(trials))
    store.publish("promise_risk_judged", pl.DataFrame(judged))
    store.publish("promise_risk_reliability", bins)
    return OpenShop(lived_shop.engine.url.render_as_string(hide_password=False), lived_shop.marts)


def test_everything_that_is_told_has_a_word():
    assert set(CAUSES) == set(promise_risk_causes.CAUSES)
    assert set(MILESTONES) == set(promise_risk_history.MILESTONES)
    assert set(WAYS) == {promise_risk_model.MODEL, *promise_risk_rules.RULES}


def test_a_shop_without_scores_is_told_so(empty_shop: OpenShop, browse: Browse) -> None:
    app = browse(empty_shop, "promise_risk")
    assert not app.exception
    assert any("Nothing is scored yet" in one.value for one in app.markdown)


def test_the_riskiest_come_first_and_the_model_stands_beside_the_rules(scored_shop: OpenShop, browse: Browse) -> None:
    app = browse(scored_shop, "promise_risk")
    assert not app.exception
    riskiest, scores = (table.value for table in app.dataframe)
    assert riskiest["risk"].to_list() == [0.8, 0.2]
    assert riskiest["cause"].to_list() == [display.NOTHING, "stock"]
    assert scores["by"].to_list() == ["Model", "Shortest time left"]
    assert scores["serves"].to_list() == [False, True]  # now, whatever served when it was judged
    assert any("Shortest time left serves" in one.value for one in app.caption)


def test_until_orders_are_ticked_it_says_what_can_be_done_about_them(scored_shop: OpenShop, browse: Browse) -> None:
    app = browse(scored_shop, "promise_risk")
    assert any("Tick orders" in one.value for one in app.caption)
    assert not any(one.key == "risk_urgent" for one in app.button)


def test_a_rule_that_told_no_worse_of_later_orders_is_said_to_take_over(scored_shop: OpenShop, browse: Browse) -> None:
    store = Store(str(scored_shop.marts))
    trials = store.frame("promise_risk_trials").with_columns(served=pl.col("by") == promise_risk_model.MODEL)
    store.publish("promise_risk_trials", trials)
    app = browse(scored_shop, "promise_risk", lang="en")
    assert any("of later orders Shortest time left told no worse" in one.value for one in app.caption)
