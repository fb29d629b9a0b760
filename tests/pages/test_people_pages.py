"""The pages of people: seen by whom they are for, empty and full, and doing what they show."""

from collections.abc import Callable
from typing import Any

import pytest
from people_shop import give_everything_to, open_of, settle
from shops import OpenShop, OwnShop, fill
from signing_in import issue
from sizes import sampled
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS, Permission
from oms_core.access.users import Profile, add_user
from oms_core.db import make_sessions
from oms_core.workflow.role_permissions import read_matrix, save_matrix
from oms_core.workflow.validation import save_rule

Browse = Callable[..., AppTest]
PAGES = {
    "people": Permission.PEOPLE_VIEW,
    "roles": Permission.PEOPLE_EDIT,
    "teams_calendars": Permission.PEOPLE_VIEW,
    "tokens": None,
    "audit": Permission.AUDIT_VIEW,
    "account": None,
}
TITLES = {
    "people": ("People", "Сотрудники"),
    "roles": ("Roles", "Роли"),
    "teams_calendars": ("Teams and hours", "Команды и часы"),
    "tokens": ("API tokens", "API-токены"),
    "audit": ("Audit", "Аудит"),
    "account": ("My account", "Моя учётная запись"),
}


@pytest.fixture(scope="module")
def settled_shop(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> OpenShop:
    engine = lasting_database()
    numbers = fill(make_sessions(engine), orders=6)
    settle(make_sessions(engine))
    return OpenShop(_url(engine), tmp_path_factory.mktemp("marts"), tuple(numbers))


@pytest.fixture(scope="module")
def bare_shop(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> OpenShop:
    """A seeded shop with a manager."""
    engine = lasting_database()
    sessions = make_sessions(engine)
    admin = door.read(sessions, None, find_actor, login="admin")
    door.run(sessions, admin, add_user, login="anna", profile=Profile("Anna", {Role.MANAGER}))
    return OpenShop(_url(engine), tmp_path_factory.mktemp("marts"))


@pytest.fixture
def own_shop(shop_with: Callable[[int], OwnShop]) -> OwnShop:
    """A settled shop that the test may change."""
    shop, sessions = shop_with(6)
    settle(sessions)
    return shop, sessions


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def said(app: AppTest) -> str:
    return "\n".join(str(one.value) for kind in (app.markdown, app.caption, app.warning, app.code) for one in kind)


CASES = [
    (page, login, shop, lang)
    for page in PAGES for login in ("admin", "anna") for shop in ("bare_shop", "settled_shop") for lang in ("en", "ru")
]  # fmt: skip


@pytest.mark.parametrize("case", sampled(CASES, lambda case: case[2:] == ("settled_shop", "en")), ids="-".join)
def test_each_page_opens_to_exactly_those_it_is_for(request: Any, browse: Browse, case: tuple[str, ...]) -> None:
    page, login, fullness, lang = case
    shop = request.getfixturevalue(fullness)
    permission = PAGES[page]
    if login == "anna" and permission is not None and permission not in DEFAULTS[Role.MANAGER]:
        with pytest.raises(ValueError, match="Could not find a navigation page"):
            browse(shop, page, by=login, lang=lang)
        return
    app = browse(shop, page, by=login, lang=lang)
    assert not app.exception
    assert TITLES[page][lang == "ru"] in {title.value for title in app.title}


def test_what_people_typed_does_not_act_as_markdown(settled_shop: OpenShop, browse: Browse) -> None:
    assert r"North \*team\*" in said(browse(settled_shop, "teams_calendars"))
    assert r"as it \*was\*" in said(browse(settled_shop, "roles"))


def test_a_manager_sees_people_and_changes_nobody(settled_shop: OpenShop, browse: Browse) -> None:
    app = browse(settled_shop, "people", by="anna", login="boris")
    assert {button.key for button in app.button} & {"add_person", "edit", "new_password", "leave", "absent"} == set()


def test_search_and_state_narrow_the_list(settled_shop: OpenShop, browse: Browse) -> None:
    away = browse(settled_shop, "people", state="away")
    assert list(away.dataframe[0].value["login"]) == ["boris"]
    away.text_input(key="q").input("zzzz").run()
    assert "Nobody matches" in said(away)


def test_a_new_password_is_shown_once_and_ends_sessions(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    issue(sessions, "anna")
    app = browse(shop, "people", login="anna")
    app.button(key="new_password").click().run()
    assert not app.exception
    secret = app.code[0].value
    assert len(secret) == 19
    assert "Nowhere." in said(app)
    app.run()
    assert len(app.code) == 0
    assert secret not in str(app.session_state)


def test_a_session_is_ended_from_the_card_of_its_person(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    issue(sessions, "anna")
    app = browse(shop, "people", login="anna")
    key = next(button.key for button in app.button if str(button.key).startswith("end_"))
    app.button(key=key).click().run()
    assert "Nowhere." in said(app)


def test_orders_of_somebody_away_are_told_and_go_into_the_pool(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    give_everything_to(sessions, "boris")
    app = browse(shop, "people")
    assert any("Boris Smirnov, away until" in warning.value for warning in app.warning)
    app.button(key="pool_boris").click().run()
    assert not app.exception
    assert not any("still answers" in warning.value for warning in app.warning)


def test_what_a_rule_keeps_is_told_and_the_others_go_into_the_pool(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    give_everything_to(sessions, "boris")
    with sessions() as session:
        kept = session.scalar(text("SELECT min(number) FROM orders WHERE closed_at IS NULL"))
    rule = {
        "code": "kept", "name": "Kept", "message": "This one stays.", "field": "manager", "severity": "refuse",
        "expression": f"order.number != '{kept}'", "changes": ["assign"], "is_active": True,
    }  # fmt: skip
    door.run(sessions, door.read(sessions, None, find_actor, login="admin"), save_rule, document=rule)
    app = browse(shop, "people")
    app.button(key="pool_boris").click().run()
    assert not app.exception
    assert f"**{kept}** — " in "".join(warning.value for warning in app.warning)
    assert open_of(sessions, "boris") == 1


def test_an_old_version_of_the_roles_is_put_in_force_again(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    admin = door.read(sessions, None, find_actor, login="admin")
    door.run(sessions, admin, save_matrix, matrix={**DEFAULTS, Role.LEAD: frozenset()})
    app = browse(shop, "roles")
    app.button(key="restore_1").click().run()
    assert not app.exception
    assert door.read(sessions, admin, read_matrix).granted == DEFAULTS


def test_a_revoked_token_is_told_so(own_shop: Any, browse: Browse) -> None:
    shop, _sessions = own_shop
    app = browse(shop, "tokens", by="anna")
    key = next(button.key for button in app.button if str(button.key).startswith("revoke_"))
    app.button(key=key).click().run()
    assert "Revoked" in said(app)


def test_the_audit_tells_who_changed_what_and_turns_pages(own_shop: Any, browse: Browse) -> None:
    shop, _sessions = own_shop
    app = browse(shop, "audit", table="teams")
    row = app.dataframe[0].value.iloc[0]
    assert (row["who"], row["action"], row["table"]) == ("Administrator", "Added", "Teams")
    assert "Code: north" in row["change"]
    given = browse(shop, "audit", table="user_roles").dataframe[0].value
    assert not any(words.partition(" · ")[0].isdigit() for words in given["row"])  # a person by name, not by id
    every = browse(shop, "audit")
    assert len(every.dataframe[0].value) == 50
    every.button(key="page_on").click().run()
    assert not every.exception
    assert not every.button(key="page_back").disabled
