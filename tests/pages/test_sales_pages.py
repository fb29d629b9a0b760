"""Sales, customers and products: parts that make their whole, classes that leave nobody out, ways on to the rows."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import polars as pl
import pytest
from shops import OpenShop
from sqlalchemy import create_engine, text
from streamlit.testing.v1 import AppTest

from dashboard.customer_words import RFM, RFM_MEANINGS
from dashboard.customers_insight_lists import customers_listing
from dashboard.sales_cuts import CUTS, FIGURES
from dashboard.translation import speaking
from oms_core import door
from oms_core.access.permissions import Permission
from oms_core.customers.privacy import HIDDEN
from oms_core.errors import Invalid
from pipelines import kpi
from pipelines.cohorts import judge_customers
from pipelines.metrics import METRICS, Shape
from pipelines.store import Store
from tests.lasting_shops import LivedShop

Browse = Callable[..., AppTest]
OF_ORDERS = {"orders_received", "shipping_charged"}
OF_LINES = {"category", "product", "supplier"}


@pytest.fixture
def lived_page(lived_shop: LivedShop) -> OpenShop:
    """The shop that lived twenty weeks, as pages open it."""
    return OpenShop(lived_shop.engine.url.render_as_string(hide_password=False), lived_shop.marts)


def table(app: AppTest, *columns: str) -> pl.DataFrame:
    return next(pl.from_pandas(one.value) for one in app.dataframe if set(columns) <= set(one.value.columns))


@pytest.fixture
def with_targets(full_shop: OpenShop) -> Iterator[OpenShop]:
    """The shop with targets of this year: of a manager, of a team and of all of the channel."""
    engine = create_engine(full_shop.url)
    with engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO metric_targets"
            " (channel_id, metric, cut, part, first_day, after_day, target, set_by_id, set_at)"
            " SELECT c.id, 'orders_received', cut, part, date_trunc('year', now() - interval '1 day'),"
            " date_trunc('year', now() - interval '1 day') + interval '1 year', 100, u.id, now()"
            " FROM channels c, users u, (VALUES ('manager', 'anna'), ('team', 'Sales'), ('', '')) AS wanted (cut, part)"
            " WHERE c.code = 'desk' AND u.login = 'eva'"
        ))  # fmt: skip
    yield full_shop
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM metric_targets"))
    engine.dispose()


def counted(cell: str) -> int:
    return int(cell.split(" · ", maxsplit=1)[0].replace(",", ""))


def test_the_parts_of_every_sum_by_every_cut_add_up_to_it(lived_page: OpenShop) -> None:
    store = Store(str(lived_page.marts))
    days = store.frame("order_facts")["placed_day"]
    asked = {"date_from": days.min(), "date_to": days.max(), "channel": "demo"}
    held = 0
    for code in (code for code in FIGURES if METRICS[code].shape is Shape.SUM):
        lens = METRICS[code].home.value
        whole = float(kpi.measure(store, code, lens=lens, **asked)["value"][0])
        for cut in CUTS:
            try:
                parts = kpi.measure(store, code, by=(cut,), lens=lens, **asked)
            except Invalid:
                continue
            held += 1
            if code not in OF_ORDERS or cut not in OF_LINES:  # an order of two categories is one of each
                assert float(parts["value"].sum()) == pytest.approx(whole), (code, cut)
    assert held > 20


def test_the_table_of_sales_shares_out_the_whole_and_goes_by_the_figure_and_cut_asked(
    lived_page: OpenShop, browse: Browse
) -> None:
    app = browse(lived_page, "sales", figure="ordered_value", cut="warehouse", days="90")
    assert not app.exception, app.exception
    shares = [float(said.replace(" ", "").rstrip("%")) for said in table(app, "part", "share")["share"]]
    assert sum(shares) == pytest.approx(100, abs=0.2)
    reached = table(app, "received", "cancelled")
    for row in reached.iter_rows(named=True):
        assert sum(counted(row[name]) for name in ("delivered", "cancelled", "open")) == counted(row["received"])
    drawn = browse(lived_page, "sales", figure="ordered_value", cut="warehouse", days="90", **{"as": "chart"})
    assert not [one for one in drawn.dataframe if "part" in one.value.columns]


def test_targets_of_people_stand_on_the_page_of_sales_and_those_of_the_channel_on_its_tiles(
    with_targets: OpenShop, browse: Browse
) -> None:
    app = browse(with_targets, "sales", by="eva", lang="en", channel="desk")
    assert not app.exception, app.exception
    listed = table(app, "who", "standing")
    assert listed["who"].to_list() == ["Sales", "Anna Kowalska"]
    assert set(listed["target"]) == {"100"}


def test_every_customer_has_one_habit_and_is_kept_in_its_segment(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "customers_insight", by="admin", lang="en")
    assert not app.exception, app.exception
    said = {name: int(count) for name, count in (option.split(" · ") for option in app.selectbox("habit").options)}
    store = Store(str(full_shop.marts))
    bought = store.frame("order_facts").filter(~pl.col("is_cancelled"))["customer_id"].drop_nulls()
    assert sum(said.values()) == bought.n_unique() > 3
    habit = app.selectbox("habit").value
    app.get_by_key(f"keep_{habit}").click().run()
    engine = create_engine(full_shop.url)
    with engine.begin() as connection:
        kept = connection.execute(text("DELETE FROM customer_segments RETURNING name, definition")).all()
    engine.dispose()
    assert [tuple(one) for one in kept] == [
        (RFM[habit], {"conditions": [{"field": "rfm", "op": "is", "value": [habit]}]})
    ]


def test_the_whole_list_is_handed_over_with_names_as_whoever_exports_may_see_them(lived_shop: LivedShop) -> None:
    facts = lived_shop.store.lazy("order_facts").filter(~pl.col("is_cancelled"))
    rows = judge_customers(facts, now=datetime(2026, 6, 22, tzinfo=UTC)).collect()
    eyes = replace(lived_shop.actor, permissions=frozenset({Permission.CUSTOMER_VIEW}))
    with speaking("en"):
        for actor, is_hidden in ((lived_shop.actor, False), (eyes, True)):
            listing = customers_listing(rows, code="lost", name="Lost", has_names=True)
            frame, is_all = listing.read(partial(door.read, lived_shop.sessions, actor))
            assert (list(frame.columns), frame.height, is_all) == (list(listing.headings), rows.height, True)
            assert (set(frame["name"]) == {HIDDEN}) == is_hidden
            assert frame["customer_id"].to_list() == rows["customer_id"].to_list()


def test_every_habit_says_what_it_means() -> None:
    assert set(RFM_MEANINGS) == set(RFM)


def test_the_lost_are_listed_with_what_is_at_risk_and_open_months_are_marked(
    lived_page: OpenShop, browse: Browse
) -> None:
    app = browse(lived_page, "customers_insight", lang="en")
    assert not app.exception, app.exception
    assert any("a year at risk" in block.value for block in app.markdown)
    lost = next(pl.from_pandas(one.value) for one in app.dataframe if "rhythm_days" in one.value.columns)
    assert lost.filter(pl.col("silent_days") <= pl.col("rhythm_days")).is_empty()
    newest = table(app, "cohort", "size").drop("cohort", "size")
    assert newest.height
    said = [cell for column in newest.iter_columns() for cell in column if cell]
    assert any(cell.endswith("…") for cell in said)
    assert all(re.fullmatch(r"\d+(\.\d+)? ?%( …)?", cell) for cell in said), said


def test_classes_of_products_hold_all_of_them_and_the_whole_value(lived_page: OpenShop, browse: Browse) -> None:
    app = browse(lived_page, "products_insight", lang="en")
    assert not app.exception, app.exception
    cells = [cell.split(" · ") for row in table(app, "abc").drop("abc").rows() for cell in row if "·" in cell]
    listed = table(app, "sku", "contribution", "dead_stock", "returned")
    assert sum(int(count) for count, _share in cells) >= listed.height > 20
    assert sum(float(share.rstrip("%")) for _count, share in cells) == pytest.approx(100, abs=0.5)
    assert listed["share"].to_list() == sorted(listed["share"], reverse=True)
    assert app.get_by_key("export_products") is not None


@pytest.mark.parametrize("page", ["sales", "customers_insight", "products_insight"])
def test_a_period_without_orders_says_so_and_a_manager_has_no_such_page(
    page: str, full_shop: OpenShop, browse: Browse
) -> None:
    app = browse(full_shop, page, by="eva", channel="desk", days="2020-01-01..2020-01-20")
    assert not app.exception, app.exception
    with pytest.raises(ValueError, match="navigation page"):
        browse(full_shop, page, by="anna")
