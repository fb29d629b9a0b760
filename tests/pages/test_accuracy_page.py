"""The page of accuracy: scores by part beside repeating last year, and where that was no worse."""

from collections.abc import Callable

import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from pipelines.store import Store
from tests.lasting_shops import LivedShop

Browse = Callable[..., AppTest]


@pytest.fixture
def tried(lived_shop: LivedShop) -> OpenShop:
    """The shop that lived, with a forecast that was tried at past cutoffs."""
    if not lived_shop.store.exists("forecast_trials"):
        from pipelines.demand_forecast import publish_forecasts

        publish_forecasts(lived_shop.store)
    return OpenShop(lived_shop.engine.url.render_as_string(hide_password=False), lived_shop.marts)


def test_a_shop_without_forecast_is_told_what_to_do(empty_shop: OpenShop, browse: Browse) -> None:
    app = browse(empty_shop, "accuracy", lang="en").run()
    assert not app.exception, app.exception
    assert any("No forecast yet" in block.value for block in app.markdown)


def test_every_cut_tells_of_the_same_series(tried: OpenShop, browse: Browse) -> None:
    counts = {}
    for cut in ("series_class", "class", "supplier", "ahead"):
        app = browse(tried, "accuracy", lang="en", cut=cut).run()
        assert not app.exception, app.exception
        counts[cut] = app.dataframe[0].value["series"].sum()
        if cut == "series_class":
            table = Store(str(tried.marts)).frame("forecast_series").drop_nulls("periods")
            listed = sorted(table.group_by("series_class").len()["len"].to_list())
            assert sorted(app.dataframe[0].value["series"]) == listed, "a part counts the series that it opens"
    assert counts["class"] == counts["supplier"] > 0
    assert {metric.label for metric in app.metric} == {"Error (WAPE)", "Bias", "Within the band", "Pinball loss"}
    assert any(" series" in caption.value for caption in app.caption)
