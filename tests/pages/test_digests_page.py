"""The page of digests: wished for, asked for at once, paused and removed by oneself."""

from collections.abc import Callable, Iterator

import pytest
from shops import OpenShop
from signing_in import as_person
from sqlalchemy import create_engine, text
from streamlit.testing.v1 import AppTest

from dashboard.identity import TOKEN_KEY

Browse = Callable[..., AppTest]


def run(shop: OpenShop, change: str) -> list:
    engine = create_engine(shop.url)
    with engine.begin() as connection:
        found = connection.execute(text(change))
        rows = found.all() if found.returns_rows else []
    engine.dispose()
    return rows


@pytest.fixture
def unsent(full_shop: OpenShop) -> Iterator[OpenShop]:
    yield full_shop
    run(full_shop, "DELETE FROM digest_subscriptions")


def _drawer() -> None:
    from dashboard.digest_form import show_digest_form

    show_digest_form("desk", None)


def form(shop: OpenShop, browse: Browse) -> AppTest:
    browse(shop, "account")
    app = AppTest.from_function(_drawer, default_timeout=60)
    app.session_state[TOKEN_KEY] = as_person(shop.url, "eva")
    return app.run()


def test_a_digest_is_wished_for_sent_at_once_paused_and_removed(unsent: OpenShop, browse: Browse) -> None:
    app = form(unsent, browse)
    app.get_by_key("digest_name").set_value("Monday")
    app.get_by_key("digest_rhythm").set_value("monthly").run()
    app.get_by_key("digest_monthday").set_value(28)
    app.get_by_key("digest_keep").click().run()
    assert not app.exception, app.exception
    [kept] = run(unsent, "SELECT id, name, rhythm, day, hour, language, is_active FROM digest_subscriptions")
    assert tuple(kept)[1:] == ("Monday", "monthly", 28, 7, "en", True)

    app = browse(unsent, "digests", by="eva", lang="en", channel="desk").run()
    assert any("No e-mail leaves this shop yet" in block.value for block in app.info)
    assert any("Every month, on day 28, 07:00 · The week before" in block.value for block in app.markdown)
    app.get_by_key(f"digest_send_{kept.id}").click().run()
    assert run(unsent, "SELECT state FROM digest_runs") == [("waiting",)]
    app.get_by_key(f"digest_switch_{kept.id}").click().run()
    assert run(unsent, "SELECT is_active, version FROM digest_subscriptions") == [(False, 2)]
    assert app.get_by_key(f"digest_send_{kept.id}").disabled
    app.get_by_key(f"digest_remove_{kept.id}").click().run()
    assert not app.exception, app.exception
    assert run(unsent, "SELECT 1 FROM digest_subscriptions") == []


def test_one_without_figures_is_refused_and_says_which_field(unsent: OpenShop, browse: Browse) -> None:
    app = form(unsent, browse)
    app.get_by_key("digest_figures").set_value([]).run()
    app.get_by_key("digest_keep").click().run()
    assert not app.exception, app.exception
    assert any("Figures — are none" in block.value for block in app.warning)
    assert run(unsent, "SELECT 1 FROM digest_subscriptions") == []
