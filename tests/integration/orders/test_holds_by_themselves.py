from datetime import timedelta
from decimal import Decimal

import pytest
from holding import acts, alerts, held, hold_for, sweep, watch
from order_life import MONDAY, Shop
from sqlalchemy import event, text

from oms_core.access.actors import find_actor
from oms_core.billing.payments import receive_payment
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Conflict, Invalid
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods
from oms_core.orders import hold_watch
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.holds import close_hold, open_hold
from oms_core.orders.progress import move_order
from oms_core.workflow.validation import save_rule

COMPANY = CustomerRef(name="Studio Północ", kind="b2b", phone="+48 600 100 200")


def pay(shop: Shop, number: str, gross: str) -> None:
    acts(shop, shop.actor, receive_payment, number=number, gross=Decimal(gross), method="transfer")


def test_missing_goods_hold_the_order_until_they_come(shop: Shop):
    hold_for(shop, "stock")
    number = shop.order((shop.stock("MUG", 1), 3))
    watch(shop)
    assert held(shop, number) == {"stock": "Missing: 2 × MUG"}
    assert alerts(shop) == [f"Order {number}: Missing: 2 × MUG"]
    shop.do(move_order, number=number, to="confirm")
    with pytest.raises(Conflict) as refusal:
        shop.do(move_order, number=number, to="pick")
    assert {"needs": "hold: Missing: 2 × MUG"} in refusal.value.rows
    acts(shop, shop.actor, receive_goods, warehouse="MAIN", lines=[ReceiptRequest("MUG", Decimal(2))])
    assert (held(shop, number), alerts(shop)) == ({}, [])
    shop.do(move_order, number=number, to="pick")


def test_a_sweep_changes_many_orders_a_part_at_a_time(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    shop.stock("MUG", 0)
    numbers = [shop.order(("MUG", 3)) for _ in range(5)]
    hold_for(shop, "stock")
    monkeypatch.setattr(hold_watch, "MOST_CHANGED", 2)
    system, after, changed = find_actor(shop.session, "system"), 0, []
    while after is not None:
        swept = hold_watch.sweep_holds(shop.session, actor=system, now=shop.now, after=after)
        changed, after = [*changed, swept.changed], swept.next_after
    assert changed == [2, 2, 1]
    assert all("stock" in held(shop, number) for number in numbers)


def test_a_missing_prepayment_holds_the_order_until_it_is_paid(shop: Shop):
    hold_for(shop, "prepayment", percent=50, above=20, customer_kinds=["b2b"])
    number = shop.order((shop.stock("MUG", 9), 3), customer=COMPANY)
    watch(shop)
    assert held(shop, number) == {"prepayment": "14.98 EUR of the prepayment is missing"}
    pay(shop, number, "10.00")
    assert held(shop, number) == {"prepayment": "4.98 EUR of the prepayment is missing"}
    pay(shop, number, "4.98")
    assert (held(shop, number), alerts(shop)) == ({}, [])


def test_a_prepayment_is_asked_of_the_customers_and_totals_the_policy_names(shop: Shop):
    hold_for(shop, "prepayment", percent=100, above=20, customer_kinds=["b2b"])
    shop.stock("MUG", 9)
    private, small = shop.order(("MUG", 3)), shop.order(("MUG", 2), customer=COMPANY)
    watch(shop)
    assert (held(shop, private), held(shop, small)) == ({}, {})


def test_an_order_that_cannot_be_on_time_is_held_until_it_is_promised_later(shop: Shop):
    hold_for(shop, "delay")
    number = shop.order((shop.stock("MUG", 9), 3))
    promised = shop.session.scalar(text("SELECT promised_at FROM orders"))
    assert sweep(shop).changed == 0
    shop.now = promised - timedelta(hours=1)
    assert sweep(shop).changed == 1
    assert list(held(shop, number)) == ["delay"]
    assert sweep(shop).changed == 0, "a sweep repeated changes nothing"
    shop.session.execute(text("UPDATE orders SET promised_at = :at"), {"at": promised + timedelta(days=5)})
    assert sweep(shop).changed == 1
    assert held(shop, number) == {}


def test_an_order_likely_to_be_late_is_held_where_the_policy_says_so_until_it_is_promised_later(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 3))
    promised = shop.session.scalar(text("SELECT promised_at FROM orders"))
    shop.session.execute(
        text("INSERT INTO order_risks SELECT id, 'placed', 0.6, 'stock', 'model', :now FROM orders"), {"now": shop.now}
    )
    hold_for(shop, "delay")
    assert sweep(shop).changed == 0, "without a limit the risk holds nothing"
    hold_for(shop, "delay", risk_percent=61)
    assert sweep(shop).changed == 0
    hold_for(shop, "delay", risk_percent=60)
    assert sweep(shop).changed == 1
    assert list(held(shop, number)) == ["delay"]
    shop.session.execute(text("UPDATE order_risks SET probability = 0.7"))
    assert sweep(shop).changed == 0, "a risk that changes is not told anew"
    shop.session.execute(text("UPDATE orders SET promised_at = :at"), {"at": promised + timedelta(days=5)})
    assert sweep(shop).changed == 1
    assert held(shop, number) == {}
    with pytest.raises(Invalid):
        hold_for(shop, "delay", risk_percent=101)


def test_resolving_a_cause_removes_only_its_own_hold(shop: Shop):
    hold_for(shop, "stock")
    hold_for(shop, "prepayment", percent=100)
    number = shop.order((shop.stock("MUG", 1), 3))
    shop.do(open_hold, number=number, cause="Ring first")
    watch(shop)
    assert set(held(shop, number)) == {"stock", "prepayment", "manual"}
    pay(shop, number, "29.97")
    assert set(held(shop, number)) == {"stock", "manual"}
    acts(shop, shop.actor, receive_goods, warehouse="MAIN", lines=[ReceiptRequest("MUG", Decimal(9))])
    assert set(held(shop, number)) == {"manual"}
    acts(shop, shop.actor, close_hold, number=number)
    assert held(shop, number) == {}


def test_a_hold_that_ends_with_its_cause_cannot_be_lifted_by_hand(shop: Shop):
    hold_for(shop, "stock")
    number = shop.order((shop.stock("MUG", 1), 3))
    watch(shop)
    with pytest.raises(Conflict) as refusal:
        shop.do(close_hold, number=number, kind="stock")
    assert refusal.value.code == "hold_stands"


def test_what_comes_due_after_work_began_is_an_alert_and_no_hold(shop: Shop):
    number = shop.order((shop.stock("MUG", 9), 3), upto="pick")
    hold_for(shop, "prepayment", percent=100)
    watch(shop)
    assert held(shop, number) == {}
    assert alerts(shop) == [f"Order {number} is in work, yet: 29.97 EUR of the prepayment is missing"]
    acts(shop, shop.actor, move_order, number=number, to="confirm")
    assert list(held(shop, number)) == ["prepayment"]
    pay(shop, number, "29.97")
    assert (held(shop, number), alerts(shop)) == ({}, [])


def test_a_policy_switched_off_ends_its_holds_at_the_next_sweep(shop: Shop):
    hold_for(shop, "stock")
    number = shop.order((shop.stock("MUG", 1), 3))
    watch(shop)
    hold_for(shop, "stock", active=False)
    assert sweep(shop).changed == 1
    assert (held(shop, number), alerts(shop)) == ({}, [])
    assert sweep(shop).changed == 0


def test_an_order_cancelled_leaves_no_hold_and_no_alert(shop: Shop):
    hold_for(shop, "stock")
    number = shop.order((shop.stock("MUG", 1), 3))
    watch(shop)
    acts(shop, shop.actor, cancel_order, number=number, reason="changed_mind")
    assert (held(shop, number), alerts(shop)) == ({}, [])


def test_the_journal_tells_how_long_an_order_was_held(shop: Shop):
    hold_for(shop, "prepayment", percent=100)
    number = shop.order((shop.stock("MUG", 9), 3))
    watch(shop)
    shop.now = MONDAY + timedelta(hours=8)
    pay(shop, number, "29.97")
    told = [(one.kind, one.payload["kind"]) for one in shop.card(number).events if one.kind.startswith("hold.")]
    assert told == [("hold.opened", "prepayment"), ("hold.closed", "prepayment")]
    row = shop.session.execute(text("SELECT closed_at - opened_at FROM order_holds")).scalar_one()
    assert row > timedelta(hours=4)


def test_without_an_active_policy_the_watch_asks_one_question(shop: Shop):
    shop.order((shop.stock("MUG", 1), 3))
    asked: list[str] = []
    connection = shop.session.connection()
    event.listen(connection, "before_cursor_execute", lambda *facts: asked.append(facts[2]))
    watch(shop)
    assert len(asked) == 2  # the test's own list of orders, and which policies are active


def test_a_chosen_rule_that_warned_holds_the_order_until_that_is_corrected(shop: Shop):
    warn_without_comment(shop)
    hold_for(shop, "validation", rules=["said_nothing"])
    number = shop.order((shop.stock("MUG", 9), 3))
    watch(shop)
    assert held(shop, number) == {"validation": "Say something."}
    shop.session.execute(text("UPDATE orders SET comment = 'Ring first'"))
    watch(shop)
    assert held(shop, number) == {}


def test_what_a_rule_warned_of_may_be_lifted_by_hand_and_stays_lifted(shop: Shop):
    warn_without_comment(shop)
    hold_for(shop, "validation", rules=["said_nothing"])
    number = shop.order((shop.stock("MUG", 9), 3))
    watch(shop)
    acts(shop, shop.actor, close_hold, number=number, kind="validation", reference="said_nothing")
    acts(shop, shop.actor, move_order, number=number, to="confirm")
    assert held(shop, number) == {}


def test_a_rule_that_was_not_chosen_only_warns(shop: Shop):
    warn_without_comment(shop)
    hold_for(shop, "validation", rules=[])
    number = shop.order((shop.stock("MUG", 9), 3))
    watch(shop)
    assert held(shop, number) == {}


def warn_without_comment(shop: Shop) -> None:
    document = {
        "code": "said_nothing", "name": "Something is said", "severity": "warn", "message": "Say something.",
        "expression": 'order.comment != ""', "field": "comment", "is_active": True,
    }  # fmt: skip
    shop.do(save_rule, document=document)
