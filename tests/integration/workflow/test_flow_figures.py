"""The state machine's figures: who stands where and for how long, which ways were taken, and by which orders."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median_low

import pytest
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.errors import Invalid
from oms_core.inventory.movements import ReceiptRequest, receive
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.flow_figures import EdgeFigures, Flow, StatusFigures, list_flow, list_moved
from oms_core.orders.placement import CustomerRef, LineRequest, place_order
from oms_core.orders.progress import move_order
from tests.integration.orders.order_life import Shop

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)  # the calendar: weekdays from 9 to 18


@pytest.fixture
def shop(session: Session, actor: Actor) -> Shop:
    shop = Shop(session, actor)
    shop.stock("MUG", 0)
    receive(session, actor=actor, now=MONDAY, warehouse="MAIN", lines=[ReceiptRequest("MUG", Decimal(90))])
    return shop


def place(shop: Shop, at: datetime, channel: str = "desk") -> str:
    anna = CustomerRef(name="Anna", phone="+48600100200")
    return place_order(
        shop.session, actor=shop.actor, now=at, channel=channel, customer=anna,
        lines=[LineRequest("MUG", Decimal(1), Decimal(5))],
    ).number  # fmt: skip


def move(shop: Shop, number: str, to: str, at: datetime) -> None:
    move_order(shop.session, actor=shop.actor, now=at, number=number, to=to)


def flow(shop: Shop, now: datetime, channel: str | None = None) -> Flow:
    shop.session.flush()
    return list_flow(shop.session, now=now, channel=channel)


def test_an_order_is_overdue_once_it_stays_longer_than_its_limit_of_working_minutes(shop: Shop) -> None:
    place(shop, MONDAY + timedelta(hours=8, minutes=30))  # 17:30; new may last an hour of work: until 9:30 tomorrow
    tuesday = MONDAY + timedelta(days=1)
    for moment, overdue in ((timedelta(minutes=30), 0), (timedelta(minutes=30, seconds=1), 1)):
        assert flow(shop, tuesday + moment).nodes == (StatusFigures("new", 1, overdue),)


def test_a_status_without_a_limit_is_never_overdue(shop: Shop) -> None:
    number = place(shop, MONDAY)
    for step in ("confirm", "pick", "ship", "deliver"):
        move(shop, number, step, MONDAY)
    assert flow(shop, MONDAY + timedelta(days=400)).nodes == (StatusFigures("deliver", 1, 0),)


def test_edges_count_moves_and_tell_the_middle_of_the_times_before_them(shop: Shop) -> None:
    waits = [10, 20, 60, 90]
    for minutes in waits:
        move(shop, place(shop, MONDAY), "confirm", MONDAY + timedelta(minutes=minutes))
    lost = place(shop, MONDAY)
    cancel_order(shop.session, actor=shop.actor, now=MONDAY + timedelta(days=1), number=lost, reason="too_slow")
    middle = median_low(waits) * 60
    assert flow(shop, MONDAY + timedelta(days=2)).edges == (
        EdgeFigures("new", "cancelled", 1, 86_400, 9 * 3600),
        EdgeFigures("new", "confirm", 4, middle, middle),
    )


def test_only_the_last_ninety_days_and_the_channel_asked_for_count(shop: Shop) -> None:
    old, fresh, elsewhere = place(shop, MONDAY), place(shop, MONDAY), place(shop, MONDAY, "api")
    move(shop, old, "confirm", MONDAY)
    later = MONDAY + timedelta(days=60)
    for number in (fresh, elsewhere):
        move(shop, number, "confirm", later)
    now = MONDAY + timedelta(days=91)
    assert [edge.moves for edge in flow(shop, now).edges] == [2]
    assert [edge.moves for edge in flow(shop, now, "desk").edges] == [1]
    assert [node.open_orders for node in flow(shop, now, "api").nodes] == [1]
    assert flow(shop, now, "nowhere") == Flow((), (), now - timedelta(days=90))


def test_the_orders_behind_an_edge_are_listed_page_by_page_the_newest_first(shop: Shop) -> None:
    numbers = [place(shop, MONDAY) for _ in range(5)]
    for minutes, number in enumerate(numbers):
        move(shop, number, "confirm", MONDAY + timedelta(minutes=minutes // 2))  # some at one and the same moment
    facts = {"now": MONDAY + timedelta(days=1), "from_status": "new", "to_status": "confirm", "limit": 2}
    shop.session.flush()
    listed, cursor = [], None
    while True:
        page = list_moved(shop.session, cursor=cursor, **facts)
        listed += page.rows
        if (cursor := page.next_cursor) is None:
            break
    assert [row.number for row in listed] == numbers[::-1]
    assert {(row.actor, row.status) for row in listed} == {("Administrator", "confirm")}
    assert [row.wall_seconds for row in listed] == [120, 60, 60, 0, 0]
    edge = flow(shop, facts["now"]).edges[0]
    assert edge.moves == len(listed)


def test_a_foreign_cursor_is_refused(shop: Shop) -> None:
    for cursor in ("?", "bm8="):
        with pytest.raises(Invalid) as refused:
            list_moved(shop.session, now=MONDAY, from_status="new", to_status="confirm", cursor=cursor)
        assert refused.value.code == "invalid_cursor"
