"""What the order desk promises as a whole: six stages, every door the same, nothing typed twice, many at once."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from building import NOON, a_stocked_product, an_order
from fastapi.testclient import TestClient
from order_life import Shop
from signing_in import bearer
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.api.application import create_api
from oms_core.billing.invoicing import issue_invoices
from oms_core.billing.payments import receive_payment
from oms_core.bulk import cancel_orders
from oms_core.customers.editing import address_text
from oms_core.db import make_sessions
from oms_core.orders.entry import place_entered
from oms_core.orders.entry_document import EntryCustomer, EntryDocument, EntryLine
from oms_core.orders.fulfilment import deliver_order, ship_order
from oms_core.orders.labels import tag_order
from oms_core.orders.locking import LineQuantity
from oms_core.orders.progress import move_order
from oms_core.orders.returns import receive_return
from oms_core.workflow.validation import save_rule
from pipelines.imports.orders import import_orders

_ADA = {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+48600100200"}


def test_an_order_passes_six_stages_whose_stays_join_and_sum_to_its_life(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 5), 2))
    for step in ("confirm", "supply", "pick", "ship", "deliver", "done"):
        shop.do(move_order, number=number, to=step)
    card = shop.card(number)
    assert [stay.group.value for stay in card.stays] == ["new", "confirm", "supply", "pick", "ship", "deliver"]
    assert [stay.left_at for stay in card.stays] == [*(stay.entered_at for stay in card.stays[1:]), card.closed_at]
    assert card.closed_at is not None
    lived = (card.closed_at - card.placed_at).total_seconds()
    assert sum(stay.wall_seconds or 0 for stay in card.stays) == lived


def _written(engine: Engine) -> list[Any]:
    """What each order wrote, but for what tells one from another: numbers, moments, references."""
    sql = """
        SELECT o.type, o.status, h.code, c.name, o.currency, o.rounding_rule, o.net, o.tax, o.gross, o.shipping,
               o.total, o.ship_region, o.priority, o.comment, o.version,
               (SELECT json_agg(json_build_array(l.position, p.sku, l.quantity, l.unit_price, l.discount, l.tax_rate,
                                l.net, l.tax, l.gross, l.unit_cost) ORDER BY l.position)::text
                FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = o.id),
               (SELECT json_agg(json_build_array(r.quantity, r.state, r.location_id) ORDER BY l.position)::text
                FROM order_lines l JOIN reservations r ON r.order_line_id = l.id WHERE l.order_id = o.id),
               (SELECT array_agg(e.kind || coalesce(e.to_status, '') ORDER BY e.sequence)
                FROM order_events e WHERE e.order_id = o.id AND e.kind <> 'order.imported'),
               (SELECT array_agg(i.status) FROM status_intervals i WHERE i.order_id = o.id)
        FROM orders o JOIN channels h ON h.id = o.channel_id JOIN customers c ON c.id = o.customer_id ORDER BY o.id"""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_a_file_the_interface_and_the_form_write_identical_rows_and_none_twice(
    fresh_engine: Engine, admin: Actor, tmp_path: Path
) -> None:
    sessions = make_sessions(fresh_engine)
    with sessions.begin() as session:
        a_stocked_product(session, "MUG", 100)
        a_stocked_product(session, "CUP", 100, price="2.50")
    document = EntryDocument(
        customer=EntryCustomer(**_ADA), lines=(EntryLine("MUG", "2"), EntryLine("CUP", "3"))
    )  # fmt: skip
    door.run(sessions, admin, place_entered, document=document)
    lines = [{"sku": "MUG", "quantity": "2"}, {"sku": "CUP", "quantity": "3"}]
    body = {"channel": "desk", "external_ref": "R1", "customer": _ADA, "lines": lines}
    with TestClient(create_api(lambda: sessions), headers=bearer(sessions)) as client:
        answers = [client.post("/api/v1/orders", json=body).status_code for _turn in range(2)]
    path = tmp_path / "orders.csv"
    row = f"{_ADA['name']},{_ADA['email']},{_ADA['phone']}"
    path.write_text(f"external_ref,sku,quantity,customer_name,email,phone\nR2,MUG,2,{row}\nR2,CUP,3,{row}\n")
    for _turn in range(2):
        import_orders(fresh_engine, path, channel="desk", actor=admin, now=datetime.now(UTC))
    written = _written(fresh_engine)
    assert (len(written), answers) == (3, [201, 200]), "each reference once"
    assert written[0] == written[1] == written[2]


def test_a_customer_typed_once_is_the_same_on_order_payment_parcel_invoice_and_return(
    session: Session, actor: Actor
) -> None:
    a_stocked_product(session, "MUG", 5)
    typed = EntryDocument(
        customer=EntryCustomer(**_ADA, address="12 Long Street, Kraków"), lines=(EntryLine("MUG", "2"),)
    )  # fmt: skip
    do = {"actor": actor, "now": NOON}
    number = place_entered(session, **do, document=typed).number
    receive_payment(session, **do, number=number, gross=Decimal("20.00"), method="card")
    for step in ("confirm", "pick", "ship"):
        move_order(session, **do, number=number, to=step)
    ship_order(session, **do, number=number)
    deliver_order(session, **do, number=number)
    [invoice] = issue_invoices(session, **do, number=number)
    receive_return(session, **do, number=number, lines=[LineQuantity(1, Decimal(1))], reason="broken")
    [credit] = issue_invoices(session, **do, number=number)
    session.flush()
    sql = """
        SELECT c.name, p.sku, o.ship_to, s.order_id = o.id, a.order_id = o.id, r.order_id = o.id
        FROM orders o JOIN customers c ON c.id = o.customer_id
        JOIN order_lines l ON l.order_id = o.id JOIN products p ON p.id = l.product_id
        JOIN shipments s ON s.order_id = o.id JOIN shipment_lines sl ON sl.order_line_id = l.id
        JOIN payment_allocations a ON a.order_id = o.id
        JOIN returns r ON r.order_id = o.id JOIN return_lines rl ON rl.order_line_id = l.id"""
    [row] = session.execute(text(sql)).all()
    assert (row[0], row[1], address_text(row[2])) == (_ADA["name"], "MUG", "12 Long Street, Kraków")
    assert row[3:] == (True, True, True)
    assert session.scalar(text("SELECT count(*) FROM customers")) == 1
    billed = session.execute(text("SELECT number, buyer FROM invoices ORDER BY id")).all()
    assert [one.number for one in billed] == [invoice.number, credit.number]
    for one in billed:
        assert (one.buyer["name"], one.buyer["email"], one.buyer["phone"]) == tuple(_ADA.values())
        assert address_text(one.buyer["ship_to"]) == "12 Long Street, Kraków"
    sold = session.execute(text("SELECT DISTINCT sku FROM invoice_lines")).scalars().all()
    assert sold == ["MUG"]


def test_of_fifty_cancelled_at_once_five_are_refused_with_the_message_of_the_rule(
    fresh_sessions: sessionmaker[Session], admin: Actor
) -> None:
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "MUG", 100)
        numbers = [an_order(session, {"MUG": 1}).number for _order in range(50)]
        for number in numbers[::10]:
            tag_order(session, actor=admin, now=NOON, number=number, tag="promised")
        rule = {
            "code": "keep", "name": "Promised ones stay", "message": "Ask the lead first.", "field": "tags",
            "severity": "refuse", "changes": ["cancel"], "is_active": True,
            "expression": '!order.tags.exists(tag, tag == "promised")',
        }  # fmt: skip
        save_rule(session, actor=admin, now=NOON, document=rule)
    results = cancel_orders(fresh_sessions, admin, numbers=numbers, reason="changed_mind")
    assert [result.number for result in results if not result.ok] == numbers[::10]
    assert {result.message for result in results if not result.ok} == {"Ask the lead first."}
    with fresh_sessions() as session:
        counted = session.execute(text("SELECT status, count(*) FROM orders GROUP BY 1 ORDER BY 1")).all()
    assert [tuple(row) for row in counted] == [("cancelled", 45), ("new", 5)]
