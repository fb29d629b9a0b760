"""The page of approvals and the holds on the card, by people of each role, in a shop that has some and an empty one."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from shops import OpenShop, fill
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.access.models import Role, User, UserRole
from oms_core.customers.registration import CustomerRef
from oms_core.db import make_sessions
from oms_core.orders.placement import LineRequest, place_order
from oms_core.workflow.approval_policies import save_approval_policy
from oms_core.workflow.hold_policies import save_hold_policy

Browse = Callable[..., AppTest]
PEOPLE = {"anna": Role.MANAGER, "lena": Role.LEAD, "eva": Role.EXECUTIVE, "bob": Role.BUYER, "wanda": Role.WAREHOUSE}
MAY_OPEN = {"anna", "lena", "eva", "admin"}
PLACES = ("mine", "asked", "elsewhere", "stand_ins", "limits", "holds")


@dataclass(frozen=True)
class HeldShop:
    """A shop with an order that waits for an approval and for goods; ``number`` is its."""

    shop: OpenShop
    sessions: sessionmaker[Session]
    number: str


def do(sessions: sessionmaker[Session], login: str, use_case: Callable[..., Any], **facts: Any) -> Any:
    with sessions() as session:
        actor = find_actor(session, login)
    return door.run(sessions, actor, use_case, **facts)


@pytest.fixture
def held_shop(fresh_engine: Engine, tmp_path: Path) -> HeldShop:
    """One that the test changes."""
    return make_held_shop(fresh_engine, tmp_path)


@pytest.fixture(scope="module")
def seen_shop(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> HeldShop:
    """One that tests only look at."""
    return make_held_shop(lasting_database(), tmp_path_factory.mktemp("marts"))


def make_held_shop(engine: Engine, marts: Path) -> HeldShop:
    sessions = make_sessions(engine)
    numbers = fill(sessions, orders=2)
    add_warehouse_person(sessions)
    levels = [{"role": "lead", "up_to": "20"}, {"role": "executive", "up_to": None}]
    limit = {
        "code": "discount", "name": "Discount above the limit", "subject": "discount", "limit": "10",
        "levels": levels, "time_limit_minutes": 240, "is_active": True,
    }  # fmt: skip
    do(sessions, "admin", save_approval_policy, document=limit)
    for kind, parameters in (("stock", {}), ("prepayment", {"percent": 50}), ("delay", {})):
        do(sessions, "admin", save_hold_policy, document={"kind": kind, "is_active": True, "parameters": parameters})
    twelve_percent = Decimal("4.65")
    lines = [LineRequest("MG-1300", Decimal(3), discount=twelve_percent)]
    placed = do(sessions, "anna", place_order, channel="desk", customer=CustomerRef(name="Ada"), lines=lines)
    url = engine.url.render_as_string(hide_password=False)
    return HeldShop(OpenShop(url, marts, tuple(numbers)), sessions, placed.number)


def add_warehouse_person(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        user = User(login="wanda", name="Wanda Store")
        session.add(user)
        session.flush()
        session.add(UserRole(user_id=user.id, role=Role.WAREHOUSE))


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("by", sorted(MAY_OPEN))
def test_every_place_of_the_page_shows_itself_to_who_may_approve_or_place(
    by: str, lang: str, seen_shop: HeldShop, browse: Browse
) -> None:
    for place in PLACES:
        app = browse(seen_shop.shop, "approvals", by=by, lang=lang, place=place)
        assert not app.exception, app.exception
        assert [title.value for title in app.title] == [("Approvals", "Согласования")[lang == "ru"]]


@pytest.mark.parametrize("by", sorted(PEOPLE.keys() - MAY_OPEN))
def test_the_page_has_no_address_for_others(by: str, seen_shop: HeldShop, browse: Browse) -> None:
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        browse(seen_shop.shop, "approvals", by=by)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_page_of_an_empty_shop_shows_itself(place: str, lang: str, empty_shop: OpenShop, browse: Browse) -> None:
    app = browse(empty_shop, "approvals", lang=lang, place=place)
    assert not app.exception, app.exception
    assert app.title


def test_a_lead_approves_in_one_click_and_the_hold_is_gone(held_shop: HeldShop, browse: Browse) -> None:
    app = browse(held_shop.shop, "approvals", by="lena", lang="en")
    app.button(key="approve_1").click().run()
    assert not app.exception, app.exception
    assert app.get_by_key("empty-state") is not None
    assert "approval" not in open_kinds(held_shop)


def test_a_refusal_needs_a_note_and_the_manager_sees_it(held_shop: HeldShop, browse: Browse) -> None:
    app = browse(held_shop.shop, "approvals", by="lena", lang="en")
    app.button(key="refuse_1").click().run()
    assert [warning.value.splitlines()[0] for warning in app.warning] == ["Say why, in a few words."]
    app.text_input(key="note_1").input("At most 8 %").run()
    app.button(key="refuse_1").click().run()
    card = browse(held_shop.shop, "order", by="anna", lang="en", number=held_shop.number)
    assert any("Not approved" in warning.value and "At most 8" in warning.value for warning in card.warning)


def test_who_asked_finds_no_button_to_approve(seen_shop: HeldShop, browse: Browse) -> None:
    app = browse(seen_shop.shop, "approvals", by="anna", lang="en", request="1")
    assert not [button for button in app.button if (button.key or "").startswith("approve_")]
    assert any("Discount above the limit" in one.value for one in app.markdown)


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("by", [*PEOPLE, "admin"])
def test_the_card_tells_each_hold_and_its_cure_to_everybody(
    by: str, lang: str, seen_shop: HeldShop, browse: Browse
) -> None:
    app = browse(seen_shop.shop, "order", by=by, lang=lang, number=seen_shop.number)
    assert not app.exception, app.exception
    told = "\n".join(warning.value for warning in app.warning)
    for word in (
        ("Missing: 3", "prepayment", "Waits for approval"),
        ("Не хватает: 3", "предоплаты", "Ждёт согласования"),
    )[lang == "ru"]:
        assert word in told


def test_an_administrator_switches_a_policy_and_takes_it_back(held_shop: HeldShop, browse: Browse) -> None:
    app = browse(held_shop.shop, "approvals", lang="en", place="holds")
    app.toggle(key="hold_active_stock_2").set_value(False).run()
    app.button(key="hold_save_stock").click().run()
    assert not app.exception, app.exception
    assert active(held_shop) == {"stock": False, "delay": True, "prepayment": True, "validation": False}
    app.button(key="restore_hold_stock_2").click().run()
    assert active(held_shop)["stock"] is True


def test_a_limit_is_changed_on_its_page(held_shop: HeldShop, browse: Browse) -> None:
    app = browse(held_shop.shop, "approvals", lang="en", place="limits")
    app.number_input(key="limit_discount_2_limit").set_value(15.0).run()
    app.button(key="limit_save").click().run()
    assert not app.exception, app.exception
    with held_shop.sessions() as session:
        row = session.execute(text("SELECT version, limit_value FROM approval_policies WHERE code = 'discount'")).one()
    assert (row.version, row.limit_value) == (3, 15)


def open_kinds(held: HeldShop) -> set[str]:
    with held.sessions() as session:
        query = text(
            "SELECT kind FROM order_holds h JOIN orders o ON o.id = h.order_id"
            " WHERE o.number = :number AND h.closed_at IS NULL"
        )
        return set(session.scalars(query, {"number": held.number}))


def active(held: HeldShop) -> dict[str, bool]:
    with held.sessions() as session:
        return {row.kind: row.is_active for row in session.execute(text("SELECT kind, is_active FROM hold_policies"))}
