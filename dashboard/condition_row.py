"""One comparison of a condition: the field, what is asked of it, and with which value."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboard.condition_words import OPERATORS, choices_of, field_names
from dashboard.translation import _
from oms_core.workflow.builder import UNARY, operators_of
from oms_core.workflow.vocabulary import FIELDS_BY_PATH, Field, FieldType

_COMPARABLE = ("eq", "ne", "lt", "le", "gt", "ge")
_LISTED = ("in", "not_in")


def show_comparison(key: str, node: dict[str, Any], *, of_line: bool, on_remove: Callable[[], None]) -> None:
    """Show a comparison to be changed in place; ``node`` is kept up to date."""
    base = f"{key}_{node['id']}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{base}_row"):
        field = _choose_field(base, node, of_line=of_line)
        _choose_operator(base, node, field)
        if node["operator"] in UNARY:
            node["value"] = None
            node.pop("other", None)
        elif "other" in node:
            _choose_other(base, node, field, of_line=of_line)
        else:
            node["value"] = _ask_value(f"{base}_{field.path}_{_shape(node['operator'])}", node, field)
        _show_buttons(base, node, field, on_remove)


def _choose_field(base: str, node: dict[str, Any], *, of_line: bool) -> Field:
    names = field_names(of_line=of_line)
    paths = list(names)
    known = FIELDS_BY_PATH[node["field"]]
    path: str = st.selectbox(
        _("Field"), paths, index=paths.index(node["field"]), key=f"{base}_field", format_func=names.__getitem__,
        label_visibility="collapsed", help=_(known.hint) if known.hint else None, required=True,
    )  # fmt: skip
    if path != node["field"]:
        node.update(field=path, value=None, operator=operators_of(FIELDS_BY_PATH[path])[0])
        node.pop("other", None)
    return FIELDS_BY_PATH[path]


def _choose_operator(base: str, node: dict[str, Any], field: Field) -> None:
    names = {code: _(OPERATORS[code]) for code in operators_of(field)}
    codes = list(names)
    before = node["operator"] if node["operator"] in names else codes[0]
    node["operator"] = st.selectbox(
        _("Operator"), codes, index=codes.index(before), key=f"{base}_{field.path}_operator", required=True,
        format_func=names.__getitem__, label_visibility="collapsed", width=150,
    )  # fmt: skip
    if _shape(node["operator"]) != _shape(before):
        node["value"] = None
    if "other" in node and node["operator"] not in _COMPARABLE:
        node.pop("other")


def _shape(operator: str) -> str:
    """What kind of value an operator takes: widgets of another kind start empty."""
    return "list" if operator in _LISTED else "pair" if operator == "between" else "one"


def _choose_other(base: str, node: dict[str, Any], field: Field, *, of_line: bool) -> None:
    texts = (FieldType.TEXT, FieldType.CHOICE)
    names = {
        path: name
        for path, name in field_names(of_line=of_line).items()
        if path != field.path
        and (FIELDS_BY_PATH[path].type is field.type or (field.type in texts and FIELDS_BY_PATH[path].type in texts))
    }
    paths = list(names)
    node["other"] = st.selectbox(
        _("Other field"), paths, index=paths.index(node["other"]) if node["other"] in paths else 0, required=True,
        key=f"{base}_{field.path}_other", format_func=names.__getitem__, label_visibility="collapsed", width=200,
    )  # fmt: skip
    node["value"] = None


def _ask_value(key: str, node: dict[str, Any], field: Field) -> Any:  # noqa: ANN401 - as the field's type says
    value, operator, label = node["value"], node["operator"], _("Value")
    if field.type is FieldType.NUMBER:
        if operator != "between":
            return _ask_number(key, label, value)
        low, high = value or (None, None)
        return [_ask_number(f"{key}_low", _("From"), low), _ask_number(f"{key}_high", _("To"), high)]
    choices = dict(choices_of(field))
    if operator in _LISTED:
        chosen = list(value or [])
        return _ask_several(key, label, chosen, choices)
    if choices and field.type is FieldType.CHOICE:
        codes = list(choices) if value in choices or value is None else [value, *choices]
        names = {code: choices.get(code, code) for code in codes}
        return st.selectbox(
            label, codes, index=codes.index(value) if value in codes else 0, key=key, format_func=names.__getitem__,
            label_visibility="collapsed", required=True, width=170,
        )  # fmt: skip
    return st.text_input(label, value or "", key=key, label_visibility="collapsed", placeholder=label, width=170)


def _ask_several(key: str, label: str, chosen: Sequence[str], choices: dict[str, str]) -> list[str]:
    """Several values; where the shop defines them they are chosen, else typed."""
    names = {code: choices.get(code, code) for code in (*choices, *chosen)}
    return list(
        st.multiselect(
            label, list(names), default=list(chosen), key=key, format_func=lambda code: names.get(code, code),
            label_visibility="collapsed", accept_new_options=not choices, placeholder=label, width=200,
        )
    )  # fmt: skip


def _ask_number(key: str, label: str, value: float | None) -> float:
    asked = st.number_input(
        label, value=float(value or 0), step=1.0, format="%g", key=key, label_visibility="collapsed", width=110
    )
    return asked or 0.0


def _show_buttons(base: str, node: dict[str, Any], field: Field, on_remove: Callable[[], None]) -> None:
    if node["operator"] in _COMPARABLE and field.type is not FieldType.WORDS:
        with_field = "other" in node
        st.button(
            "", key=f"{base}_swap", type="tertiary",
            icon=":material/edit:" if with_field else ":material/compare_arrows:",
            help=_("Compare with a value") if with_field else _("Compare with another field"),
            on_click=_swap, args=(node,),
        )  # fmt: skip
    st.button("", key=f"{base}_remove", type="tertiary", icon=":material/close:", help=_("Remove"), on_click=on_remove)


def _swap(node: dict[str, Any]) -> None:
    if "other" in node:
        node.pop("other")
    else:
        node.update(other="", value=None)
