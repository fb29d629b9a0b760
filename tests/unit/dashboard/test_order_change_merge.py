"""Nothing that was typed is lost when others save first, and nothing that they saved is overwritten unseen."""

from decimal import Decimal
from typing import Any

from dashboard.order_change_merge import clashes, edit_of, merged
from oms_core.orders.change_document import LineEdit

ZERO = {"net": "0", "tax": "0", "gross": "0"}


def line(position: int | None, sku: str, quantity: str, price: str | None = "10.00", discount: str = "0.00") -> Any:
    """A line of a document."""
    return {"position": position, "sku": sku, "quantity": quantity, "unit_price": price, "discount": discount, **ZERO}


def document(*lines: Any, **header: Any) -> Any:
    """A document that says nothing but its lines and ``header``."""
    empty = dict.fromkeys(("ship_to", "ship_region", "delivery_method", "requested_at", "promised_at"))
    return {"lines": list(lines), **empty, "comment": "", "shipping": "0.00", **ZERO, "total": "0"} | header


BASE = document(line(1, "MUG", "3.000"), line(2, "CUP", "2.000"), comment="old", ship_to={"text": "Here 1"})


def test_an_edit_names_only_what_differs():
    typed = BASE | {"comment": "new", "lines": [line(1, "MUG", "4.000"), line(2, "CUP", "2.000")]}
    edit = edit_of(BASE, typed)
    assert edit.lines == [LineEdit("MUG", Decimal(4), 1), LineEdit("CUP", Decimal(2), 2)]
    assert (edit.comment, edit.shipping, edit.ship_to, edit.cleared) == ("new", None, None, frozenset())
    assert edit_of(BASE, BASE | {"comment": "x"}).lines is None


def test_what_is_emptied_is_cleared_and_what_is_added_takes_the_lists_price():
    typed = BASE | {"ship_to": {}, "comment": "", "lines": [*BASE["lines"], line(None, "TEA", "1.000", None)]}
    edit = edit_of(BASE, typed)
    assert edit.cleared == {"ship_to", "comment"}
    assert edit.lines is not None
    assert edit.lines[-1] == LineEdit("TEA", Decimal(1), None, None, Decimal(0))


def test_each_field_is_told_with_what_it_was_what_they_made_of_it_and_what_was_typed():
    saved = document(line(1, "MUG", "5.000"), line(2, "CUP", "2.000"), comment="theirs", ship_to={"text": "There 2"})
    typed = BASE | {"comment": "mine", "lines": [line(1, "MUG", "3.000"), line(2, "CUP", "1.000")]}
    told = {one.key: (one.before, one.theirs, one.yours, one.is_clash) for one in clashes(BASE, saved, typed)}
    assert told == {
        ("comment", None): ("old", "theirs", "mine", True),
        ("quantity", 2): ("2.000", "2.000", "1.000", False),
        ("ship_to", None): ({"text": "Here 1"}, {"text": "There 2"}, {"text": "Here 1"}, False),
        ("quantity", 1): ("3.000", "5.000", "3.000", False),
    }


def test_merging_keeps_what_was_typed_and_takes_theirs_everywhere_else():
    saved = document(line(1, "MUG", "5.000"), line(2, "CUP", "2.000"), comment="theirs", ship_to={"text": "There 2"})
    typed = BASE | {
        "comment": "mine",
        "lines": [line(1, "MUG", "3.000"), line(2, "CUP", "1.000"), line(None, "TEA", "1")],
    }
    result = merged(BASE, saved, typed)
    assert [(one["sku"], one["quantity"]) for one in result["lines"]] == [
        ("MUG", "5.000"),
        ("CUP", "1.000"),
        ("TEA", "1"),
    ]
    assert (result["comment"], result["ship_to"]) == ("mine", {"text": "There 2"})
    taken = merged(BASE, saved, typed, take_theirs={("comment", None), ("quantity", 2)})
    assert (taken["comment"], taken["lines"][1]["quantity"]) == ("theirs", "2.000")


def test_a_line_they_removed_comes_back_as_a_new_one_when_something_was_typed_into_it():
    saved = document(line(1, "MUG", "3.000"), comment="old", ship_to={"text": "Here 1"})
    typed = BASE | {"lines": [line(1, "MUG", "3.000"), line(2, "CUP", "7.000")]}
    assert [(one["position"], one["sku"], one["quantity"]) for one in merged(BASE, saved, typed)["lines"]] == [
        (1, "MUG", "3.000"), (None, "CUP", "7.000"),
    ]  # fmt: skip


def test_a_line_that_was_removed_here_stays_removed():
    saved = BASE | {"comment": "theirs"}
    typed = BASE | {"lines": [line(1, "MUG", "3.000")]}
    assert [one["position"] for one in merged(BASE, saved, typed)["lines"]] == [1]
