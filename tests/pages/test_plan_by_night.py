"""What became of the plan's newest night is told above the plan, in the reader's words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from shops import OwnShop
from streamlit.testing.v1 import AppTest

from oms_core.purchasing.plan_models import ReplenishmentAttempt
from pipelines.demand_history import LEAST_WEEKS

Browse = Callable[..., AppTest]
FAILED = {
    "history_too_short": {"en": "at least eight weeks of orders", "zh": "至少需要八周"},
    "forecast_running": {"en": "Another forecast is being made", "zh": "正在进行另一次预测"},
    "ZeroDivisionError": {"en": "unexpected happened (ZeroDivisionError)", "zh": "意外错误（ZeroDivisionError）"},
    None: {"en": "The worker ended", "zh": "后台进程在完成之前"},
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("failure", FAILED)
def test_why_a_night_failed_is_told_in_words(own_shop: OwnShop, browse: Browse, failure: str | None, lang: str) -> None:
    shop, sessions = own_shop
    begun = datetime.now(UTC) - timedelta(hours=4)
    with sessions.begin() as session:
        over = begun if failure else None
        session.add(ReplenishmentAttempt(started_at=begun, finished_at=over, failure=failure))
    app = browse(shop, "replenishment", by="bob", lang=lang)
    assert not app.exception, app.exception
    [told] = [warning.value for warning in app.warning]
    assert FAILED[failure][lang] in told
    assert "last good plan" not in told, "there is none yet"


def test_what_is_said_of_a_history_too_short_is_what_is_asked() -> None:
    assert LEAST_WEEKS == 8
