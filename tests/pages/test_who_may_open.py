"""Who is signed in decides what is listed, what opens, and for how long."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shops import OpenShop
from signing_in import add_person, as_person
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

from dashboard import identity
from dashboard.identity import TOKEN_KEY
from oms_core.access.models import Role
from oms_core.db import make_engine, make_sessions

Browse = Callable[..., AppTest]
APP = Path(identity.__file__).with_name("app.py")


@pytest.fixture
def roles_shop(
    fresh_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> tuple[OpenShop, sessionmaker[Session]]:
    """An empty shop with one person of each role, by the role's name."""
    sessions = make_sessions(fresh_engine)
    for role in Role:
        add_person(sessions, f"a_{role.value}", role)
    url = fresh_engine.url.render_as_string(hide_password=False)
    return OpenShop(url, tmp_path_factory.mktemp("marts")), sessions


def says(app: AppTest, words: str) -> bool:
    return any(words in block.value for block in app.markdown)


def revoke(url: str, change: str = "UPDATE auth_sessions SET revoked_at = now()") -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE auth_sessions SET revoked_at = now()",
        "UPDATE auth_sessions SET expires_at = now()",
        "UPDATE auth_sessions SET last_seen_at = now() - interval '13 hours'",
        "UPDATE users SET is_active = false WHERE login = 'a_manager'",
        "UPDATE users SET password_is_one_time = true WHERE login = 'a_manager'",
    ],
)
def test_a_session_that_ended_elsewhere_ends_here_within_one_rerun(
    change: str, roles_shop: Any, browse: Browse
) -> None:
    shop, _sessions = roles_shop
    app = browse(shop, "orders", by="a_manager")
    assert app.title[0].value == "Orders"
    revoke(shop.url, change)
    app.run()
    assert not app.exception
    assert says(app, "You are signed out")
    assert not app.title
    assert not app.dataframe


def test_a_click_after_it_changes_nothing(full_shop: OpenShop, browse: Browse, lasting_database: Any) -> None:
    app = browse(full_shop, "orders")
    engine = make_engine(full_shop.url)
    with engine.connect() as connection:
        before = connection.scalar(text("SELECT count(*) FROM order_events"))
    revoke(full_shop.url)
    app.button(key="new_order").click().run()
    assert says(app, "You are signed out")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM order_events")) == before
    engine.dispose()


def test_nobody_without_a_session_sees_a_page(roles_shop: Any, browse: Browse) -> None:
    shop, _sessions = roles_shop
    for token in ("unknown", "' OR 1=1 --", "\x00"):
        app = browse(shop, "orders", token=token)
        assert not app.exception
        assert says(app, "You are signed out")


def test_a_permission_taken_away_closes_the_page_at_the_next_rerun(roles_shop: Any, browse: Browse) -> None:
    shop, _sessions = roles_shop
    app = browse(shop, "stock", by="a_manager")
    assert app.title[0].value == "Stock"
    revoke(shop.url, "DELETE FROM role_permissions WHERE role = 'manager' AND permission = 'stock.view'")
    app.run()
    assert not app.exception
    assert "Stock" not in [title.value for title in app.title]


@pytest.mark.parametrize(
    ("role", "page"),
    [("buyer", "replenishment"), ("executive", "overview"), ("warehouse", "orders"), ("admin", "orders")],
)
def test_each_role_opens_on_its_own_work(role: str, page: str, roles_shop: Any, browse: Browse) -> None:
    shop, _sessions = roles_shop
    browse(shop, "account", by=f"a_{role}")  # opens the shop for this test
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state[TOKEN_KEY] = as_person(shop.url, f"a_{role}")
    app.run()
    opened = {"replenishment": "Replenishment", "overview": "Overview", "orders": "Orders"}[page]
    assert opened in [title.value for title in app.title] or app.get_by_key("empty-state") is not None


def test_a_client_is_told_that_nothing_is_open_yet(roles_shop: Any, browse: Browse) -> None:
    shop, _sessions = roles_shop
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        browse(shop, "orders", by="a_client")
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state[TOKEN_KEY] = as_person(shop.url, "a_client")
    assert says(app.run(), "Nothing is open to you yet")


def test_the_account_lists_my_sessions_and_ends_another_of_them(roles_shop: Any, browse: Browse) -> None:
    shop, sessions = roles_shop
    as_person(shop.url, "a_manager")
    as_person(shop.url, "a_lead")
    app = browse(shop, "account", by="a_manager")
    [elsewhere] = [button for button in app.button if button.label == "Sign out there"]
    elsewhere.click().run()
    assert not app.exception
    with sessions() as session:
        query = "SELECT count(*) FROM auth_sessions WHERE revoked_at IS NULL"
        assert session.scalar(text(query)) == 2  # this one, and the lead's


def test_the_language_that_somebody_chose_is_kept_with_them(roles_shop: Any, browse: Browse) -> None:
    shop, _sessions = roles_shop
    app = browse(shop, "orders", by="a_manager")
    app.segmented_control(key="lang").set_value("pl").run()
    assert app.title[0].value == "Zamówienia"
    assert browse(shop, "orders", by="a_manager").title[0].value == "Zamówienia"
    assert browse(shop, "orders", by="a_lead").title[0].value == "Orders"
