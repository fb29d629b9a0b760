"""What people build says in CEL just what they built."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.errors import Invalid
from oms_core.workflow.builder import UNARY, operators_of, to_cel
from oms_core.workflow.cel import ConditionFailed, load_condition
from oms_core.workflow.vocabulary import FIELDS, Field, FieldType
from tests.unit.rules.sound_order import sound_order


def holds(builder: dict[str, Any], **differs: Any) -> bool:
    return load_condition(to_cel(builder)).holds(sound_order(differs))


def test_groups_nest_as_they_were_built() -> None:
    cheap = {"field": "order.total", "operator": "lt", "value": 10}
    paid = {"field": "order.is_paid", "operator": "is_true"}
    vip = {"field": "customer.tags", "operator": "has", "value": "vip"}
    builder = {"all": [paid, {"any": [cheap, vip]}]}
    assert to_cel(builder) == 'order.is_paid && (order.total < 10 || "vip" in customer.tags)'
    assert holds(builder, customer={"tags": ["vip"]})
    assert not holds(builder)
    assert holds({"none": [cheap, vip]})


def test_every_line_any_line_and_no_line() -> None:
    big = {"field": "line.quantity", "operator": "gt", "value": 5}
    lines = [{"quantity": 1.0}, {"quantity": 9.0}]
    assert holds({"lines": "any", "where": big}, lines=lines)
    assert not holds({"lines": "every", "where": big}, lines=lines)
    assert not holds({"lines": "none", "where": big}, lines=lines)


def test_what_is_unknown_meets_no_comparison() -> None:
    low = {"field": "order.margin_percent", "operator": "lt", "value": 10}
    high = {"field": "order.margin_percent", "operator": "ge", "value": 10}
    unknown = {"order": {"margin_percent": None}}
    assert not holds(low, **unknown)
    assert not holds(high, **unknown)
    assert holds({"field": "order.margin_percent", "operator": "is_unknown"}, **unknown)


def test_text_is_only_ever_text() -> None:
    for nasty in ('" || true || "', "\\", "'", "\n", "${x}", "żółć 李", '\\"'):
        builder = {"field": "order.comment", "operator": "eq", "value": nasty}
        assert holds(builder, order={"comment": nasty})
        assert not holds(builder, order={"comment": "something else"})


def test_two_fields_are_compared() -> None:
    builder = {"field": "order.paid", "operator": "ge", "other": "order.total"}
    assert holds(builder, order={"paid": 5.0, "total": 5.0})
    assert not holds(builder, order={"paid": 4.99, "total": 5.0})


@pytest.mark.parametrize(
    "builder",
    [
        {},
        {"all": []},
        {"all": "order.total"},
        {"any": [1]},
        {"field": "order.nothing", "operator": "eq", "value": 1},
        {"field": "line.sku", "operator": "eq", "value": "A"},
        {"field": "order.total", "operator": "contains", "value": 1},
        {"field": "order.total", "operator": "eq", "value": "1 || true"},
        {"field": "order.total", "operator": "eq", "value": float("nan")},
        {"field": "order.total", "operator": "eq", "value": True},
        {"field": "order.total", "operator": "between", "value": [1]},
        {"field": "order.comment", "operator": "in", "value": []},
        {"field": "customer.kind", "operator": "eq", "value": "b2x"},
        {"field": "order.total", "operator": "eq", "other": "order.comment"},
        {"lines": "some", "where": {"field": "line.sku", "operator": "is_empty"}},
        {"lines": "any", "where": {"lines": "any", "where": {"field": "line.sku", "operator": "is_empty"}}},
        {"all": [{"field": "order.is_paid", "operator": "is_true"}] * 61},
        {"all": [{"all": [{"all": [{"all": [{"all": [{"all": [{"all": [{"all": []}]}]}]}]}]}]}]},
    ],
)
def test_what_cannot_be_built_is_refused_and_the_place_named(builder: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        to_cel(builder)
    assert refused.value.code == "bad_condition"
    assert refused.value.rows[0]["field"].startswith("builder")


def _value(field: Field, operator: str) -> st.SearchStrategy[Any]:
    numbers = st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9))
    texts = (
        st.sampled_from(field.choices)
        if field.choices
        else st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
    )
    one = numbers if field.type is FieldType.NUMBER else texts
    if operator == "between":
        return st.lists(numbers, min_size=2, max_size=2)
    if operator in ("in", "not_in"):
        return st.lists(one, min_size=1, max_size=5)
    return st.just("^a") if operator in ("matches", "not_matches") else one


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(FIELDS))
    operator = draw(st.sampled_from(operators_of(field)))
    said = {"field": field.path, "operator": operator}
    if operator not in UNARY:
        said["value"] = draw(_value(field, operator))
    return {"lines": draw(st.sampled_from(["any", "every", "none"])), "where": said} if field.part == "line" else said


@settings(max_examples=400, deadline=None)
@given(st.recursive(comparisons(), lambda inner: st.builds(
    lambda name, parts: {name: parts}, st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=4)
), max_leaves=12))  # fmt: skip
def test_whatever_can_be_built_can_be_asked(builder: dict[str, Any]) -> None:
    try:
        written = to_cel(builder)
    except Invalid as refused:
        assert "nested" in str(refused)  # noqa: PT017 - the one thing that may be wrong with it
        return
    try:
        condition = load_condition(written)
    except ConditionFailed as failed:
        assert "more than" in str(failed) or "longer than" in str(failed)  # noqa: PT017 - beyond a limit, no worse
        return
    assert condition.holds(sound_order()) in {True, False}
