"""Segments: conditions put together by hand, counted as they are, saved under a name."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import customer_actions, customer_reads, display, reads
from dashboard.customer_words import FIELDS, KINDS, OPERATIONS, RFM
from dashboard.identity import may
from dashboard.layout import section
from dashboard.navigation import go
from dashboard.notices import show_notices
from dashboard.translation import _, ngettext
from dashboard.words import category_name
from oms_core.access.permissions import Permission
from oms_core.customers.segment_conditions import OPERATIONS as KNOWN
from oms_core.customers.segments import SegmentView
from oms_core.errors import Invalid

ROWS_KEY, _LIST = "_segment_rows", "app_pages/customers.py"
_NUMBERS = ("orders", "value", "last_order")


def show_segments(saved: Sequence[SegmentView]) -> None:
    """Show the saved segments with who is in them, and the builder of a new one."""
    for segment in saved:
        _show_saved(segment)
    if may(Permission.CUSTOMER_EDIT):
        _show_builder()


def conditions_words(conditions: Sequence[Mapping[str, Any]]) -> str:
    """The conditions as a sentence."""
    return "; ".join(_condition_words(one) for one in conditions)


def _show_saved(segment: SegmentView) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"segment_{segment.id}"):
        told = f"**{display.plain(segment.name)}**  \n:gray[{display.plain(conditions_words(segment.conditions))}]"
        st.markdown(told, width="stretch")
        count = customer_reads.count(segment.conditions)
        st.markdown(customers(count), width="content")
        if st.button(_("Show"), key=f"show_segment_{segment.id}", icon=":material/list:"):
            go(_LIST, segment=str(segment.id))
        if may(Permission.CUSTOMER_EDIT):
            st.button(
                _("Remove"), key=f"remove_segment_{segment.id}", icon=":material/delete:",
                on_click=customer_actions.forget_segment, args=(segment.id, segment.version),
            )  # fmt: skip


def customers(count: int) -> str:
    """Write a number of customers."""
    return ngettext("{count} customer", "{count} customers", count).format(count=display.number(count))


def _show_builder() -> None:
    rows: list[int] = st.session_state.setdefault(ROWS_KEY, [0])
    with section(_("New segment"), hint=_("Who meets all conditions is in it."), key="segment-builder"):
        conditions = [_ask_condition(row, rows) for row in list(rows)]
        st.button(_("Add a condition"), key="segment_more", icon=":material/add:", on_click=_add_row, args=(rows,))
        foot = st.container(horizontal=True, vertical_alignment="bottom")
        name = foot.text_input(_("Name of the segment"), key="segment_name", autocomplete="off", width=280) or ""
        try:
            foot.markdown(customers(customer_reads.count(conditions)), width="content")
            is_sound = True
        except Invalid:
            foot.caption(_("Complete the conditions to see who is in it."), width="content")
            is_sound = False
        ready = is_sound and bool(name.strip())
        if foot.button(_("Save segment"), key="segment_save", type="primary", disabled=not ready):
            if customer_actions.keep_segment(name, conditions) is not None:
                st.session_state[ROWS_KEY] = [max(rows) + 1]
                st.rerun()
            show_notices()


def _add_row(rows: list[int]) -> None:
    rows.append(max(rows) + 1)


def _ask_condition(row: int, rows: list[int]) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"segment_row_{row}"):
        fields = {code: _(words) for code, words in FIELDS.items()}
        field = st.selectbox(
            _("Of the customer"), list(fields), format_func=fields.__getitem__, key=f"field_{row}", width=200
        )
        offered = {code: _(OPERATIONS[code]) for code in KNOWN[str(field)]}
        op = st.selectbox(
            _("Comparison"), list(offered), format_func=offered.__getitem__, key=f"op_{row}_{field}", width=200
        )
        value: Any = _ask_value(str(field), row)
        condition = {"field": field, "op": op, "value": value}
        if field == "value":
            currencies = sorted({channel.currency for channel in reads.channels()})
            condition["currency"] = st.selectbox(_("Currency"), currencies, key=f"currency_{row}", width=100)
        if len(rows) > 1:
            st.button(":material/close:", key=f"drop_{row}", help=_("Remove this condition"), on_click=rows.remove,
                      args=(row,))  # fmt: skip
    return condition


def _ask_value(field: str, row: int) -> object:
    key, label = f"value_{row}_{field}", _("Value to compare with")
    if field in _NUMBERS:
        most = 100 if field == "value" else 1
        return int(st.number_input(label, min_value=0, value=most, step=1, key=key, width=140))
    if field in {"tag", "region"}:
        typed = st.text_input(label, key=key, autocomplete="off", width=220, placeholder=_("several by commas")) or ""
        words = [word.strip() for word in typed.split(",") if word.strip()]
        return [word.lower() for word in words] if field == "tag" else words
    names = _names(field)
    return st.multiselect(label, list(names), format_func=names.__getitem__, key=key, width=280, select_all=False,
                          placeholder=_("Choose"))  # fmt: skip


def _names(field: str) -> dict[str, str]:
    if field == "category":
        return {code: category_name(code) for code in customer_reads.categories()}
    return {code: _(words) for code, words in {"rfm": RFM, "kind": KINDS}[field].items()}


def _condition_words(one: Mapping[str, Any]) -> str:
    field, op, value = str(one["field"]), str(one["op"]), one["value"]
    if isinstance(value, list):
        names = {"rfm": RFM, "kind": KINDS}.get(field, {})
        said = ", ".join(_(names[word]) if word in names else category_name(word) if field == "category" else word
                         for word in value)  # fmt: skip
    elif field == "value":
        said = display.money(value, str(one["currency"]))
    else:
        said = display.number(value)
    return f"{_(FIELDS[field])} {_(OPERATIONS[op])} {said}"
