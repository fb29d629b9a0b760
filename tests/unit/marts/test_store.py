"""The store: checked before it is published, whole days replaced, seen all at once, cached by version."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from oms_core.errors import Invalid, NotFound
from pipelines.store import Manifest, Replacement, Store, TableCheck, Watermark

SCHEMA = {"day": pl.Date, "sku": pl.String, "net": pl.Decimal(14, 2)}
CHECK = TableCheck(schema=SCHEMA, grain=("day", "sku"), identities={"net ≥ 0": pl.col("net") >= 0})


def sales(*rows: tuple[int, str, str]) -> pl.DataFrame:
    return pl.DataFrame([(date(2024, 1, d), sku, Decimal(net)) for d, sku, net in rows], schema=SCHEMA, orient="row")


def test_what_is_published_is_read_back_exactly(tmp_path):
    store, frame = Store(str(tmp_path)), sales((1, "A", "0.10"), (2, "B", "99999999.99"))
    assert not store.exists("sales")
    assert store.publish("sales", frame, check=CHECK).rows == 2
    assert store.frame("sales").equals(frame)
    assert store.scan("sales").collect_schema() == pl.Schema(SCHEMA)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (sales((1, "A", "1"), (1, "A", "2")), "mart_grain"),
        (sales((1, "A", "-1")), "mart_identity"),
        (sales((1, "A", "1")).with_columns(pl.col("net").cast(pl.Float64)), "mart_schema"),
        (sales((1, "A", "1")).drop("sku"), "mart_schema"),
        (sales((1, "A", "1")).with_columns(net=None).cast(SCHEMA), "mart_identity"),
    ],
)
def test_a_frame_that_breaks_a_promise_is_not_published(tmp_path, frame, code):
    store = Store(str(tmp_path))
    store.publish("sales", sales((1, "A", "1")), check=CHECK)
    with pytest.raises(Invalid) as refused:
        store.publish("sales", frame, check=CHECK)
    assert refused.value.code == code
    assert store.frame("sales").height == 1
    assert store.version("sales") == 0


def test_whole_days_are_replaced_and_an_empty_frame_clears_them(tmp_path):
    store = Store(str(tmp_path))
    store.publish("sales", sales((1, "A", "1"), (2, "A", "2"), (2, "B", "3"), (3, "A", "4")), check=CHECK)
    second = Replacement("day", days=[date(2024, 1, 2)])
    assert store.publish("sales", sales((2, "C", "9")), check=CHECK, replacing=second).rows == 3
    assert store.frame("sales").sort("day")["sku"].to_list() == ["A", "C", "A"]
    store.publish("sales", sales(), check=CHECK, replacing=Replacement("day", since=date(2024, 1, 2)))
    assert store.frame("sales")["day"].to_list() == [date(2024, 1, 1)]


def test_rows_outside_the_days_replaced_are_refused(tmp_path):
    store = Store(str(tmp_path))
    store.publish("sales", sales((1, "A", "1")), check=CHECK)
    with pytest.raises(Invalid, match="outside the days"):
        store.publish("sales", sales((5, "A", "1")), replacing=Replacement("day", days=[date(2024, 1, 2)]))
    assert store.frame("sales").height == 1


def test_readers_see_a_publication_only_when_it_is_committed(tmp_path):
    store, reader = Store(str(tmp_path)), Store(str(tmp_path))
    now = datetime(2024, 1, 2, tzinfo=UTC)
    watermark = Watermark(database="d", horizon=1, fresh_to=now, read_at=now)
    store.commit(Manifest(marts={"sales": store.publish("sales", sales((1, "A", "1")))}, watermark=watermark))
    assert (reader.frame("sales").height, reader.fresh_to()) == (1, now)
    key = reader.versions()

    again = store.publish("sales", sales((1, "A", "1"), (2, "A", "1")))
    assert (reader.frame("sales").height, reader.versions()) == (1, key)
    store.commit(Manifest(marts={"sales": again}, watermark=watermark))
    assert reader.frame("sales").height == 2
    assert reader.versions() != key
    assert reader.scan("sales", version=0).collect().height == 1


def test_a_frame_is_read_once_per_version(tmp_path):
    store = Store(str(tmp_path))
    store.publish("sales", sales((1, "A", "1")))
    first = store.frame("sales")
    assert store.frame("sales") is first
    key = store.versions("sales")
    store.publish("sales", sales((1, "A", "2")))
    assert store.frame("sales") is not first
    assert store.versions("sales") != key


def test_what_is_not_published_says_what_to_do(tmp_path):
    store = Store(str(tmp_path))
    assert (store.watermark(), store.fresh_to()) == (None, None)
    with pytest.raises(NotFound, match="oms refresh"):
        store.scan("sales")
