"""Mappings kept for each source, and what is guessed from a header."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.errors import Conflict, Invalid, NotFound
from pipelines.imports.guessing import guess_columns
from pipelines.imports.kept_mappings import list_mappings, remove_mapping, save_mapping


@pytest.fixture
def now(session: Session):
    return session.scalar(text("SELECT now()"))


RETAIL = {"columns": {"external_ref": "Invoice"}, "options": {"history": True}}


def test_a_mapping_is_kept_changed_and_forgotten_by_its_version(session: Session, actor: Actor, now) -> None:
    facts = {"actor": actor, "now": now, "name": "Retail"}
    assert save_mapping(session, **facts, document=RETAIL) == 1
    assert save_mapping(session, **facts, document={}, version=1) == 2
    assert [(kept.name, kept.document, kept.version) for kept in list_mappings(session)] == [("Retail", {}, 2)]
    with pytest.raises(Conflict):
        save_mapping(session, **facts, document=RETAIL, version=1)
    with pytest.raises(Conflict):
        save_mapping(session, **facts, document=RETAIL)
    with pytest.raises(Conflict):
        remove_mapping(session, **facts, version=1)
    remove_mapping(session, **facts, version=2)
    assert list_mappings(session) == []
    with pytest.raises(NotFound):
        remove_mapping(session, **facts, version=2)


def test_a_mapping_that_cannot_be_used_is_not_kept(session: Session, actor: Actor, now) -> None:
    with pytest.raises(Invalid) as refused:
        save_mapping(session, actor=actor, now=now, name="x", document={"columns": {"colour": "Farbe"}})
    assert refused.value.rows[0]["field"] == "columns.colour"
    with pytest.raises(Invalid):
        save_mapping(session, actor=actor, now=now, name=" ", document=RETAIL)


@pytest.mark.parametrize(
    "header",
    [
        ["Invoice", "StockCode", "Quantity", "InvoiceDate", "Price"],
        ["Номер заказа", "Артикул", "Количество", "Дата", "Цена"],
        ["Numer zamówienia", "Kod produktu", "Ilość", "Data zamówienia", "Cena"],
        ["订单号", "商品编码", "数量", "下单时间", "单价"],
        ["external_ref", "sku", "quantity", "placed_at", "unit_price"],
    ],
)
def test_a_header_is_understood_in_each_language(header: list[str]) -> None:
    assert guess_columns(header) == dict(
        zip(["external_ref", "sku", "quantity", "placed_at", "unit_price"], header, strict=True)
    )


def test_a_column_is_guessed_once_and_an_unknown_one_never() -> None:
    assert guess_columns(["sku", "Stock code", "Colour"]) == {"sku": "sku"}
