"""The drawers of people: adding, absence and leaving, with what is open given away."""

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
import streamlit as st
from people_shop import give_everything_to, open_of, settle
from shops import OwnShop
from signing_in import issue
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from dashboard.calendar_form import read_hours, written


@pytest.fixture
def own_shop(shop_with: Callable[[int], OwnShop]) -> OwnShop:
    """A settled shop that the test may change."""
    shop, sessions = shop_with(6)
    settle(sessions)
    return shop, sessions


def _drawer() -> None:
    import streamlit as st

    from dashboard.people_drawers import _absence_form, _leaving_form, _person_form
    from dashboard.people_reads import users

    person = next((one for one in users() if one.login == st.session_state.get("whose")), None)
    {"person": _person_form, "absence": _absence_form, "leaving": _leaving_form}[st.session_state["drawer"]](person)


@pytest.fixture
def drawer(own_shop: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a drawer by itself: AppTest does not run a dialog a second time."""
    shop, sessions = own_shop
    monkeypatch.setenv("OMS_DATABASE_URL", shop.url)
    st.cache_data.clear()
    st.cache_resource.clear()

    def open_drawer(name: str, whose: str = "") -> AppTest:
        app = AppTest.from_function(_drawer, default_timeout=60)
        app.session_state["session_token"] = issue(sessions, "admin")
        app.session_state["drawer"], app.session_state["whose"] = name, whose
        return app.run()

    return open_drawer


def test_a_person_is_added_from_the_drawer_with_a_one_time_password(own_shop: Any, drawer: Any) -> None:
    _shop, sessions = own_shop
    app = drawer("person")
    app.text_input(key="person_login").input("ivan").run()
    app.text_input(key="person_name").input("Ivan").run()
    app.button(key="person_done").click().run()
    assert not app.exception
    with sessions() as session:
        row = session.execute(text("SELECT name, password_is_one_time FROM users WHERE login = 'ivan'")).one()
    assert tuple(row) == ("Ivan", True)


def test_a_login_that_is_taken_is_told_in_the_drawer(drawer: Any) -> None:
    app = drawer("person")
    app.text_input(key="person_login").input("anna").run()
    app.text_input(key="person_name").input("Anna").run()
    app.button(key="person_done").click().run()
    assert "taken" in app.warning[0].value


def test_who_is_marked_absent_has_nothing_open_left_where_it_is_given_away(own_shop: Any, drawer: Any) -> None:
    _shop, sessions = own_shop
    give_everything_to(sessions, "anna")
    app = drawer("absence", "anna")
    assert any("open" in warning.value for warning in app.warning)
    app.button(key="absence_done").click().run()
    assert not app.exception
    assert open_of(sessions, "anna") == 0
    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM absences")) == 2


def test_who_leaves_hands_over_what_is_open_and_acts_no_more(own_shop: Any, drawer: Any) -> None:
    _shop, sessions = own_shop
    give_everything_to(sessions, "anna")
    app = drawer("leaving", "anna")
    app.button(key="leaving_done").click().run()
    assert not app.exception
    assert open_of(sessions, "anna") == 0
    with sessions() as session:
        assert session.scalar(text("SELECT is_active FROM users WHERE login = 'anna'")) is False


@pytest.mark.parametrize(
    ("text_typed", "hours"),
    [
        ("", []),
        ("9-18", [(time(9), time(18))]),
        ("9:00–13:00, 14:30–18", [(time(9), time(13)), (time(14, 30), time(18))]),
        ("25:00-26:00", None),
        ("all day", None),
    ],
)
def test_hours_are_read_as_people_write_them(text_typed: str, hours: Any) -> None:
    assert read_hours(text_typed) == hours
    if hours:
        assert read_hours(written(hours)) == hours
