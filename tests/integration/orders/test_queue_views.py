from datetime import timedelta

import pytest
from holding import person
from order_life import MONDAY, Shop

from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Absence, Role, User
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.orders.assignment import assign_order
from oms_core.orders.holds import open_hold
from oms_core.orders.queries import find_numbers, list_orders
from oms_core.orders.queue_views import (
    MOST_VIEWS,
    count_kept_views,
    filters_of,
    keep_view,
    list_kept_views,
    remove_view,
    rename_view,
    share_view,
)
from oms_core.orders.views import Due, QueueFilters, SavedView, default_view

LATER = MONDAY + timedelta(days=2)


@pytest.fixture
def anna(shop: Shop) -> Actor:
    person(shop, "anna", Role.MANAGER)
    return find_actor(shop.session, "anna")


def names(shop: Shop, actor: Actor) -> list[str]:
    return [view.name for view in list_kept_views(shop.session, actor=actor)]


def test_a_kept_view_is_found_again_with_its_count(shop, anna):
    for upto in ("new", "confirm"):
        shop.order((shop.stock("MUG", 9), 1), upto=upto)
    kept = shop.do(keep_view, name="  My  mugs ", query={"q": "MUG", "view": "to_confirm", "channel": ""})
    [view] = list_kept_views(shop.session, actor=shop.actor)
    assert (view.name, view.query, view.is_own) == ("My mugs", {"q": "MUG", "view": "to_confirm"}, True)
    assert count_kept_views(shop.session, actor=shop.actor, now=LATER) == {kept.id: 1}
    shop.do(keep_view, name="My mugs", query={"q": "MUG"})
    assert count_kept_views(shop.session, actor=shop.actor, now=LATER) == {kept.id: 2}


def test_others_see_a_view_only_while_it_is_shared_and_never_change_it(shop, anna):
    kept = shop.do(keep_view, name="Late ones", query={"view": "late"})
    assert names(shop, anna) == []
    shop.do(share_view, view_id=kept.id, is_shared=True)
    assert names(shop, anna) == ["Late ones"]
    for act, facts in ((rename_view, {"name": "x"}), (share_view, {"is_shared": False}), (remove_view, {})):
        with pytest.raises(NotFound):
            act(shop.session, actor=anna, now=shop.now, view_id=kept.id, **facts)
    shop.do(share_view, view_id=kept.id, is_shared=False)
    assert names(shop, anna) == []


def test_a_view_is_renamed_and_removed_and_no_name_stands_twice(shop):
    first, second = (shop.do(keep_view, name=name, query={"view": "late"}) for name in ("a", "b"))
    with pytest.raises(Conflict):
        shop.do(rename_view, view_id=second.id, name="a")
    shop.do(rename_view, view_id=second.id, name="c")
    shop.do(remove_view, view_id=first.id)
    assert names(shop, shop.actor) == ["c"]


def test_mine_in_a_shared_view_means_whoever_looks(shop, anna):
    number = shop.order((shop.stock("MUG", 9), 1))
    shop.do(assign_order, number=number, manager="anna")
    asked = filters_of({"view": "mine"})
    assert find_numbers(shop.session, actor=anna, now=LATER, filters=asked) == [number]
    assert find_numbers(shop.session, actor=shop.actor, now=LATER, filters=asked) == []


@pytest.mark.parametrize(
    ("name", "query"),
    [("", {}), ("x" * 61, {}), ("a", {"view": "nowhere"}), ("a", {"colour": "red"}), ("a", {"q": "x" * 201}),
     ("a", {"sort": "size"}), ("a", {"group": "lost"})],
)  # fmt: skip
def test_what_cannot_be_asked_is_not_kept(shop, name, query):
    with pytest.raises(Invalid):
        shop.do(keep_view, name=name, query=query)


def test_nobody_keeps_views_without_end(shop):
    for place in range(MOST_VIEWS):
        shop.do(keep_view, name=f"view {place}", query={})
    with pytest.raises(Conflict):
        shop.do(keep_view, name="one more", query={})


@pytest.mark.parametrize(
    ("roles", "holds", "opened"),
    [
        ({Role.WAREHOUSE}, {"to_confirm", "to_pick"}, "to_pick"),
        ({Role.WAREHOUSE}, {"to_confirm", "to_ship"}, "to_ship"),
        ({Role.COURIER}, {"to_confirm", "in_delivery"}, "in_delivery"),
        ({Role.LEAD}, {"to_confirm", "late"}, "late"),
        ({Role.MANAGER}, {"to_confirm", "mine"}, "to_confirm"),
        ({Role.MANAGER}, {"mine", "to_ship"}, "mine"),
        ({Role.EXECUTIVE}, {"mine", "to_ship", "all"}, "to_ship"),
        ({Role.ADMIN}, set(), "all"),
    ],
)
def test_the_queue_opens_on_the_work_of_the_role(roles, holds, opened):
    assert default_view(roles, {view: int(view in holds) for view in SavedView}) == opened


def test_a_row_says_how_it_stands_to_its_promise_and_who_is_away(shop, anna):
    number = shop.order((shop.stock("MUG", 9), 1))
    shop.do(assign_order, number=number, manager="anna")
    shop.do(open_hold, number=number, cause="address unclear")
    read = lambda now: list_orders(shop.session, actor=shop.actor, now=now).rows[0]  # noqa: E731
    promised = read(LATER).promised_at
    assert (read(promised - timedelta(days=2)).due, read(promised - timedelta(days=2)).late_seconds) == (Due.IN_TIME, 0)
    assert read(promised).due is Due.TODAY
    late = read(promised + timedelta(hours=3))
    assert (late.due, late.late_seconds, late.is_late) == (Due.LATE, 3 * 3600, True)
    assert (late.holds, late.is_owner_away, late.stage_seconds > 3 * 3600) == (("manual",), False, True)
    away = LATER.date()
    anna_id = shop.session.query(User.id).filter_by(login="anna").scalar()
    shop.session.add(Absence(user_id=anna_id, first_day=away, last_day=away, kind="leave"))
    shop.session.flush()
    assert [read(LATER + timedelta(days=days)).is_owner_away for days in (0, 1)] == [True, False]


def test_a_view_of_no_status_is_empty(shop):
    shop.order((shop.stock("MUG", 9), 1))
    asked = QueueFilters(view="to_ship", status_group="new")
    assert find_numbers(shop.session, actor=shop.actor, now=LATER, filters=asked) == []
