"""Fulfilment times: three lenses, every stage's figures, weeks against history, differences told or not told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from pipelines.store import Store

Browse = Callable[..., AppTest]
DESK = {"channel": "desk", "days": "30"}


def headings(app: AppTest) -> set[str]:
    return {heading.value for heading in app.header}


def table(app: AppTest, column: str) -> pl.DataFrame:
    return next(pl.from_pandas(one.value) for one in app.dataframe if column in one.value.columns)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_page_shows_itself_whole(full_shop: OpenShop, browse: Browse, lang: str) -> None:
    app = browse(full_shop, "fulfilment_times", by="eva", lang=lang, **DESK)
    assert not app.exception
    if lang == "en":
        assert headings(app) >= {
            "What slowed", "Where the time went", "Time in each stage", "How far orders come", "Promises kept",
            "How long it takes", "Before and after",
        }  # fmt: skip


def test_the_stages_of_each_lens_are_those_of_the_mart(full_shop: OpenShop, browse: Browse) -> None:
    stays = Store(str(full_shop.marts)).frame("status_intervals").filter("is_counted", channel="desk")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    finished = stays.filter(pl.col("left_at").is_not_null(), pl.col("placed_day") <= yesterday)
    standing = stays.filter("is_open", ~pl.col("status_group").is_in(["done", "cancelled"]))
    app = browse(full_shop, "fulfilment_times", by="eva", channel="desk", days="365")
    assert table(app, "reentries")["n"].sum() == finished.height
    app = browse(full_shop, "fulfilment_times", by="eva", lens="now", **DESK)
    assert table(app, "reentries")["n"].sum() == standing.height
    assert not app.exception


def test_with_a_handful_of_orders_no_difference_is_claimed(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "fulfilment_times", by="eva", **DESK)
    verdicts = table(app, "verdict")["verdict"].to_list()
    assert set(verdicts) <= {"Too few to tell", "No difference can be told"}


def test_a_period_without_orders_says_so(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "fulfilment_times", by="eva", channel="desk", days="2020-01-01..2020-01-20")
    assert not app.exception
    told = {one.value for one in app.caption}
    assert {"No stage was finished in this period.", "Nothing began in this period."} <= told
