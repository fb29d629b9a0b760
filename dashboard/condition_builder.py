"""The builder of conditions: fields, operators and values in groups, for people who write no code."""

from collections.abc import Mapping
from itertools import count
from typing import Any

import streamlit as st

from dashboard.condition_row import show_comparison
from dashboard.translation import _

Node = dict[str, Any]
_JOINTS = ("all", "any", "none")
_HOW = ("any", "every", "none")
_DEEPEST = 3  # levels offered here; deeper ones are written as CEL
_IDS = count(1)


def build_condition(key: str, builder: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Let a condition be put together, from ``builder`` on; returns it as ``workflow.builder`` takes it, None if empty.

    What is being built lives under ``key``: another key begins anew.
    """
    place = f"{key}_tree"
    if place not in st.session_state:
        st.session_state[place] = _group_node(builder) if builder else _group_node({"all": []})
    tree: Node = st.session_state[place]
    with st.container(key=f"{key}_builder", gap="small"):
        _show_group(key, tree, depth=0, of_line=False)
    return _written(tree)


def _show_group(key: str, node: Node, *, depth: int, of_line: bool) -> None:
    names = {"all": _("All of these hold"), "any": _("At least one holds"), "none": _("None of these holds")}
    widget = f"{key}_{node['id']}_join"
    node["join"] = st.segmented_control(
        _("How the conditions are joined"), _JOINTS, default=node["join"], required=True, key=widget,
        format_func=names.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    for part in node["parts"]:
        _show_part(key, node, part, depth=depth, of_line=of_line)
    _show_adders(key, node, depth=depth, of_line=of_line)


def _show_part(key: str, parent: Node, part: Node, *, depth: int, of_line: bool) -> None:
    if part["kind"] == "test":
        show_comparison(key, part, of_line=of_line, on_remove=lambda: parent["parts"].remove(part))
        return
    with st.container(border=True, key=f"{key}_{part['id']}_box", gap="small"):
        if part["kind"] == "group":
            _show_remover(key, parent, part, _("Group"))
            _show_group(key, part, depth=depth + 1, of_line=of_line)
            return
        _show_remover(key, parent, part, _("Lines of the order"))
        names = {"any": _("At least one line"), "every": _("Every line"), "none": _("No line")}
        part["how"] = st.segmented_control(
            _("Which lines"), _HOW, default=part["how"], required=True, key=f"{key}_{part['id']}_how",
            format_func=names.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        _show_group(key, part["where"], depth=depth + 1, of_line=True)


def _show_remover(key: str, parent: Node, part: Node, title: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{title}**", width="stretch")
        st.button(
            _("Remove"), key=f"{key}_{part['id']}_remove", icon=":material/close:", type="tertiary",
            on_click=parent["parts"].remove, args=(part,),
        )  # fmt: skip


def _show_adders(key: str, node: Node, *, depth: int, of_line: bool) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Condition"), key=f"{key}_{node['id']}_add", icon=":material/add:", type="tertiary",
            on_click=_add, args=(node, "line.quantity" if of_line else "order.total"),
        )  # fmt: skip
        if depth < _DEEPEST and not of_line:
            st.button(
                _("Condition on lines"), key=f"{key}_{node['id']}_lines", icon=":material/list:", type="tertiary",
                on_click=lambda: node["parts"].append(_lines_node({"lines": "any", "where": {"all": []}})),
            )  # fmt: skip
        if depth < _DEEPEST:
            st.button(
                _("Group"), key=f"{key}_{node['id']}_group", icon=":material/data_object:", type="tertiary",
                on_click=lambda: node["parts"].append(_group_node({"any": []})),
            )  # fmt: skip


def _add(node: Node, path: str) -> None:
    node["parts"].append({"id": next(_IDS), "kind": "test", "field": path, "operator": "ge", "value": None})


def _node(part: Mapping[str, Any]) -> Node:
    if "lines" in part:
        return _lines_node(part)
    if "field" in part:
        return {"id": next(_IDS), "kind": "test", "value": None, **part}
    return _group_node(part)


def _lines_node(part: Mapping[str, Any]) -> Node:
    where = _group_node(part["where"])
    return {"id": next(_IDS), "kind": "lines", "how": part["lines"], "where": where}


def _group_node(part: Mapping[str, Any]) -> Node:
    """A group; a single comparison becomes a group of one, so that there is always one to add to."""
    join = next((name for name in _JOINTS if name in part), None)
    parts = [_node(one) for one in part[join]] if join else [_node(part)]
    return {"id": next(_IDS), "kind": "group", "join": join or "all", "parts": parts}


def _written(node: Node) -> dict[str, Any] | None:
    """The condition without our ids; groups in which nothing stands yet are left out."""
    if node["kind"] == "test":
        return {name: node[name] for name in ("field", "operator", "value", "other") if node.get(name) is not None}
    if node["kind"] == "lines":
        where = _written(node["where"])
        return where and {"lines": node["how"], "where": where}
    parts = [written for part in node["parts"] if (written := _written(part)) is not None]
    return {node["join"]: parts} if parts else None
