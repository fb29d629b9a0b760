"""The page of accuracy: scores by part beside repeating last year, and where that was no worse."""

from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from pipelines.forecast_runs import RUNS, WHOLE, read_runs
from pipelines.store import Store
from tests.lasting_shops import MORNING_AFTER, LivedShop

Browse = Callable[..., AppTest]


@pytest.fixture
def tried(lived_shop: LivedShop) -> OpenShop:
    """The shop that lived, with a forecast that was tried at past cutoffs."""
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


def test_every_cut_opens_as_many_series_as_it_counts(tried: OpenShop, browse: Browse) -> None:
    for cut in ("series_class", "class", "supplier", "ahead"):
        app = browse(tried, "accuracy", lang="en", cut=cut).run()
        part = app.dataframe[0].value.iloc[1]
        app.session_state[f"parts_{cut}"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
        app.run()
        assert not app.exception, app.exception
        opened = app.dataframe[1].value
        assert len(opened) == min(part["series"], 200)
        if cut == "ahead":
            series = Store(str(tried.marts)).frame("forecast_trials").filter(~pl.col("is_censored"))
            weeks = (pl.col("ds") - pl.col("cutoff")).dt.total_days() == 7 * int(part["part"])
            assert part["series"] == series.filter(weeks)["unique_id"].n_unique()


def test_one_run_is_told_and_two_are_drawn(tried: OpenShop, browse: Browse) -> None:
    app = browse(tried, "accuracy", lang="en").run()
    assert not app.exception, app.exception
    assert any("One run so far" in caption.value for caption in app.caption)
    error = next(metric for metric in app.metric if metric.label == "Error (WAPE)")
    store = Store(str(tried.marts))
    first = read_runs(store)
    whole = first.row(by_predicate=pl.col("series_class") == WHOLE, named=True)
    assert error.value == f"{whole['wape']:.1%}", "the newest run is what the page tells above"
    assert (whole["made_at"], whole["methods"]) != (None, [])

    later = first.with_columns(pl.lit(MORNING_AFTER + timedelta(days=1)).cast(first.schema["made_at"]).alias("made_at"))
    store.publish(RUNS, pl.concat([first, later]))
    try:
        for measure in ("wape", "bias", "coverage_80", "scaled_pinball_loss"):
            app = browse(tried, "accuracy", lang="en", measure=measure).run()
            assert not app.exception, app.exception
            assert not any("One run so far" in caption.value for caption in app.caption)
            assert len(app.get("plotly_chart")) == 1
    finally:
        store.publish(RUNS, first)
