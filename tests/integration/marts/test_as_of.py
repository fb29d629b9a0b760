"""Reports of the past: as of an instant they say what they said then, whatever came in, or was rebuilt, afterwards."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from living_shop import LivingShop, refresh_settled, wait_until_settled

from oms_core.db import make_sessions
from oms_core.errors import NotFound
from pipelines import kpi
from pipelines.jobs import refresh
from pipelines.metrics import METRICS
from pipelines.store import Store

PERIOD = {"date_from": date(2024, 3, 1), "date_to": date(2024, 12, 1)}


def told(value):
    """The same to the ninth digit: the last bits of a sum of fractions depend on the order of its summands."""
    if isinstance(value, dict):
        return {key: told(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [told(one) for one in value]
    return f"{value:.9g}" if isinstance(value, float) else value


def reports(store: Store) -> dict[tuple[str, str], list[dict]]:
    return {
        (code, lens.value): told(kpi.compute(store, code, by=["month"], lens=lens.value, **PERIOD))
        for code, metric in METRICS.items()
        for lens in metric.days
    }


def board(store: Store) -> dict[str, list]:
    of_orders = [code for code, metric in METRICS.items() if not metric.mart.startswith("daily_")]
    tiles = kpi.board(store, of_orders, channel="desk", **PERIOD)
    return {code: told([tile.current, tile.previous, tile.trend.rows()]) for code, tile in tiles.items()}


def test_a_report_for_a_past_instant_equals_the_one_saved_then_after_later_corrections(lasting_database, tmp_path):
    engine, store = lasting_database(), Store(str(tmp_path))
    shop = LivingShop(make_sessions(engine), 11)
    saved = {}
    for acts in (120, 60):
        shop.live(acts)  # also cancels, changes and enters with dates of the past
        refresh_settled(engine, store)
        saved[datetime.now(UTC)] = reports(store), board(store), kpi.drill(store, "ordered_value", **PERIOD)
    shop.live(60)
    wait_until_settled(engine)
    refresh(engine, store, full=True)

    assert len({str(figures) for figures, *_ in [*saved.values(), (reports(store),)]}) == 3
    for instant, (figures, tiles, rows) in saved.items():
        past = Store(str(tmp_path)).at(instant)
        assert reports(past) == figures
        assert board(past) == tiles
        assert kpi.drill(past, "ordered_value", **PERIOD).equals(rows)


def test_before_the_first_publication_there_is_no_report(lasting_database, tmp_path):
    engine, store = lasting_database(), Store(str(tmp_path))
    began = datetime.now(UTC)
    with pytest.raises(NotFound, match="No figures are kept"):
        store.at(began)
    refresh_settled(engine, store)
    with pytest.raises(NotFound, match="No figures are kept"):
        store.at(began)
    assert store.at(began + timedelta(days=1)).versions() == store.versions()


def test_the_past_is_not_written(lasting_database, tmp_path):
    engine, store = lasting_database(), Store(str(tmp_path))
    refresh_settled(engine, store)
    past = store.at(datetime.now(UTC))
    with pytest.raises(TypeError):
        past.publish("order_facts", pl.DataFrame({"a": [1]}))
    with pytest.raises(TypeError):
        past.commit(store.manifest())
    assert past.versions() == store.versions()
