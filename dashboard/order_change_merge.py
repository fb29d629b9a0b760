"""An edit as it is typed, beside what others saved meanwhile: both kept, and either taken field by field. Pure."""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms_core.orders.change_document import CLEARABLE, TOTALS, Document, LineEdit, OrderEdit, differences

Key = tuple[str, int | None]
HEADER = ("ship_to", "ship_region", "delivery_method", "shipping", "requested_at", "comment")
_OF_LINE = ("quantity", "unit_price", "discount")


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that differs from what is saved: what it was, what others made of it and what was typed."""

    field: str
    position: int | None
    sku: str
    before: Any
    theirs: Any
    yours: Any
    is_clash: bool

    @property
    def key(self) -> Key:
        """What it is known by in a document."""
        return self.field, self.position


def clashes(base: Document, saved: Document, typed: Document) -> list[Clash]:
    """List each field in which what was typed or what is saved differs from the version that typing began with.

    Lines that were added, without a position yet, clash with nobody.
    """
    theirs = {(one.field, one.position): one for one in differences(base, saved) if one.field not in TOTALS}
    yours = {(one.field, one.position): one for one in differences(base, _placed(typed)) if one.field not in TOTALS}
    found = []
    for key in [*yours, *(key for key in theirs if key not in yours)]:
        mine, other = yours.get(key), theirs.get(key)
        one = mine or other
        if one is None or one.field == "promised_at":
            continue
        is_clash = mine is not None and other is not None and mine.after != other.after
        found.append(
            Clash(
                one.field, one.position, one.sku, one.before, other.after if other else one.before,
                mine.after if mine else one.before, is_clash,
            )
        )  # fmt: skip
    return found


def merged(base: Document, saved: Document, typed: Document, *, take_theirs: Collection[Key] = ()) -> Document:
    """What is saved with everything that was typed on top, but for the fields where theirs is taken."""
    result = deepcopy(saved)
    lines = {line["position"]: line for line in result["lines"]}
    was = {line["position"]: line for line in base["lines"]}
    for one in differences(base, _placed(typed)):
        if one.field in TOTALS or (one.field, one.position) in take_theirs or one.field == "promised_at":
            continue
        if one.position is None:
            result[one.field] = one.after
        elif one.field == "line":
            lines.pop(one.position, None)
        else:  # a line that they removed meanwhile comes back with what was typed into it, as a new one
            line = lines.get(one.position)
            if line is None:
                line = lines[one.position] = dict(was[one.position]) | {"position": None}
            line[one.field] = one.after
    added = [line for line in typed["lines"] if line["position"] is None]
    result["lines"] = [*lines.values(), *added]
    return result


def edit_of(base: Document, typed: Document) -> OrderEdit:
    """The edit that makes what was typed of what is saved: it names only what differs."""
    changed = [name for name in HEADER if base[name] != typed[name]]
    cleared = frozenset(name for name in changed if name in CLEARABLE and typed[name] in (None, "", {}))
    given = {name: _typed(name, typed[name]) for name in changed if name not in cleared}
    return OrderEdit(lines=_line_edits(base["lines"], typed["lines"]), cleared=cleared, **given)


def _placed(typed: Document) -> Document:
    return typed | {"lines": [line for line in typed["lines"] if line["position"] is not None]}


def _line_edits(before: Sequence[Mapping[str, Any]], typed: Sequence[Mapping[str, Any]]) -> list[LineEdit] | None:
    known = {line["position"]: line for line in before}
    if [line["position"] for line in typed] == list(known) and all(
        line[name] == known[line["position"]][name] for line in typed for name in ("sku", *_OF_LINE)
    ):
        return None
    return [_line_edit(line, known.get(line["position"])) for line in typed]


def _line_edit(line: Mapping[str, Any], before: Mapping[str, Any] | None) -> LineEdit:
    """Names only what differs; of a new line what was typed, the rest the price list tells."""
    terms = {
        name: Decimal(line[name])
        for name in ("unit_price", "discount")
        if line[name] is not None and (before is None or before[name] != line[name])
    }
    return LineEdit(line["sku"], Decimal(line["quantity"]), line["position"], **terms)


def _typed(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever the field holds
    if name == "requested_at":
        return datetime.fromisoformat(value)
    return Decimal(value) if name == "shipping" else value
