"""Whatever a page may be refused is said in the person's language, and what is at fault with it."""

import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import oms_core
from dashboard import refusals, translation
from dashboard.refusals import say, say_fault, say_need, say_rows
from oms_core.customers.registration import CustomerRef
from oms_core.door import _GUARDS
from oms_core.errors import Busy, Conflict, DatabaseAway, Invalid, OmsError
from oms_core.orders.placement_request import LineRequest, PlacementRequest, refuse_malformed
from oms_core.workflow.lifecycle import Situation, missing_for
from oms_core.workflow.models import Group

CORE = Path(oms_core.__file__).parent
ROOMS = ("access", "orders", "inventory", "billing", "purchasing", "customers", "catalog", "steering")
KINDS = {"OmsError", "NotFound", "Conflict", "Invalid", "Forbidden"}
# No page puts products, sends keys of its own, hands on a foreign place in a list or asks for states nobody knows.
FOR_PROGRAMS = {"invalid_product", "key_reused", "invalid_cursor", "unknown_state"}
CHOSEN_WHILE_RUNNING = {"reason_required", "unknown_reason", "inactive_reason", "unknown_supplier", "unknown_warehouse"}
FAULTS_OF_PROGRAMS = ("must be one of", "is not of this list", "must name its time zone", "must be b2b or b2c",
                      "must be a fraction", "is no status")  # fmt: skip


def calls() -> Iterator[ast.Call]:
    files = [CORE / "door.py", *(file for room in ROOMS for file in (CORE / room).rglob("*.py"))]
    for file in sorted(files):
        yield from (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))


def codes() -> set[str]:
    given = {
        word.value.value
        for call in calls()
        for word in call.keywords
        if word.arg == "code" and isinstance(word.value, ast.Constant)
    }
    guards = {code for _kind, code, _message in _GUARDS.values()}
    return given | guards | CHOSEN_WHILE_RUNNING | {Busy.code, DatabaseAway.code}


def fault_messages() -> set[str]:
    """Every message of a field at fault as the source words it, with 7 wherever something is filled in."""
    named = [call.args[-1] for call in calls() if isinstance(call.func, ast.Name) and call.func.id.endswith("fault")
             and call.args]  # fmt: skip
    rows = [
        value
        for call in calls()
        for node in ast.walk(call)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "message"
    ]
    return {text for node in [*named, *rows] if (text := _text(node))}


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


@pytest.fixture
def russian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "language", lambda: "ru")


def test_every_code_that_a_page_may_be_refused_with_has_a_sentence() -> None:
    assert len(codes()) > 40
    assert codes() - refusals.SENTENCES.keys() == FOR_PROGRAMS


def test_every_refusal_of_these_rooms_has_a_code_of_its_own() -> None:
    nameless = [
        ast.unparse(call)
        for call in calls()
        if isinstance(call.func, ast.Name) and call.func.id in KINDS and "code" not in {w.arg for w in call.keywords}
    ]
    assert nameless == []


@pytest.mark.usefixtures("russian")
def test_every_fault_of_a_field_is_said() -> None:
    messages = {text for text in fault_messages() if not text.startswith(FAULTS_OF_PROGRAMS)}
    assert len(messages) > 15
    assert {text for text in messages if say_fault(text) == refusals.display.plain(text)} == set()


@pytest.mark.usefixtures("russian")
def test_whatever_an_order_lacks_is_said() -> None:
    facts = {"has_lines": True, "ready_lines": 0, "holds": ("fraud *check*",)}
    short = Situation(group=Group.CONFIRM, open_lines=2, short_lines=2, **facts)
    needs = [*missing_for(Group.PICK, short), *missing_for(Group.DONE, short)]
    needs += missing_for(Group.PICK, Situation(group=Group.CONFIRM, open_lines=0, short_lines=0, **facts))
    assert [say_need(need) for need in dict.fromkeys(needs)] == [
        "снятия удержания (fraud \\*check\\*)",
        "товара для 2 строк",
        "отгрузки 2 строк",
        "открытых позиций для отгрузки",
    ]


@pytest.mark.usefixtures("russian")
def test_an_order_that_cannot_be_placed_names_its_fields_in_words() -> None:
    lines = [LineRequest(sku="A", quantity=Decimal(1)), LineRequest(sku="B-2", quantity=Decimal("1.00001"))]
    request = PlacementRequest(
        channel="desk", customer=CustomerRef(name="Ann", email="ann"), lines=tuple(lines), external_ref=None,
        idempotency_key=None, warehouse=None, allow_backorder=True, shipping=Decimal(0), comment="", ship_to=None,
        requested_at=None, manager=None, hold_minutes=None,
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        refuse_malformed(request)
    assert say(refused.value) == "Заказ нельзя оформить."
    assert say_rows(refused.value) == [
        "Эл. почта **ann** — не адрес почты",
        "Строка 2 · Кол-во **1\\.00001** — больше 0, не более трёх знаков после запятой",
    ]


@pytest.mark.usefixtures("russian")
def test_quantities_at_fault_are_told_line_by_line() -> None:
    rows = [{"position": 2, "quantity": "3.000", "open": "1.500"}]
    assert say_rows(Conflict("…", code="exceeds_open", rows=rows)) == ["Строка 2: 1,5 из 3"]
    rows = [{"field": "lines[0].quantity", "sku": "A_1", "requested": "5", "available": "0"}]
    assert say_rows(Conflict("…", code="short_of_stock", rows=rows)) == ["A\\_1: 0 из 5"]


@pytest.mark.usefixtures("russian")
def test_what_has_no_sentence_is_told_as_it_was_worded_and_cannot_act_as_markdown() -> None:
    assert say(OmsError("It is *so*", code="unheard_of")) == "It is \\*so\\*"
    assert say(Conflict("Without rows", code="not_permitted")) == "Without rows"
