"""Every address of the REST interface × every role × ids that exist: nobody sees or does more than they may."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from shops import CUSTOMERS
from signing_in import bearer
from sqlalchemy import text

from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS, Permission
from tests.integration.sign_in.conftest import Gated

P = Permission
V1 = "/api/v1"
LOGINS = {
    Role.MANAGER: "anna", Role.LEAD: "lena", Role.BUYER: "bob", Role.WAREHOUSE: "walter", Role.COURIER: "carl",
    Role.EXECUTIVE: "eva", Role.ADMIN: "admin", Role.CLIENT: "clara",
}  # fmt: skip
# What each operation needs; a new one fails the test below until it is named here.
NEEDED: dict[tuple[str, str], Permission | None] = {
    ("get", f"{V1}/me"): None,
    ("get", f"{V1}/customers"): P.CUSTOMER_VIEW,
    ("get", f"{V1}/customers/{{customer_id}}"): P.CUSTOMER_VIEW,
    ("get", f"{V1}/products"): P.PRODUCT_VIEW,
    ("put", f"{V1}/products/{{sku}}"): P.PRODUCT_EDIT,
    ("get", f"{V1}/stock"): P.STOCK_VIEW,
    ("post", f"{V1}/stock/receipts"): P.STOCK_RECEIVE,
    ("get", f"{V1}/orders"): P.ORDER_VIEW,
    ("post", f"{V1}/orders"): P.ORDER_PLACE,
    ("get", f"{V1}/orders/{{number}}"): P.ORDER_VIEW,
    ("patch", f"{V1}/orders/{{number}}"): P.ORDER_CHANGE,
    ("get", f"{V1}/orders/{{number}}/changes"): P.ORDER_VIEW,
    ("get", f"{V1}/orders/{{number}}/events"): P.ORDER_VIEW,
    ("post", f"{V1}/orders/{{number}}/transitions"): P.ORDER_MOVE,
    ("post", f"{V1}/orders/{{number}}/shipments"): P.ORDER_SHIP,
    ("post", f"{V1}/orders/{{number}}/cancellations"): P.ORDER_CANCEL,
    ("get", f"{V1}/orders/{{number}}/invoices"): P.ORDER_VIEW,
    ("post", f"{V1}/orders/{{number}}/invoices"): P.INVOICE_ISSUE,
    ("get", f"{V1}/tasks"): P.TASK_WORK,
    ("post", f"{V1}/tasks"): P.TASK_WORK,
    ("post", f"{V1}/tasks/{{task_id}}/done"): P.TASK_WORK,
    ("get", f"{V1}/quotations"): P.ORDER_VIEW,
    ("post", f"{V1}/quotations"): P.ORDER_PLACE,
    ("get", f"{V1}/quotations/{{number}}"): P.ORDER_VIEW,
    ("post", f"{V1}/quotations/{{number}}/order"): P.ORDER_PLACE,
    ("post", f"{V1}/channels/{{code}}/messages"): P.INBOX_WORK,
    ("get", f"{V1}/channels/{{code}}/messages/{{external_id}}"): P.INBOX_WORK,
    ("get", f"{V1}/metrics"): P.ANALYTICS_VIEW,
    ("get", f"{V1}/kpi/{{code}}"): P.ANALYTICS_VIEW,
}
# Bodies that are well formed and come to nothing where they are let in: what they name does not exist.
BODIES: dict[str, dict[str, Any]] = {
    f"{V1}/products/{{sku}}": {"name": "", "price": "-1"},
    f"{V1}/stock/receipts": {"warehouse": "NOWHERE", "sku": "NOTHING", "quantity": "1"},
    f"{V1}/orders": {"channel": "nowhere", "customer": {"id": 1}, "lines": [{"sku": "NOTHING", "quantity": "1"}]},
    f"{V1}/orders/{{number}}": {"comment": "late", "version": 2_000_000},
    f"{V1}/quotations": {"channel": "nowhere", "customer": {"id": 1}, "lines": [{"sku": "NOTHING", "quantity": "1"}]},
    f"{V1}/quotations/{{number}}/order": {"version": 2_000_000},
    f"{V1}/orders/{{number}}/transitions": {"to": "nowhere"},
    f"{V1}/orders/{{number}}/shipments": {"version": 2_000_000},
    f"{V1}/orders/{{number}}/cancellations": {"reason": "no-such-reason"},
    f"{V1}/orders/{{number}}/invoices": {"version": 2_000_000},
    f"{V1}/channels/{{code}}/messages": {"external_id": "A-1", "text": "Hello"},
    f"{V1}/tasks": {"title": "Call", "number": "nowhere"},
}
SEARCHES = (
    ("orders", "q"), ("orders", "channel"), ("orders", "manager"), ("orders", "cursor"), ("products", "q"),
    ("products", "cursor"), ("stock", "sku"), ("stock", "warehouse"),
    ("tasks", "number"), ("tasks", "cursor"), ("quotations", "q"), ("quotations", "cursor"),
    ("customers", "q"), ("customers", "tag"), ("customers", "cursor"), ("customers", "kind"),
)  # fmt: skip
HOSTILE = [
    "' OR '1'='1", "'; DROP TABLE orders; --", "1 UNION SELECT password_hash FROM users", "\\", "%", "_", "*:*",
    "a & | !",
    "'; SELECT pg_sleep(9); --", "<script>", "(((((", "\x01", "🙂" * 50, "0x31", "../..", "\"'`",
    "-- -", "{}", "[]", "null",
]  # fmt: skip


@pytest.fixture(scope="module")
def clients(gated: Gated) -> Iterator[dict[Role, httpx.Client]]:
    made = {
        role: httpx.Client(base_url=gated.address, headers=bearer(gated.sessions, login), timeout=60)
        for role, login in LOGINS.items()
    }
    yield made
    for client in made.values():
        client.close()


def ids_of(gated: Gated, path: str) -> list[str]:
    """The address with every id there is, of its kind and of others."""
    with gated.sessions() as session:
        others = [str(one) for one in session.execute(text("SELECT id FROM orders ORDER BY id LIMIT 3")).scalars()]
    if "{number}" in path:
        return [path.replace("{number}", one) for one in [*gated.numbers[:4], *others, "999999999"]]
    if "{customer_id}" in path:
        with gated.sessions() as session:
            ids = session.execute(text("SELECT id FROM customers ORDER BY id LIMIT 6")).scalars().all()
        return [path.replace("{customer_id}", str(one)) for one in [*ids, 999999999]]
    return [path.replace("{task_id}", "999999999").replace("{sku}", "LT-1037").replace("{code}", "orders_received")]


def ask(client: httpx.Client, method: str, path: str, address: str) -> httpx.Response:
    if path.endswith("{code}"):
        return client.get(address, params={"from": "2026-01-01", "to": "2027-01-01"})
    return client.request(method.upper(), address, json=BODIES.get(path))


def test_every_operation_is_named_with_what_it_needs(clients: dict[Role, httpx.Client]) -> None:
    paths = clients[Role.ADMIN].get("/api/openapi.json").json()["paths"]
    assert {(method, path) for path, methods in paths.items() for method in methods} == set(NEEDED)


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_exactly_what_its_permissions_open(
    role: Role, gated: Gated, clients: dict[Role, httpx.Client]
) -> None:
    before = census(gated)
    for (method, path), needed in NEEDED.items():
        is_open = needed is None or needed in DEFAULTS[role]
        for address in ids_of(gated, path):
            answer = ask(clients[role], method, path, address)
            assert answer.status_code < 500, (address, answer.text)
            is_refused = answer.status_code == 403 and answer.json()["code"] in {"not_allowed", "not_your_move"}
            assert is_refused is not is_open, (role, method, address, answer.text)
    assert census(gated) == before


def census(gated: Gated) -> list[tuple[Any, ...]]:
    """What a write would change."""
    with gated.sessions() as session:
        query = (
            "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_events), (SELECT count(*) FROM products)"
        )
        return [tuple(row) for row in session.execute(text(f"{query}, (SELECT count(*) FROM stock_moves)"))]


def test_a_client_of_the_shop_reads_nothing_at_all(gated: Gated, clients: dict[Role, httpx.Client]) -> None:
    told = ""
    for method, path in NEEDED:
        for address in ids_of(gated, path):
            told += ask(clients[Role.CLIENT], method, path, address).text
    assert not any(secret in told for name, phone, city in CUSTOMERS for secret in (name, phone, city))
    assert "LT-1037" not in told.replace("/products/LT-1037", "")


@pytest.mark.parametrize("role", [role for role in Role if P.ORDER_VIEW in DEFAULTS[role]])
def test_who_may_not_see_personal_data_finds_none_in_any_answer(
    role: Role, gated: Gated, clients: dict[Role, httpx.Client]
) -> None:
    told = clients[role].get(f"{V1}/orders").text
    told += "".join(clients[role].get(f"{V1}/orders/{number}").text for number in gated.numbers)
    told += "".join(clients[role].get(address).text for address in ids_of(gated, f"{V1}/customers/{{customer_id}}"))
    told += clients[role].get(f"{V1}/customers").text
    shown = any(name in told or phone.replace(" ", "") in told for name, phone, _city in CUSTOMERS)
    assert shown is (P.PERSONAL_DATA_VIEW in DEFAULTS[role])


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_hostile_in_a_search_breaks_it_or_finds_more(words: str, clients: dict[Role, httpx.Client]) -> None:
    client = clients[Role.ADMIN]
    for path, name in SEARCHES:
        answer = client.get(f"{V1}/{path}", params={name: words})
        assert answer.status_code in {200, 422}, (path, name, answer.text)
        assert "password_hash" not in answer.text.replace(words, "")
    found = client.get(f"{V1}/orders", params={"manager": words, "limit": 200}).json()["items"]
    assert found == []
    for path in (f"{V1}/orders/{{}}", f"{V1}/kpi/{{}}?from=2026-01-01&to=2026-02-01"):
        assert client.get(path.format(quote(words, safe=""))).status_code < 500
    assert client.get(f"{V1}/kpi/orders_received", params={"from": words, "to": words, "by": words}).status_code == 422


def test_ids_of_other_peoples_sessions_and_tokens_open_nothing(gated: Gated, clients: dict[Role, httpx.Client]) -> None:
    with gated.sessions() as session:
        hashes = session.execute(text("SELECT id, encode(token_hash, 'hex') AS kept, prefix FROM api_tokens")).all()
    for row in hashes:
        for guess in (str(row.id), row.kept, row.prefix, f"oms_{row.id}", f"oms_{row.kept}"):
            headers = {"Authorization": f"Bearer {guess}"}
            assert httpx.get(f"{gated.address}{V1}/me", headers=headers).status_code == 401
            assert httpx.get(f"{gated.address}{V1}/me", cookies={"cadence_session": guess}).status_code == 401
