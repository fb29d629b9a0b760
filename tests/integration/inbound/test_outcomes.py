"""Every message ends as an order, a task or rejected with a reason, and a person can change what is no order yet."""

from datetime import UTC, datetime

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.intake.inbound_deciding import MOST_ATTEMPTS, claim_message
from oms_core.intake.inbound_mending import attach_message, hand_message, reject_messages, take_again, take_mended
from oms_core.intake.inbound_views import Standing, count_messages, list_messages, read_message
from oms_core.orders.entry_document import EntryCustomer, EntryDocument, EntryLine
from oms_core.tasks.progress import finish_task
from tests.building import a_stocked_product
from tests.integration.inbound.marketplace import Marketplace, an_offer
from tests.integration.inbound.receiving_shop import ReceivingShop


@pytest.fixture
def refused(shop: ReceivingShop, market: Marketplace) -> int:
    """A message that names a product we do not know: a task for a person."""
    market.orders = [an_offer(f"{shop.name}-1", items=[{"sku": f"NEW-{shop.name}", "quantity": 2, "price": 3}])]
    shop.market_feed(market)
    shop.pull()
    return shop.id_of(f"{shop.name}-1")


def standing(shop: ReceivingShop, message_id: int) -> Standing:
    return read(shop, message_id).standing


def read(shop: ReceivingShop, message_id: int):
    return shop.read(read_message, message_id=message_id).view


def open_tasks(shop: ReceivingShop, message_id: int) -> int:
    waiting = "SELECT task_id FROM inbound_messages WHERE id = :id"
    found = f"SELECT count(*) FROM tasks WHERE done_at IS NULL AND id = ({waiting})"
    return int(shop.rows(found, id=message_id)[0][0])


def test_what_the_channel_says_is_what_the_order_says(shop: ReceivingShop, market: Marketplace):
    market.orders = [an_offer(f"{shop.name}-1", items=[{"sku": "TEA", "quantity": "3", "price": "19.90"}])]
    shop.market_feed(market)
    shop.pull()
    found = """SELECT o.total, o.shipping, l.quantity, l.unit_price, c.name, o.ship_to ->> 'text' FROM orders o
        JOIN order_lines l ON l.order_id = o.id JOIN customers c ON c.id = o.customer_id
        WHERE o.external_ref LIKE :like"""
    [order] = shop.rows(found)
    assert [str(value) for value in order] == [
        "61.70", "2.00", "3.000", "19.90", f"Ada {shop.name}-1", "Main street 1, Kraków",
    ]  # fmt: skip


def test_a_refused_order_is_a_task_with_its_cause_and_becomes_an_order_once_mended(shop: ReceivingShop, refused: int):
    view = read(shop, refused)
    assert (view.standing, view.code) == (Standing.WAITING, "invalid_order")
    assert [(row["field"], row["message"]) for row in view.faults] == [("lines[0].sku", "is unknown")]
    with pytest.raises(Invalid, match="is unknown"):
        shop.by("anna", take_again, message_id=refused)
    with shop.sessions.begin() as session:
        a_stocked_product(session, f"NEW-{shop.name}", 5)
    number = shop.by("anna", take_again, message_id=refused)
    assert (read(shop, refused).number, standing(shop, refused)) == (number, Standing.ORDER)
    assert open_tasks(shop, refused) == 0
    assert shop.orders() == [f"{shop.name}-1"]
    told = "SELECT count(*) FROM audit_log WHERE table_name = 'inbound_messages' AND row_key LIKE '%' || :id || '%'"
    assert shop.rows(told, id=refused) == [(1,)]


def test_a_mended_form_is_placed_under_the_channels_reference(shop: ReceivingShop, refused: int):
    who = EntryCustomer(name="Ada", email="ada@example.com")
    mended = EntryDocument(channel="desk", customer=who, lines=(EntryLine("MUG", "2", "3.00"),))
    number = shop.by("anna", take_mended, message_id=refused, document=mended)
    assert shop.rows("SELECT number FROM orders WHERE external_ref LIKE :like") == [(number,)]
    with pytest.raises(Conflict, match="an order already"):
        shop.by("anna", take_mended, message_id=refused, document=mended)
    assert shop.pull().new == 0
    assert len(shop.orders()) == 1


def test_a_message_is_attached_to_an_order_that_is_there(shop: ReceivingShop, market: Marketplace, refused: int):
    market.orders = [an_offer(f"{shop.name}-2")]
    shop.pull()
    [(number,)] = shop.rows("SELECT number FROM orders WHERE external_ref LIKE :like")
    with pytest.raises(NotFound):
        shop.by("anna", attach_message, message_id=refused, number="nowhere")
    shop.by("anna", attach_message, message_id=refused, number=number)
    assert read(shop, refused).number == number


def test_an_imported_order_that_a_message_is_attached_to_is_not_undone(shop: ReceivingShop, market: Marketplace):
    market.orders = [an_offer(f"{shop.name}-1")]
    shop.market_feed(market)
    shop.pull()
    shop.rows_changed("INSERT INTO import_batches (kind, started_at, actor_id) SELECT :name, now(), min(id) FROM users")
    batch = "(SELECT id FROM import_batches WHERE kind = :name)"
    shop.rows_changed(f"UPDATE orders SET import_batch_id = {batch} WHERE external_ref LIKE :name || '-%'")
    assert ("order", "inbound_messages") in shop.rows(f"SELECT what, found FROM undo_faults({batch})")


def test_a_message_is_somebodys_task_and_ends_with_it(shop: ReceivingShop, refused: int):
    task = shop.by("anna", hand_message, message_id=refused, assignee="anna")
    assert (standing(shop, refused), read(shop, refused).assignee) == (Standing.HANDED, "anna")
    shop.by("anna", finish_task, task_id=task)
    assert standing(shop, refused) is Standing.TASK
    with pytest.raises(Invalid, match="active user"):
        shop.by("anna", hand_message, message_id=refused, assignee="nobody")


def test_many_are_rejected_for_one_reason_or_none_is(shop: ReceivingShop, market: Marketplace):
    market.orders = [an_offer(f"{shop.name}-{at}", status="cancelled") for at in range(3)] + [
        an_offer(f"{shop.name}-9")
    ]
    shop.market_feed(market)
    shop.pull()
    wanted = [shop.id_of(f"{shop.name}-{at}") for at in range(3)]
    assert {read(shop, one).code for one in wanted} == {"status_not_taken"}
    with pytest.raises(Invalid, match="says why"):
        shop.by("anna", reject_messages, message_ids=wanted, reason=" ")
    with pytest.raises(Conflict):
        shop.by("anna", reject_messages, message_ids=[*wanted, shop.id_of(f"{shop.name}-9")], reason="Cancelled there")
    assert {standing(shop, one) for one in wanted} == {Standing.WAITING}
    assert shop.by("anna", reject_messages, message_ids=wanted, reason="Cancelled there") == 3
    view = read(shop, wanted[0])
    assert (view.standing, view.reason, view.actor) == (Standing.REJECTED, "Cancelled there", "anna")
    assert open_tasks(shop, wanted[0]) == 0


def test_an_order_in_another_currency_is_not_taken_for_ours(shop: ReceivingShop, market: Marketplace):
    market.orders = [an_offer(f"{shop.name}-1", currency="PLN")]
    shop.market_feed(market)
    shop.pull()
    assert (read(shop, shop.id_of(f"{shop.name}-1")).code, shop.orders()) == ("inbound_currency", [])


def test_what_the_channel_changed_is_a_revision_with_an_outcome_of_its_own(shop: ReceivingShop, market: Marketplace):
    market.orders = [an_offer(f"{shop.name}-1")]
    shop.market_feed(market)
    shop.pull()
    market.orders = [an_offer(f"{shop.name}-1", status="accepted", updated_at="2026-11-20T11:00:00Z")]
    shop.pull()
    market.orders = [an_offer(f"{shop.name}-1", status="cancelled", updated_at="2026-11-20T12:00:00Z")]
    shop.pull()
    market.orders = [
        an_offer(f"{shop.name}-1", items=[{"sku": "TEA", "quantity": 9}], updated_at="2026-11-20T13:00:00Z")
    ]
    shop.pull()
    found = """SELECT revision, outcome, code, order_id IS NOT NULL FROM inbound_messages
        WHERE external_id LIKE :like ORDER BY revision"""
    assert shop.rows(found) == [
        (1, "order", "", True), (2, "order", "", True), (3, "task", "status_not_taken", False),
        (4, "task", "reference_reused", False),
    ]  # fmt: skip
    assert len(shop.orders()) == 1
    assert read(shop, shop.id_of(f"{shop.name}-1")).before is not None, "the order it is about is named"


def test_a_message_that_cannot_be_read_blocks_none_and_ends_as_a_task(
    shop: ReceivingShop, market: Marketplace, monkeypatch: pytest.MonkeyPatch
):
    from oms_core.intake import inbound_deciding

    placed = inbound_deciding.place_order

    def stumble(session, **facts):
        if facts["external_ref"] == f"{shop.name}-0":
            raise ZeroDivisionError("a fault of ours")
        return placed(session, **facts)

    monkeypatch.setattr(inbound_deciding, "place_order", stumble)
    market.orders = [an_offer(f"{shop.name}-{at}") for at in range(3)]
    shop.market_feed(market)
    with structlog.testing.capture_logs() as told:
        shop.pull()
    assert shop.outcomes() == {f"{shop.name}-0": None, f"{shop.name}-1": "order", f"{shop.name}-2": "order"}
    assert "inbound.not_read" in {entry["event"] for entry in told}
    for _attempt in range(MOST_ATTEMPTS):
        shop.decide()
    assert read(shop, shop.id_of(f"{shop.name}-0")).code == "unreadable"
    monkeypatch.undo()
    assert shop.by("anna", take_again, message_id=shop.id_of(f"{shop.name}-0"))


def test_one_that_kills_whoever_tries_it_is_tried_last(shop: ReceivingShop, market: Marketplace):
    market.orders = [an_offer(f"{shop.name}-{at}") for at in range(2)]
    shop.market_feed(market)
    shop.pull(decide=False)
    deadly = shop.id_of(f"{shop.name}-0")
    for _killed in range(MOST_ATTEMPTS):
        assert shop.run(claim_message, message_id=deadly)
    assert shop.run(claim_message, message_id=deadly) is False
    assert read(shop, deadly).code == "unreadable"


@pytest.mark.parametrize(
    "strange",
    [
        {"items": "none"}, {"items": []}, {"items": [None, 7, "TEA"]}, {"buyer": None}, {"buyer": "Ada\0\ud800"},
        {"items": [{"sku": "TEA", "quantity": 10**30}]}, {"items": [{"sku": "TEA", "quantity": "NaN"}]},
        {"items": [{"sku": "TEA", "quantity": -1}]}, {"status": {"a": [1]}},
        {"items": [{"sku": "TEA", "quantity": 1}, "TEA"]},
    ],
)  # fmt: skip
def test_whatever_a_channel_says_ends_as_something(
    shop: ReceivingShop, market: Marketplace, strange: dict[str, object]
):
    market.orders = [an_offer(f"{shop.name}-1", **strange)]
    shop.market_feed(market)
    assert shop.pull().failure == ""
    assert set(shop.outcomes().values()) == {"task"}


def test_an_order_without_a_reference_is_kept_once(shop: ReceivingShop, market: Marketplace):
    market.orders = [an_offer("") | {"id": None, "buyer": {"name": f"Ada of {shop.name}"}}]
    shop.market_feed(market)
    assert (shop.pull().new, shop.pull().new) == (1, 0)


def test_nobody_changes_or_removes_what_came_in(shop: ReceivingShop, refused: int):
    for attack in ("UPDATE inbound_messages SET body = '{}'", "DELETE FROM inbound_messages"):
        with pytest.raises(DBAPIError, match="append-only"), shop.sessions.begin() as session:
            session.execute(text(f"{attack} WHERE id = {refused}"))
    for attack in ("outcome = 'order'", "outcome = 'rejected', reason = ''", "outcome = NULL"):
        with pytest.raises(DBAPIError, match="ck_inbound_messages"), shop.sessions.begin() as session:
            session.execute(text(f"UPDATE inbound_messages SET {attack} WHERE id = {refused}"))


def test_what_waits_is_counted_and_listed_the_oldest_first(shop: ReceivingShop, refused: int):
    counted = shop.read(count_messages, now=datetime.now(UTC))
    listed = shop.read(list_messages, standing=Standing.WAITING, limit=500)
    assert counted[Standing.WAITING] == len(listed)
    assert refused in {view.id for view in listed}
    assert [view.received_at for view in listed] == sorted(view.received_at for view in listed)
