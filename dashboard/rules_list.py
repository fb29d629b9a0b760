"""The list of rules: by theme, to be searched, filtered, switched and opened."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display, rules_actions
from dashboard.condition_words import CHANGES
from dashboard.filters import in_address
from dashboard.rules_words import SEVERITIES, STATES, rank, said, scope, state_of, theme, when
from dashboard.translation import _, ngettext
from oms_core.workflow.validation import RuleView

OPENED = "opened_rule"
_GRID_HEIGHT = 646
_PHONE_ORDER = ("name", "state", "severity", "theme", "when", "scope", "hits", "version")


def choose_filters() -> dict[str, str]:
    """The filters behind one button, which tells how many of them narrow the list."""
    chosen = {key: st.session_state.get(key, "") for key in ("state", "severity", "change")}
    count = sum(bool(value) for value in chosen.values())
    label = _("Filters · {count}").format(count=count) if count else _("Filters")
    with st.popover(label, icon=":material/tune:"):
        states = {code: _(word) for code, (word, _color) in STATES.items()} | {"changed": _("Changed by us")}
        return {
            "state": _choice("state", _("State"), states),
            "severity": _choice(
                "severity", _("What it does"), {code.value: _(word) for code, (word, _color) in SEVERITIES.items()}
            ),
            "change": _choice("change", _("Change"), {code: _(name) for code, name in CHANGES.items()}),
        }


def matching(rules: Sequence[RuleView], q: str, chosen: Mapping[str, str]) -> list[RuleView]:
    """The rules that the search and the filters leave, the shop's own first, then the library by theme."""
    words = q.lower().split()
    left = [rule for rule in rules if _fits(rule, chosen) and all(word in _text(rule) for word in words)]
    return sorted(left, key=rank)


def show_list(rules: Sequence[RuleView], hits: Mapping[str, int], *, may_edit: bool) -> None:
    """Show the rules to be opened; who may edit switches the selected ones."""
    bar = st.container(horizontal=True, vertical_alignment="center", key="bulk-bar")
    state: Any = st.dataframe(
        _frame(rules, hits), key=f"rules_{hash(tuple((rule.code, rule.version) for rule in rules))}",
        column_config=_columns(), column_order=_PHONE_ORDER if display.on_phone() else None,
        hide_index=True, row_height=34, alt=_("Rules with what they do and when"),
        height=min(_GRID_HEIGHT, 36 + 34 * len(rules)), on_select="rerun" if may_edit else "ignore",
        selection_mode="multi-row",
    )  # fmt: skip
    places = state.selection.rows if may_edit else []
    selected = [rules[place] for place in places if place < len(rules)]
    with bar:
        if selected:
            _show_switches(selected)
        else:
            active = sum(rule.is_active for rule in rules)
            told = ngettext("**{count}** rule", "**{count}** rules", len(rules)).format(count=len(rules))
            switched_on = _("{count} active").format(count=active)
            st.markdown(f"{told} · {switched_on}")


def _show_switches(selected: Sequence[RuleView]) -> None:
    off, on = ([rule.code for rule in selected if rule.is_active is state] for state in (False, True))
    st.button(
        _("Activate {count}").format(count=len(off)), key="activate_rules", disabled=not off, type="primary",
        on_click=rules_actions.switch, args=(off,), kwargs={"on": True},
    )  # fmt: skip
    st.button(
        _("Switch off {count}").format(count=len(on)), key="deactivate_rules", disabled=not on,
        on_click=rules_actions.switch, args=(on,), kwargs={"on": False},
    )  # fmt: skip


def _choice(key: str, label: str, names: Mapping[str, str]) -> str:
    offered = {"": _("Any"), **names}
    chosen: str = st.selectbox(
        label, list(offered), format_func=offered.__getitem__, **in_address(key, list(offered), "")
    )
    return chosen


def _fits(rule: RuleView, chosen: Mapping[str, str]) -> bool:
    state, severity, change = chosen["state"], chosen["severity"], chosen["change"]
    states = {"": True, "active": rule.is_active, "off": not rule.is_active, "changed": rule.version > 1}
    return (
        states.get(state, True)
        and severity in ("", rule.severity.value)
        and (not change or rule.changes is None or change in rule.changes)
    )


def _text(rule: RuleView) -> str:
    return " ".join((rule.code, rule.field, said(rule, "name"), said(rule, "message"), rule.name, theme(rule))).lower()


def _frame(rules: Sequence[RuleView], hits: Mapping[str, int]) -> pl.DataFrame:
    return pl.DataFrame({
        "name": [said(rule, "name") for rule in rules],
        "theme": [theme(rule) for rule in rules],
        "state": [[state_of(rule)] for rule in rules],
        "severity": [[_(SEVERITIES[rule.severity][0])] for rule in rules],
        "when": [when(rule) for rule in rules],
        "scope": [scope(rule) or display.NOTHING for rule in rules],
        "hits": [hits.get(rule.code, 0) for rule in rules],
        "version": [rule.version for rule in rules],
    })  # fmt: skip


def _columns() -> dict[str, Any]:
    column, name_width = st.column_config, 210 if display.on_phone() else 265
    states = {_(word): color for word, color in STATES.values()}
    severities = {_(word): color for word, color in SEVERITIES.values()}
    return {
        "name": column.ButtonColumn(
            _("Rule"), type="tertiary", alignment="left", key=OPENED, pinned=True, width=name_width
        ),
        "theme": column.TextColumn(_("About"), width=145),
        "state": column.MultiselectColumn(_("State"), options=list(states), color=list(states.values()), width=100),
        "severity": column.MultiselectColumn(
            _("What it does"), options=list(severities), color=list(severities.values()), width=125
        ),
        "when": column.TextColumn(_("When it is asked"), width=150),
        "scope": column.TextColumn(_("Only for"), width=115),
        "hits": column.NumberColumn(_("Hits, 30 days"), width=140),
        "version": column.NumberColumn(_("Version"), width=70),
    }  # fmt: skip
