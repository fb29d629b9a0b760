"""Derived causes: each rule by the facts that fulfil it, and nothing told where the record says nothing."""

from datetime import UTC, datetime

import polars as pl
import pytest

from pipelines.marts.cause_facts import SCHEMA, SQL
from pipelines.marts.causes import PREVENTABLE, SAME_AS, Cause, derive_causes, is_misstated

QUIET = {
    "order_id": 1, "stage": "new", "cancelled_at": datetime(2026, 3, 2, 10, tzinfo=UTC), "is_double": False,
    "holds": "", "unpaid_hours": None, "stage_hours": 2.0, "open_hours": 2.0, "is_underpriced": False,
    "is_waiting": False, "supplier_failed": False, "is_promise_broken": False, "is_lost": False, "misses": 0,
    "asks_price": False, "says_wrong_price": False, "complains": False, "blames_carrier": False, "not_found": False,
    "is_pickup": False, "quiet_hours": 2.0, "is_imported": False,
}  # fmt: skip
WAITS = {"is_waiting": True, "open_hours": 60.0}


def cause_of(**facts: object) -> str | None:
    [row] = derive_causes(pl.DataFrame([{**QUIET, **facts}], schema=SCHEMA)).to_dicts()
    return row["derived_cause"]


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"holds": "payment fraud"}, "fraud"),
        ({"holds": "credit"}, "credit_refused"),
        ({"holds": "address"}, "bad_address"),
        ({"holds": "payment", "unpaid_hours": 170.0}, "payment_never_came"),
        ({"holds": "payment", "unpaid_hours": 3.0}, "changed_mind"),
        ({"is_double": True}, "duplicate"),
        ({"stage": "pick", "is_lost": True}, "stock_lost_later"),
        ({"stage": "pick", "not_found": True}, "stock_lost_later"),
        ({"stage": "ship", "is_pickup": True, "stage_hours": 180.0}, "not_collected"),
        ({"stage": "ship", "blames_carrier": True}, "carrier_failed"),
        ({"stage": "ship", "stage_hours": 30.0}, "carrier_failed"),
        ({"is_underpriced": True}, "price_error"),
        ({"says_wrong_price": True}, "price_error"),
        ({"misses": 3, "quiet_hours": 80.0}, "unreachable"),
        ({"asks_price": True}, "found_cheaper"),
        ({**WAITS, "supplier_failed": True, "is_promise_broken": True}, "supplier_failed"),
        ({**WAITS, "is_promise_broken": True}, "promise_slipped"),
        (WAITS, "no_stock_at_placement"),
        ({**WAITS, "open_hours": 1.0}, "changed_mind"),
        ({"complains": True}, "silent_too_long"),
        ({"quiet_hours": 120.0}, "silent_too_long"),
        ({}, "changed_mind"),
        ({"is_imported": True}, None),
        ({"is_imported": True, "is_double": True}, "duplicate"),
    ],
)
def test_the_facts_of_the_moment_tell_the_cause(facts, cause):
    assert cause_of(**facts) == cause


def test_a_missing_stay_tells_nothing_of_silence():
    assert cause_of(quiet_hours=None, stage_hours=None) == "changed_mind"


def test_every_cause_can_be_told_and_has_reasons_that_say_the_same():
    assert set(SAME_AS) == set(Cause)
    assert len(Cause) == 16
    assert set(Cause) > PREVENTABLE


def test_the_stated_reason_is_no_fact():
    assert "reason" not in SQL.lower().replace("cancel_reasons", "")
    assert not {"reason", "stated_reason", "true_cause"} & set(SCHEMA)


def test_a_reason_that_says_something_else_is_misstated():
    rows = pl.DataFrame({
        "reason": ["not_paid", "changed_mind", "unknown"], "cause": ["payment_never_came", "promise_slipped", None]
    })  # fmt: skip
    told = rows.select(wrong=is_misstated(pl.col("reason"), pl.col("cause")))
    assert told["wrong"].to_list() == [False, True, None]
