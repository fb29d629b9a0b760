"""Where a page of the queue begins: after the last row of the page before, by its key."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from oms_core.errors import Invalid
from oms_core.orders.views import Sort


@dataclass(frozen=True, slots=True)
class Cursor:
    """The key of the last row shown and its id beside it; by match, its rank as well."""

    key: str
    order_id: int
    rank: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        """What the conditions of the next page take."""
        return {"after_key": self.key, "after_id": self.order_id, "after_rank": self.rank}


def encode(sort: Sort, row: Sequence[Any]) -> str:
    """Name the row (id, key and, by match, rank) after which the next page begins."""
    order_id, key, *rank = row
    return base64.urlsafe_b64encode(json.dumps([sort.value, str(key), order_id, *rank]).encode()).decode()


def decode(cursor: str | None, sort: Sort) -> Cursor | None:
    """Read a cursor of a list sorted in this way; raises ``Invalid``."""
    if cursor is None:
        return None
    try:
        named, key, order_id, *rank = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        _check(sort, named, key, rank)
        return Cursor(key, int(order_id), int(rank[0]) if rank else None)
    except (ValueError, TypeError, InvalidOperation, binascii.Error):
        rows = [{"field": "cursor", "value": cursor[:100], "message": "is not of this list"}]
        raise Invalid("This cursor does not belong to this list.", code="invalid_cursor", rows=rows) from None


def _check(sort: Sort, named: str, key: str, rank: Sequence[Any]) -> None:
    if named != sort.value or len(rank) != (sort is Sort.MATCH):
        raise ValueError
    if sort in (Sort.VALUE, Sort.RISK):
        Decimal(key)
    elif key != "infinity":
        datetime.fromisoformat(key)
