"""The page of imports: a file is tried, taken in and undone; who may not import has no such page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from shops import OpenShop
from sqlalchemy import create_engine, text
from streamlit.testing.v1 import AppTest

from dashboard import intake_faults
from dashboard.intake_faults import fault_words
from dashboard.intake_reads import Upload, rows_to_mend
from oms_core.access.actors import find_actor
from oms_core.db import make_sessions
from pipelines.imports.mapping import Mapping
from pipelines.imports.orders import import_orders

ROWS = (
    "Order number,Order date,Stock code,Product,Qty,Price,Customer\n"
    "P1,2026-02-03 09:15,PAGE-1,Tea,2,4.50,Ada\nP2,2026-02-03 10:15,PAGE-1,Tea,a lot,4.50,Bob\n"
)
_SENTENCES = re.compile(
    r'"(?:bad_number|bad_date|bad_status|missing|too_long|out_of_range|duplicate)", (?:pl\.format\()?f?"([^"]+)"'
)


def _uploaded(page: AppTest) -> AppTest:
    page.file_uploader(key="intake_file").upload("past.csv", ROWS.encode(), "text/csv")
    page.run()
    for option in ("history", "create_products"):
        next(box for box in page.checkbox if str(box.key).startswith(f"intake_{option}_")).check()
    return page.run()


def test_a_file_is_tried_taken_in_and_undone(empty_shop: OpenShop, browse: Callable[..., AppTest]) -> None:
    page = browse(empty_shop, "import_orders").run()
    assert not page.exception
    page = _uploaded(page)
    assert not page.exception
    page.button(key="intake_try").click().run()
    assert not page.exception
    assert [tile.value for tile in page.metric] == ["1", "0", "0", "1"]
    assert _orders(empty_shop) == 0
    page.button(key="intake_take").click().run()
    assert not page.exception
    assert _orders(empty_shop) == 1
    page.button(key="intake_undo").click().run()
    assert not page.exception
    assert _orders(empty_shop) == 0


def test_the_rejected_rows_come_back_as_a_file_with_their_reasons(empty_shop: OpenShop, tmp_path: Path) -> None:
    engine = create_engine(empty_shop.url)
    path = tmp_path / "past.csv"
    path.write_text(ROWS)
    mapping = Mapping(
        {"external_ref": "Order number", "placed_at": "Order date", "sku": "Stock code", "quantity": "Qty",
         "unit_price": "Price"}, create_products=True, history=True,
    )  # fmt: skip
    with make_sessions(engine)() as session:
        admin = find_actor(session, "admin")
    report = import_orders(engine, path, channel="desk", mapping=mapping, dry_run=True, actor=admin)
    mended = rows_to_mend(Upload("past.csv", ROWS.encode()), report)
    assert mended.columns[-2:] == ["Customer", "reasons"]
    assert mended.height == 1
    assert mended["Qty"].to_list() == ["a lot"]
    assert mended["reasons"][0] == "Qty: a lot is not a number"
    engine.dispose()


def test_what_is_wrong_with_a_row_is_said_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sentence that a check of the import can give has its words; a refused order is told by its code."""
    sources = [path.read_text() for path in Path("pipelines/imports").glob("*.py")]
    given = ["must be above 0", *(sentence for source in sources for sentence in _SENTENCES.findall(source))]
    assert len(given) >= 12
    monkeypatch.setattr(intake_faults, "_", lambda words: f"said: {words}")
    for sentence in given:
        reason = re.sub(r"\{.*?\}", "7", sentence)
        told = [fault_words("of_elsewhere", each) for each in (reason, f"x {reason}")]
        assert any(words.startswith("said") for words in told), sentence
    assert fault_words("unknown_warehouse", "its order was refused: …").startswith("said")
    assert fault_words("of_elsewhere", "as it was given") == "as it was given"


@pytest.mark.parametrize(("by", "may"), [("anna", False), ("admin", True)])
def test_only_who_may_import_has_the_page(
    full_shop: OpenShop, browse: Callable[..., AppTest], by: str, *, may: bool
) -> None:
    if may:
        assert not browse(full_shop, "import_orders", by=by).run().exception
    else:
        with pytest.raises(ValueError, match="import_orders"):
            browse(full_shop, "import_orders", by=by)


def _orders(shop: OpenShop) -> int:
    engine = create_engine(shop.url)
    with engine.connect() as connection:
        count: int = connection.execute(text("SELECT count(*) FROM orders")).scalar_one()
    engine.dispose()
    return count
