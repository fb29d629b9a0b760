"""Never lost: each way in which an order may be forgotten is counted where it is, and cured out of the list."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from holding import person
from order_life import MONDAY, Shop
from sqlalchemy import text

from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.billing.payments import receive_payment
from oms_core.errors import Invalid
from oms_core.orders.assignment import assign_order
from oms_core.orders.comments import comment_order
from oms_core.orders.expiry import expire_reservations, reserve_anew
from oms_core.orders.lost import LostRow, count_lost, list_lost
from oms_core.orders.progress import move_order
from oms_core.orders.promises import promise_anew
from oms_core.orders.stage_pace import measure_paces, read_paces
from oms_core.tasks.agenda import add_task
from oms_core.tasks.progress import finish_task

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def lost(shop: Shop, kind: str, **filters: str) -> list[LostRow]:
    return list_lost(shop.session, actor=shop.actor, now=shop.now, kind=kind, **filters)


def numbers(shop: Shop, kind: str, **filters: str) -> list[str | None]:
    return [row.number for row in lost(shop, kind, **filters)]


def usual(shop: Shop, status: str, seconds: int, sample: int = 40) -> None:
    """Let the past say how long orders usually stay in a status without an entry."""
    shop.session.execute(
        text(
            "INSERT INTO stage_paces VALUES (:status, :seconds, :sample, :now)"
            " ON CONFLICT (status) DO UPDATE SET p95_seconds = :seconds, sample = :sample"
        ),
        {"status": status, "seconds": seconds, "sample": sample, "now": shop.now},
    )


def test_of_a_day_of_orders_exactly_the_seven_silent_ones_are_listed_at_their_stage(shop: Shop) -> None:
    """Working hours are Monday to Friday, 9 to 17: silent since Monday noon, looked at on Thursday."""
    sku = shop.stock("MUG", 500)
    for status in ("new", "confirm", "pick", "ship", "deliver"):
        usual(shop, status, 8 * 3600)
    silent = [shop.order((sku, 1), upto=stage) for stage in ("new", "new", "new", "confirm", "pick", "pick", "ship")]
    spoken = [shop.order((sku, 1), upto=stage) for stage in ("new", "confirm", "pick")]
    done = shop.order((sku, 1), upto="done")
    shop.now = MONDAY + 3 * DAY
    for number in spoken:
        shop.do(comment_order, number=number, text="The customer called")
    fresh = shop.order((sku, 1), upto="confirm")
    assert sorted(numbers(shop, "silent")) == sorted(silent)
    assert not {fresh, done, *spoken} & set(numbers(shop, "silent"))
    counted = Counter[str]()
    for count in count_lost(shop.session, now=shop.now):
        counted[str(count.stage)] += count.orders if count.kind == "silent" else 0
    assert counted == {"new": 3, "confirm": 1, "pick": 2, "ship": 1}
    assert numbers(shop, "silent", stage="ship") == silent[-1:]


def test_nights_and_weekends_are_no_silence(shop: Shop) -> None:
    usual(shop, "new", 8 * 3600)
    shop.now = MONDAY + 4 * DAY + 5 * HOUR  # Friday afternoon
    shop.order((shop.stock("MUG", 5), 1))
    shop.now = MONDAY + 7 * DAY  # Monday at ten
    assert numbers(shop, "silent") == []
    shop.now += 8 * HOUR
    assert len(numbers(shop, "silent")) == 1


def test_what_the_clock_tells_does_not_end_a_silence(shop: Shop) -> None:
    usual(shop, "new", 3600)
    number = shop.order((shop.stock("MUG", 5), 1))
    shop.now += 2 * DAY
    shop.session.execute(
        text(
            "INSERT INTO order_events (order_id, sequence, kind, occurred_at, actor_id)"
            " SELECT id, last_sequence + 1, 'status.overdue', :now, 1 FROM orders WHERE number = :number"
        ),
        {"now": shop.now, "number": number},
    )
    shop.session.execute(text("UPDATE orders SET last_sequence = last_sequence + 1"))
    assert numbers(shop, "silent") == [number]


def test_the_pace_of_a_status_is_what_the_past_says_and_its_limit_where_that_is_little(shop: Shop) -> None:
    system = find_actor(shop.session, "system")
    sku = shop.stock("MUG", 500)
    limit = shop.session.scalar(text("SELECT limit_minutes * 60 FROM statuses WHERE code = 'new'"))
    for hours in (1, 2, 3):
        shop.now = MONDAY + hours * DAY
        for _ in range(10):
            number = shop.order((sku, 1))
            placed = shop.now
            shop.now = placed + hours * HOUR - HOUR
            shop.do(move_order, number=number, to="confirm")
            shop.now = placed - HOUR
        measure_paces(shop.session, actor=system, now=shop.now + DAY)
        assert read_paces(shop.session)["new"] == (limit if hours < 3 else 3 * 3600)


def test_paid_goods_that_are_free_again_are_reserved_out_of_the_list(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 5), 2), hold_minutes=60)
    shop.do(receive_payment, number=number, gross=Decimal("19.98"), method="card")
    assert numbers(shop, "unreserved") == []
    shop.now += DAY
    expire_reservations(shop.session, actor=find_actor(shop.session, "system"), now=shop.now)
    assert numbers(shop, "unreserved") == [number]
    shop.do(reserve_anew, number=number, version=lost(shop, "unreserved")[0].version)
    assert numbers(shop, "unreserved") == []


def test_goods_reserved_beyond_the_limit_without_payment_are_listed_until_paid(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 5), 2))
    assert numbers(shop, "unpaid") == []
    shop.now += 4 * DAY
    assert numbers(shop, "unpaid") == [number]
    shop.do(receive_payment, number=number, gross=Decimal("19.98"), method="card")
    assert numbers(shop, "unpaid") == []


def test_overdue_tasks_are_listed_with_their_assignee_until_done(shop: Shop) -> None:
    person(shop, "bob", Role.MANAGER)
    number = shop.order((shop.stock("MUG", 5), 1))
    task = shop.do(add_task, title="Call", number=number, assignee="bob", due_at=shop.now + 3 * HOUR)
    shop.do(add_task, title="Own", assignee="bob", due_at=shop.now + 90 * DAY)
    assert lost(shop, "task") == []
    shop.now += 4 * HOUR
    assert [(row.task_id, row.task, row.owner, row.stage) for row in lost(shop, "task")] == [
        (task, "Call", "bob", "new")
    ]
    shop.do(finish_task, task_id=task)
    assert lost(shop, "task") == []


def test_orders_of_who_is_away_are_listed_until_somebody_here_has_them(shop: Shop) -> None:
    for login in ("bob", "eve"):
        person(shop, login, Role.MANAGER)
    sku = shop.stock("MUG", 5)
    number, other = shop.order((sku, 1)), shop.order((sku, 1))
    shop.do(assign_order, number=number, manager="bob")
    shop.do(assign_order, number=other, manager="eve")
    absent = "INSERT INTO absences (user_id, first_day, last_day, kind) SELECT id, :first, :last, 'leave' FROM users"
    days = {"first": shop.now.date(), "last": shop.now.date() + DAY}
    shop.session.execute(text(f"{absent} WHERE login = 'bob'"), days)
    assert numbers(shop, "owner") == numbers(shop, "owner", owner="bob") == [number]
    shop.do(assign_order, number=number, manager="eve")
    assert numbers(shop, "owner") == []


def test_a_passed_promise_is_listed_until_it_is_promised_anew(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 5), 1))
    assert numbers(shop, "promise") == []
    shop.now += 20 * DAY
    assert numbers(shop, "promise", owner="") == [number]
    shop.do(promise_anew, number=number, promised_at=shop.now + 2 * DAY)
    assert numbers(shop, "promise") == []


def test_counters_are_the_lists_lengths(shop: Shop) -> None:
    sku = shop.stock("MUG", 50)
    for stage in ("new", "confirm", "pick"):
        shop.order((sku, 1), upto=stage)
    shop.now += 30 * DAY
    counts = count_lost(shop.session, now=shop.now)
    everything = list_lost(shop.session, actor=shop.actor, now=shop.now)
    assert sum(count.orders for count in counts) == len(everything) > 6
    for count in counts:
        stage, owner = str(count.stage), count.owner or ""
        assert len(lost(shop, count.kind, stage=stage, owner=owner)) == count.orders


def test_who_may_not_see_personal_data_gets_no_phone(shop: Shop) -> None:
    shop.order((shop.stock("MUG", 5), 1))
    shop.now += 30 * DAY
    buyer = person(shop, "wil", Role.BUYER)
    seen: Callable[..., list[LostRow]] = list_lost
    assert lost(shop, "promise")[0].phone
    assert [row.phone for row in seen(shop.session, actor=buyer, now=shop.now, kind="promise")] == [None]


def test_an_unknown_kind_is_named(shop: Shop) -> None:
    with pytest.raises(Invalid):
        lost(shop, "nonsense")
