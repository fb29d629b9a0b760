"""The page of anomalies: every kind has its words, and a verdict takes a suspicion from the list."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from dashboard.anomaly_words import KINDS, MEANINGS, evidence_words
from oms_core.steering.anomalies import Suspicion
from oms_core.steering.models import Anomaly

Browse = Callable[..., AppTest]
EVIDENCE = {
    Anomaly.SILENT: {"hours": 830, "usual_hours": 155},
    Anomaly.UNSCANNED: {"carrier": "Parcelo", "tracking": "P1", "hours": 50, "reported": 0.97},
    Anomaly.PAID_UNRESERVED: {"paid": "12.00"},
    Anomaly.RESERVED_UNPAID: {"hours": 500, "usual_hours": 200, "total": "12.00"},
    Anomaly.UNINVOICED: {"hours": 100, "invoiced": 0.9, "total": "12.00"},
    Anomaly.REFUNDED_UNRECEIVED: {"refunded": "12.00", "due": "0"},
    Anomaly.PRICE_OUTLIER: {"sku": "MUG", "price": "1.00", "usual": "10.00", "lines": 40},
    Anomaly.DUPLICATE: {"first": "100", "placed_at": "2026-03-02T10:00:00Z"},
}


@pytest.mark.parametrize("kind", Anomaly)
def test_every_kind_says_what_it_is_and_what_it_rests_on(kind: Anomaly) -> None:
    assert KINDS[kind]
    assert MEANINGS[kind]
    one = Suspicion(kind, "1", datetime.now(UTC), EVIDENCE[kind], "new", "New", Decimal(1), "EUR", "Eva", None, None)
    assert "{" not in evidence_words(one)


def test_the_page_lists_suspicions_and_how_often_each_kind_was_right(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "anomalies")
    assert not app.exception
    precision = app.dataframe[-1].value
    assert list(precision["kind"]) == list(KINDS.values())
    suspected = app.dataframe[0].value
    if len(app.dataframe) > 1:
        assert set(suspected["kind"]) <= set(KINDS.values())


def test_nothing_wrong_is_said_so(empty_shop: OpenShop, browse: Browse) -> None:
    app = browse(empty_shop, "anomalies")
    assert not app.exception
    assert any("Nothing looks wrong" in one.value for one in app.markdown)
