"""Looking back: a page as of a past instant shows what it showed then, and says so."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import streamlit as st
from shops import PRODUCTS, OpenShop, fill
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.customers.registration import CustomerRef
from oms_core.db import make_sessions
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.placement import place_order
from oms_core.orders.placement_request import LineRequest
from pipelines.jobs import refresh
from pipelines.store import Store

Browse = Callable[..., AppTest]
PAGES = ("overview", "sales", "fulfilment_times", "cancellations", "customers_insight", "products_insight")


@pytest.fixture(scope="module")
def corrected(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> tuple:
    """A shop, its figures as they were first kept apart, their instant, and the earliest kept.

    After the first figures two orders were cancelled and one of the past came in.
    """
    engine, marts = lasting_database(), tmp_path_factory.mktemp("marts")
    sessions, store = make_sessions(engine), Store(str(marts))
    numbers = fill(sessions, orders=12)
    refresh(engine, store)
    kept = tmp_path_factory.mktemp("then") / "marts"
    shutil.copytree(marts, kept)
    then = datetime.now(UTC)
    with sessions() as session:
        admin = find_actor(session, "admin")
    for number in numbers[-2:]:
        door.run(sessions, admin, cancel_order, number=number, reason="changed_mind")
    late, lines = CustomerRef(name="Late"), [LineRequest(PRODUCTS[0][0], Decimal(3))]
    door.run(sessions, admin, place_order, at=then - timedelta(days=2), channel="desk", customer=late, lines=lines)
    refresh(engine, store, full=True)
    url = engine.url.render_as_string(hide_password=False)
    return OpenShop(url, marts, tuple(numbers)), OpenShop(url, kept, tuple(numbers)), then, store.kept_since()


def tiles(app: AppTest) -> dict[str, tuple]:
    assert not app.exception, app.exception
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_past_shows_what_it_showed_then(page: str, corrected: tuple, browse: Browse) -> None:
    shop, as_it_was, then, _since = corrected
    saved = tiles(browse(as_it_was, page, by="eva", lang="en", channel="desk", days="7").run())
    st.cache_resource.clear()  # the process has opened the other shop
    st.cache_data.clear()
    past = browse(shop, page, by="eva", lang="en", channel="desk", days="7", as_of=then.isoformat()).run()
    assert tiles(past) == saved
    now = browse(shop, page, by="eva", lang="en", channel="desk", days="7").run()
    assert tiles(now) != saved, "what was cancelled later is in it"
    past.get_by_key("back_to_now").click().run()
    assert tiles(past) == tiles(now)
    assert "as_of" not in past.query_params


def test_an_instant_of_which_nothing_is_kept_is_refused_with_the_earliest(corrected: tuple, browse: Browse) -> None:
    shop, _as_it_was, _then, since = corrected
    app = browse(shop, "overview", by="eva", lang="en", channel="desk", as_of="2020-01-01T00:00Z").run()
    assert any("Nothing is kept from so early" in block.value for block in app.markdown)
    assert any(f"{since:%H:%M}" in block.value for block in app.markdown)
    app.get_by_key("back_to_now").click().run()
    assert tiles(app)


@pytest.mark.parametrize("told", ["soon", "2999-01-01T00:00Z"])
def test_what_is_no_instant_of_the_past_is_now(told: str, corrected: tuple, browse: Browse) -> None:
    app = browse(corrected[0], "overview", by="eva", lang="en", channel="desk", as_of=told).run()
    assert tiles(app)
    with pytest.raises(KeyError):
        app.get_by_key("back_to_now")
