"""Batch entry: lines of an order pasted or uploaded as `sku;quantity;price`, priced, each fault with its row."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.orders.entry_document import EntryDocument, EntryLine
from oms_core.orders.entry_pricing import EntryPrice, price_entry
from oms_core.orders.placement_request import MAX_LINES, Fault, fault

SEPARATORS = ("\t", ";", ",")
MOST_CHARACTERS = 1_000_000
_FIELDS = ("sku", "quantity", "unit_price")
_HEADERS = {
    "sku": ("sku", "article", "item", "code", "артикул", "товар", "код", "symbol", "indeks", "kod", "货号", "商品编码"),
    "quantity": ("quantity", "qty", "count", "количество", "кол-во", "кол", "ilość", "ilosc", "szt", "数量"),
    "unit_price": ("price", "unit_price", "unit price", "цена", "cena", "单价", "价格"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A line as it was read: where it stands in the text, and what it says."""

    row: int
    line: EntryLine


@dataclass(frozen=True, slots=True)
class BatchFault:
    """A row that cannot be taken: where it stands, what it says, and why not (``faults`` by field)."""

    row: int
    text: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """What was pasted, apart: lines that can be taken, each priced, and rows that cannot."""

    lines: tuple[BatchLine, ...]
    prices: tuple[EntryPrice, ...]
    faults: tuple[BatchFault, ...]


def read_batch(pasted: str) -> tuple[list[BatchLine], list[BatchFault]]:
    """Read text whose fields are parted by tabs, semicolons or commas; a header may name them in any order.

    A quantity left out is one; empty rows are skipped. What cannot be read comes back with its row, nothing is
    guessed. Raises ``Invalid`` (``batch_too_large``).
    """
    if len(pasted) > MOST_CHARACTERS:
        raise _too_large(len(pasted))
    lines: list[BatchLine] = []
    faults: list[BatchFault] = []
    order: Sequence[str] = _FIELDS
    for row, cells in _rows(pasted):
        if not lines and not faults and (named := _header(cells)):
            order = named
            continue
        told = dict(zip(order, cells, strict=False))
        if len(cells) > len(order) or not told.get("sku"):
            message = "is needed" if len(cells) <= len(order) else "has too many fields"
            faults.append(BatchFault(row, ";".join(cells), (fault("sku", None, message),)))
            continue
        lines.append(BatchLine(row, EntryLine(told["sku"], told.get("quantity") or "1", told.get("unit_price", ""))))
    if len(lines) > MAX_LINES:
        raise _too_large(len(lines))
    return lines, faults


@requires(Permission.ORDER_PLACE)
def check_batch(session: Session, *, channel: str, pasted: str, now: datetime) -> CheckedBatch:
    """Price what was pasted by a channel's terms and say row by row what cannot be taken; nothing is written."""
    lines, unread = read_batch(pasted)
    document = EntryDocument(channel=channel, lines=tuple(one.line for one in lines))
    priced = price_entry(session, document=document, now=now)
    good: list[tuple[BatchLine, EntryPrice]] = []
    bad = list(unread)
    for one, price in zip(lines, priced.lines, strict=False):
        if price.faults:
            told = ";".join(text for text in (one.line.sku, one.line.quantity, one.line.unit_price) if text)
            bad.append(BatchFault(one.row, told, tuple(_of_the_row(wrong) for wrong in price.faults)))
        else:
            good.append((one, price))
    lines_taken, prices = tuple(one for one, _ in good), tuple(price for _, price in good)
    return CheckedBatch(lines_taken, prices, tuple(sorted(bad, key=lambda one: one.row)))


def _rows(pasted: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, by the number of the line on which each ends."""
    texts = pasted.lstrip("\ufeff").replace("\0", "").splitlines()
    separator = next((mark for mark in SEPARATORS if any(mark in text for text in texts)), ";")
    reader = csv.reader(texts, delimiter=separator)
    for cells in reader:
        stripped = [cell.strip() for cell in cells]
        while stripped and not stripped[-1]:
            stripped.pop()
        if stripped:
            yield reader.line_num, stripped


def _header(cells: Sequence[str]) -> list[str] | None:
    """The fields by the words of the first row; None where it is a line already."""
    named = {word: name for name, words in _HEADERS.items() for word in words}
    fields = [named.get(cell.lower().rstrip("."), "") for cell in cells]
    return fields if "sku" in fields and len(cells) > 1 and "quantity" in fields else None


def _of_the_row(wrong: Fault) -> Fault:
    return {**wrong, "field": str(wrong["field"]).rpartition(".")[2]}


def _too_large(size: int) -> Invalid:
    rows = [fault("lines", size, f"may hold at most {MAX_LINES} lines")]
    return Invalid("This is too much for one order.", code="batch_too_large", rows=rows)
