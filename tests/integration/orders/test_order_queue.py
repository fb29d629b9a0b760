from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from holding import person
from order_life import MONDAY, Shop
from sqlalchemy import event, text

from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.billing.payments import receive_payment
from oms_core.errors import Invalid, NotFound
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.card import read_order
from oms_core.orders.holds import open_hold
from oms_core.orders.personal_data import HIDDEN
from oms_core.orders.progress import move_order
from oms_core.orders.queries import SavedView, count_views, list_orders
from oms_core.orders.risk import Score, forget_risks, keep_risks
from oms_core.orders.views import PaidState
from oms_core.orders.whereabouts import where_is

LATER = MONDAY + timedelta(days=2)


def numbers(shop: Shop, **asked) -> list[str]:
    return [row.number for row in list_orders(shop.session, actor=shop.actor, **{"now": LATER} | asked).rows]


@pytest.fixture
def full(shop: Shop) -> dict[str, str]:
    """One order for each stage, one that waits for stock, one cancelled; by the name of the stage."""
    shop.stock("MUG", 100)
    person(shop, "anna", Role.MANAGER)
    steps = ("new", "confirm", "pick", "ship", "deliver", "done")
    orders = {step: shop.order(("MUG", 1), upto=step) for step in steps}
    orders["short"] = shop.order((shop.stock("CUP", 1), 2), upto="confirm")
    orders["cancelled"] = shop.order(("MUG", 1))
    shop.do(cancel_order, number=orders["cancelled"], reason="fraud")
    shop.do(assign_order, number=orders["pick"], manager="anna")
    return orders


@pytest.mark.parametrize(
    ("view", "stages"),
    [
        ("to_confirm", ["new"]),
        ("to_pick", ["short", "pick", "confirm"]),
        ("to_ship", ["ship"]),
        ("in_delivery", ["deliver"]),
        ("backordered", ["short"]),
        ("mine", ["pick"]),
        ("all", ["cancelled", "short", "done", "deliver", "ship", "pick", "confirm", "new"]),
    ],
)
def test_a_view_shows_its_pile_and_its_count_is_the_pile(shop, full, view, stages):
    manager = "anna" if view == "mine" else None
    assert numbers(shop, view=view, manager=manager) == [full[stage] for stage in stages]
    counts = count_views(shop.session, now=LATER, manager="anna")
    assert counts[SavedView(view)] == len(stages)


def test_late_is_what_is_open_past_its_promise(shop, full):
    after = MONDAY + timedelta(days=30)
    late = numbers(shop, view="late", now=after)
    assert late == [full[stage] for stage in ("short", "deliver", "ship", "pick", "confirm", "new")]
    assert count_views(shop.session, now=after)[SavedView.LATE] == 6
    assert numbers(shop, view="late") == []


def test_counts_hold_for_a_channel(shop, full):
    assert set(count_views(shop.session, now=LATER, channel="api").values()) == {0}
    assert count_views(shop.session, now=LATER, channel="desk")[SavedView.ALL] == len(full)


@pytest.mark.parametrize("sort", ["newest", "oldest", "promised", "value", "waiting"])
@pytest.mark.parametrize("view", ["all", "to_pick", "late"])
def test_pages_join_without_a_gap_or_a_repeat(shop, full, sort, view):
    now = MONDAY + timedelta(days=30)
    whole = numbers(shop, view=view, sort=sort, now=now)
    cursor, paged = None, []
    while True:
        page = list_orders(shop.session, actor=shop.actor, now=now, view=view, sort=sort, cursor=cursor, limit=2)
        paged += [row.number for row in page.rows]
        if (cursor := page.next_cursor) is None:
            break
    assert paged == whole
    assert whole


def test_an_order_without_a_promise_is_due_last(shop, full):
    shop.session.execute(text("UPDATE orders SET promised_at = NULL WHERE number = :n"), {"n": full["new"]})
    first = list_orders(shop.session, actor=shop.actor, now=LATER, sort="promised", limit=5)
    last = list_orders(shop.session, actor=shop.actor, now=LATER, sort="promised", limit=5, cursor=first.next_cursor)
    assert [row.number for row in last.rows] == [full["new"]]
    assert (last.rows[0].promised_at, last.rows[0].is_late, last.next_cursor) == (None, False, None)


def test_what_is_at_risk_is_piled_marked_and_begins_with_the_riskiest(shop, full):
    system = find_actor(shop.session, "system")
    ids = {row.number: row.id for row in shop.session.execute(text("SELECT number, id FROM orders"))}
    shop.session.execute(text("UPDATE orders SET first_promised_at = :day"), {"day": LATER + timedelta(days=1)})
    told = {"new": "0.31", "confirm": "0.75", "pick": "0.29", "done": "0.9"}
    scores = [Score(ids[full[step]], "placed", Decimal(share), "stock", "rule") for step, share in told.items()]
    scored = {"actor": system, "now": LATER, "scored_at": LATER}
    assert keep_risks(shop.session, scores=scores, **scored) == 3
    risky = list_orders(shop.session, actor=shop.actor, now=LATER, view="at_risk").rows
    assert [(row.number, row.risk, row.risk_cause, row.is_at_risk) for row in risky] == [
        (full["confirm"], Decimal("0.75"), "stock", True), (full["new"], Decimal("0.31"), "stock", True)
    ]  # fmt: skip
    assert count_views(shop.session, now=LATER)[SavedView.AT_RISK] == 2
    assert numbers(shop, sort="risk") == [full["confirm"], full["new"], full["pick"]]
    assert numbers(shop, view="at_risk", sort="oldest") == [full["new"], full["confirm"]]
    assert numbers(shop, view="at_risk", now=LATER + timedelta(days=2)) == []
    card = shop.card(full["confirm"])
    why = where_is(card, now=card.placed_at, facts=card.surroundings).why
    assert why is not None
    assert (why.code, why.facts["risk"], why.facts["cause"]) == ("at_risk", Decimal("0.75"), "stock")

    again = {"actor": system, "now": LATER, "scored_at": LATER + timedelta(hours=1)}
    keep_risks(shop.session, scores=[replace(scores[0], cause=None)], **again)
    forget_risks(shop.session, **again)
    [only] = list_orders(shop.session, actor=shop.actor, now=LATER, view="at_risk").rows
    assert (only.number, only.risk_cause) == (full["new"], None)


def test_filters_narrow_each_other(shop, full):
    assert numbers(shop, status_group="pick", manager="anna", channel="desk", warehouse="MAIN") == [full["pick"]]
    assert numbers(shop, manager="anna", channel="api") == []
    assert numbers(shop, view="to_ship", status_group="new") == []


@pytest.mark.parametrize("bad", [{"view": "x"}, {"sort": "x"}, {"status_group": "x"}, {"cursor": "x"}, {"cursor": "é"}])
def test_what_is_not_known_is_refused_by_its_field(shop, bad):
    with pytest.raises(Invalid) as refusal:
        list_orders(shop.session, actor=shop.actor, now=LATER, **bad)
    assert refusal.value.rows[0]["field"] == next(iter(bad))


def test_a_cursor_of_another_order_of_rows_is_refused(shop, full):
    page = list_orders(shop.session, actor=shop.actor, now=LATER, limit=1)
    with pytest.raises(Invalid):
        list_orders(shop.session, actor=shop.actor, now=LATER, sort="oldest", cursor=page.next_cursor)


@pytest.mark.parametrize("q", ["zzz", "'", "\\", "a & b | !", "%", "\0", "():*", "o'hara", "💥"])
def test_a_search_for_anything_at_all_breaks_nothing(shop, full, q):
    assert numbers(shop, q=q) in ([], list(reversed(full.values())), numbers(shop))


def test_a_row_says_what_calls_for_attention(shop, full):
    shop.do(open_hold, number=full["confirm"], cause="address unclear")
    shop.do(receive_payment, number=full["confirm"], gross=Decimal(5), method="card")
    rows = {
        row.number: row for row in list_orders(shop.session, actor=shop.actor, now=MONDAY + timedelta(days=30)).rows
    }
    confirm, short, done = rows[full["confirm"]], rows[full["short"]], rows[full["done"]]
    assert (confirm.is_on_hold, confirm.is_late, confirm.is_backordered) == (True, True, False)
    assert (confirm.paid_state, confirm.customer, confirm.line_count) == (PaidState.PARTLY_PAID, "Anna Kowalska", 1)
    assert (short.is_backordered, done.is_late) == (True, False)
    assert done.age_seconds == 5 * 3600


def test_the_card_is_read_in_four_statements_however_long_the_history(shop):
    number = shop.order((shop.stock("MUG", 9), 2), (shop.stock("CUP", 9), 2), upto="confirm")
    for _ in range(5):
        shop.do(move_order, number=number, to="pick")
        shop.do(move_order, number=number, to="confirm")
    seen: list[str] = []
    event.listen(shop.session.connection(), "before_cursor_execute", lambda *call: seen.append(call[2]))
    card = read_order(shop.session, number, actor=shop.actor)
    assert (len(seen), len(card.stays), len(card.events)) == (4, 12, 13)


def test_the_card_says_where_the_goods_lie_and_what_of_them_is_ours(shop):
    shop.stock("MUG", 3)
    shop.stock("MUG", 9, warehouse=shop.warehouse("EAST"))
    [line] = shop.card(shop.order(("MUG", 5))).lines
    assert [(s.warehouse, s.on_hand, s.available, s.reserved) for s in line.stock] == [
        ("EAST", 9, 7, 2),
        ("MAIN", 3, 0, 3),
    ]
    with pytest.raises(NotFound):
        read_order(shop.session, "0", actor=shop.actor)


def test_who_may_not_see_personal_data_neither_reads_nor_finds_it(shop):
    number = shop.order((shop.stock("MUG", 2), 1), ship_to={"street": "Long 1"})
    buyer = replace(shop.actor, permissions=frozenset({Permission.ORDER_VIEW}))
    assert [row.customer for row in list_orders(shop.session, actor=buyer, now=LATER).rows] == [HIDDEN]
    card = read_order(shop.session, number, actor=buyer)
    assert (card.customer.name, card.customer.phones, card.ship_to) == (HIDDEN, (HIDDEN,), {"address": HIDDEN})
    assert "Kowalska" not in str(card)
    assert "600100200" not in str(card).replace(" ", "")
    for q in ("Kowalska", "+48 600 100 200", "100200"):
        assert list_orders(shop.session, actor=buyer, now=LATER, q=q).rows == ()
        assert len(list_orders(shop.session, actor=shop.actor, now=LATER, q=q).rows) == 1
    assert len(list_orders(shop.session, actor=buyer, now=LATER, q=number).rows) == 1
