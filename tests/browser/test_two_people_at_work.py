"""Two people at their own windows take new orders through confirming, picking, packing and shipping at once."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median, quantiles
from threading import Barrier

import pytest
from desk_worker import DeskWorker, Tally
from playwright.sync_api import sync_playwright
from shops import PRODUCTS, ServedShop
from signing_in import issue
from sqlalchemy import text

from dashboard.visits import COOKIE
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.customers.registration import CustomerRef
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods
from oms_core.orders.placement import place_order
from oms_core.orders.placement_request import LineRequest
from pipelines import kpi
from pipelines.integrity import check_all
from pipelines.jobs import refresh
from pipelines.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.full]
LOGINS = ("anna", "boris")


def stock_and_order(shop: ServedShop, orders: int) -> None:
    """Receive plenty of goods that all the orders share, and place the orders, given to the two in turns."""
    admin = door.read(shop.sessions, None, find_actor, login="admin")
    receipts = [ReceiptRequest(sku, Decimal(orders * 3), Decimal("5.50")) for sku, *_rest in PRODUCTS]
    door.run(shop.sessions, admin, receive_goods, warehouse="MAIN", lines=receipts)
    for place in range(orders):
        lines = [LineRequest(PRODUCTS[(place + step) % 6][0], Decimal(1 + step)) for step in range(1 + place % 3)]
        customer = CustomerRef(name=f"Buyer {place:03}", phone=f"+48 600 {place:06}", address=f"ul. Nowa {place}")
        door.run(
            shop.sessions, admin, place_order, channel="desk", customer=customer, lines=lines,
            manager=LOGINS[place % 2],
        )  # fmt: skip


def work(shop: ServedShop, path: str | None, login: str, start: Barrier, **share: int) -> DeskWorker:
    """One person's day in a browser of their own; a thread each, for Playwright belongs to the thread it began in."""
    token = issue(shop.sessions, login)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
        context.add_cookies([{"name": COOKIE, "value": token, "url": shop.address}])
        worker = DeskWorker(context.new_page(), shop.address, login)
        start.wait(60)
        try:
            worker.work_off(**share)
        finally:
            browser.close()
    return worker


def statuses(shop: ServedShop) -> Counter[str]:
    with shop.sessions() as session:
        return Counter(session.scalars(text("SELECT status FROM orders")))


def movers(shop: ServedShop) -> Counter[tuple[str, str]]:
    """How many moves each person made to each status."""
    query = (
        "SELECT u.login, e.to_status FROM order_events e JOIN users u ON u.id = e.actor_id"
        " WHERE e.kind = 'order.status_changed'"
    )
    with shop.sessions() as session:
        return Counter((row.login, row.to_status) for row in session.execute(text(query)))


def entries_of_people(shop: ServedShop) -> int:
    """What people left in the journals: a placement and a shipment write two entries each, a step one."""
    query = (
        "SELECT e.kind, count(*) FROM order_events e JOIN users u ON u.id = e.actor_id"
        " WHERE u.login <> 'system' AND e.rule IS NULL GROUP BY e.kind"
    )
    with shop.sessions() as session:
        kinds = {row.kind: row.count for row in session.execute(text(query))}
    print(f"Entries of people: {kinds}")  # noqa: T201 - told by pytest -s
    return sum(kinds.values())


def tell(name: str, tally: Tally, orders: int) -> None:
    seconds = sum(tally.waits)
    print(  # noqa: T201 - told by pytest -s
        f"\n{name}: {orders} orders, {tally.clicks} clicks ({tally.clicks / orders:.2f} an order, "
        f"{tally.clicks / tally.steps:.2f} a step), {seconds / orders:.2f} s an order, {seconds / tally.steps:.2f} s a "
        f"step; an answer after {median(tally.waits):.2f} s, p95 {quantiles(tally.waits, n=20)[-1]:.2f} s"
    )


@pytest.mark.usefixtures("browser")  # skips where there is none
@pytest.mark.timeout(3000)
@pytest.mark.parametrize(("orders", "one_by_one"), [(20, 4), (500, 100)])
def test_two_people_take_every_order_from_new_to_shipped_without_an_error(
    browser_path: str | None, orderless_served_shop: ServedShop, orders: int, one_by_one: int
) -> None:
    shop = orderless_served_shop
    stock_and_order(shop, orders)
    start, began = Barrier(2), time.monotonic()
    with ThreadPoolExecutor(2) as windows:
        share = {"one_by_one": one_by_one // 2, "all_in_all": orders // 2}
        done = [windows.submit(work, shop, browser_path, login, start, **share) for login in LOGINS]
        workers = [one.result() for one in done]
    lasted = time.monotonic() - began
    on_cards, in_bulk = (sum((getattr(one, kind) for one in workers), Tally()) for kind in ("on_cards", "in_bulk"))
    tell("On the card", on_cards, one_by_one)
    tell("By the page", in_bulk, orders - one_by_one)
    assert on_cards.refusals + in_bulk.refusals == []
    assert on_cards.clicks <= 2 * on_cards.steps
    assert in_bulk.clicks <= 2 * in_bulk.steps
    assert statuses(shop) == {"deliver": orders}
    assert movers(shop) == {
        (login, status): orders // 2 for login in LOGINS for status in ("confirm", "pick", "ship", "deliver")
    }
    assert touches_and_faults(shop, lasted) == entries_of_people(shop) / orders


def touches_and_faults(shop: ServedShop, lasted: float) -> float:
    """What `oms check` finds, which is nothing, and what the metric makes of the day."""
    engine, store = shop.sessions.kw["bind"], Store(str(shop.marts))
    refresh(engine, store)
    with shop.sessions() as session:
        assert [finding for finding in check_all(session, store) if finding.rows] == []
    today = datetime.now(UTC).date()
    asked = {"date_from": today - timedelta(days=1), "date_to": today + timedelta(days=2)}
    (row,) = kpi.compute(store, "touches_per_order", **asked)
    print(f"Two windows, {lasted:.0f} s by the clock; touches_per_order {row['value']:.2f}")  # noqa: T201
    return float(row["value"])
