"""Fixtures of the page tests: an empty shop and a full one, each with its own database and marts."""

import logging
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from shops import OpenShop, OwnShop, fill
from signing_in import as_person
from sqlalchemy import Engine, select
from streamlit import config, deprecation_util
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard.identity import TOKEN_KEY
from oms_core.db import make_sessions
from oms_core.orders.models import Order
from pipelines.jobs import refresh
from pipelines.store import Store
from tests.once_a_run import once_a_run

APP = Path(__file__).parents[2] / "dashboard" / "app.py"

IN_TWO_LANGUAGES = {"test_pages.py", "test_translation.py"}


@pytest.fixture(scope="session")
def empty_shop(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> OpenShop:
    """A seeded shop without products and orders; its marts were never refreshed."""
    return OpenShop(_url(lasting_database()), tmp_path_factory.mktemp("marts"))


@pytest.fixture(scope="session")
def full_shop(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> OpenShop:
    """A shop with an order in every situation and fresh marts."""
    engine, marts = lasting_database(), tmp_path_factory.mktemp("marts")
    numbers = fill(make_sessions(engine))
    refresh(engine, Store(str(marts)))
    return OpenShop(_url(engine), marts, tuple(numbers))


@pytest.fixture
def shop_with(
    home: Path,
    kept_database: Callable[[], Engine],
    fresh_database: Callable[..., Engine],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[int], OwnShop]:
    """Make a full shop of so many orders that the test may change: a copy of one that the run filled once."""

    def make(orders: int) -> OwnShop:
        def filled() -> str:
            engine = kept_database()
            fill(make_sessions(engine), orders=orders)
            engine.dispose()
            return str(engine.url.database)

        engine = fresh_database(once_a_run(home, f"filled_{orders}", filled))
        sessions = make_sessions(engine)
        with sessions() as session:
            numbers = tuple(session.scalars(select(Order.number).order_by(Order.id)))
        return OpenShop(_url(engine), tmp_path_factory.mktemp("marts"), numbers), sessions

    return make


@pytest.fixture
def own_shop(shop_with: Callable[[int], OwnShop]) -> OwnShop:
    """A full shop that the test may change."""
    return shop_with(10)


@pytest.fixture(scope="session", autouse=True)
def quick_to_draw_again() -> Iterator[None]:
    """A page under test looks through all installed packages for components at every run, a quarter of its time, and
    collects all garbage after it, which the served app does not do either (.streamlit/config.toml)."""
    config.set_option("runner.postScriptGC", False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def browse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Open a page of a shop, signed in as somebody, in a language; what is cached belongs to one test."""

    logging.getLogger("streamlit").setLevel(logging.ERROR)  # it warns of running without a browser, each time

    def open_page(shop: OpenShop, page: str, *, by: str = "admin", token: str = "", **address: str) -> AppTest:
        monkeypatch.setenv("OMS_DATABASE_URL", shop.url)
        monkeypatch.setenv("OMS_MARTS_URL", str(shop.marts))
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.session_state[TOKEN_KEY] = token or as_person(shop.url, by)
        app.query_params.update(address)
        app.switch_page(f"app_pages/{page}.py")  # by its file's name, which is its address
        app.run()
        return app.switch_page(f"app_pages/{page}.py")  # raises ValueError where it was not among the person's pages

    monkeypatch.setattr(deprecation_util._LOGGER, "warning", _fail)
    st.cache_data.clear()
    st.cache_resource.clear()
    yield open_page
    st.cache_data.clear()
    st.cache_resource.clear()


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _fail(message: str, *_details: object) -> None:
    raise AssertionError(f"Streamlit warns that this will be removed: {message}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the second language to `make accept`, but where words are tested and where each page is opened once."""
    for item in items:
        words = re.split(r"[\[\]-]", item.nodeid.partition("::")[2])
        if "tests/pages/" in item.nodeid and "ru" in words and item.path.name not in IN_TWO_LANGUAGES:
            item.add_marker(pytest.mark.full)
