"""The form of a rule of alerts."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import streamlit as st

from dashboard import alert_actions, alert_words
from dashboard.notices import show_notices
from dashboard.people_words import ROLES
from dashboard.target_words import metric_names
from dashboard.translation import _
from oms_core.access.models import Role
from oms_core.steering.alert_rules import RuleTerms, RuleView
from oms_core.steering.models import AlertKind
from pipelines.metrics import METRICS, Lens, Metric, Unit
from pipelines.steering.target_lines import read_target
from pipelines.steering.watching import lens_of

_TOLD = (Role.EXECUTIVE, Role.LEAD, Role.BUYER)


def ask_rule(channel: str, present: RuleView | None = None) -> None:
    """Open the form of a new rule, or of one that is kept."""
    title = _("Watch a figure") if present is None else _("Change the rule")
    st.dialog(title, position="right")(show_rule_form)(channel, present)


def show_rule_form(channel: str, present: RuleView | None) -> None:
    """Ask for a rule and keep it."""
    was = RuleTerms("", channel, "orders_received", AlertKind.DEVIATION) if present is None else present.terms
    names = metric_names()
    codes = list(names)
    place = codes.index(was.metric) if was.metric in codes else 0
    code = str(st.selectbox(_("Figure"), codes, place, format_func=names.__getitem__, key="rule_metric"))
    name = st.text_input(
        _("Name"), value=was.name, placeholder=names[code], key="rule_name", max_chars=100, autocomplete="off"
    )
    said: dict[str, Any] = {"name": (name or "").strip() or METRICS[code].label, "metric": code}
    try:
        terms = replace(was, **said, **_ask_when(was, METRICS[code]), cut=_ask_cut(was), roles=_ask_roles(was))
    except ValueError:
        st.error(_("A bound is a number, or a share such as 95 %."))
        return
    if st.button(_("Keep the rule"), key="rule_keep", type="primary", width="stretch"):
        if alert_actions.keep(terms, present):
            st.rerun()
        show_notices()


def _ask_when(was: RuleTerms, metric: Metric) -> dict[str, Any]:
    """The kind of the rule with what it takes; raises ``ValueError`` for a bound that is no number."""
    offered = [kind for kind in alert_words.KINDS if lens_of(metric) is not Lens.NOW or kind == AlertKind.THRESHOLD]
    kinds = {kind: _(alert_words.KINDS[kind]) for kind in offered}
    place = offered.index(was.kind) if was.kind in offered else 0
    kind = str(st.radio(_("Alert when"), offered, place, format_func=kinds.__getitem__, key=f"rule_{len(offered)}"))
    if kind == AlertKind.DEVIATION:
        degrees = {degree: _(words) for degree, words in alert_words.SENSITIVITIES.items()}
        place = list(degrees).index(str(was.sensitivity.normalize()))
        degree = st.radio(
            _("Sensitivity"), list(degrees), place, format_func=degrees.__getitem__, key="rule_sensitivity"
        )
        return {"kind": kind, "sensitivity": Decimal(str(degree)), "lower": None, "upper": None, "days": 1}
    hint = {Unit.SHARE: _("Such as 95 %"), Unit.HOURS: _("In hours")}.get(metric.unit, "")
    facts: dict[str, Any] = {"placeholder": hint, "autocomplete": "off"}
    lower = st.text_input(_("Lower bound"), value=_typed(was.lower, metric.unit), key="rule_lower", **facts) or ""
    upper = st.text_input(_("Upper bound"), value=_typed(was.upper, metric.unit), key="rule_upper", **facts) or ""
    days = st.number_input(_("Finished days that count together"), 1, 28, was.days, key="rule_days")
    bounds = [read_target(one, metric.unit) if one.strip() else None for one in (lower, upper)]
    return {"kind": kind, "lower": bounds[0], "upper": bounds[1], "days": int(days)}


def _ask_cut(was: RuleTerms) -> str:
    cuts = {cut: _(words) for cut, words in alert_words.CUTS.items()}
    chosen = st.selectbox(
        _("Of what"), list(cuts), list(cuts).index(was.cut), format_func=cuts.__getitem__, key="rule_cut",
        help=_("Of a cut each of its larger parts is watched by itself."),
    )  # fmt: skip
    return str(chosen or "")


def _ask_roles(was: RuleTerms) -> tuple[str, ...]:
    roles = {role.value: _(ROLES[role]) for role in _TOLD}
    chosen = st.multiselect(
        _("Who is told"), list(roles), [role for role in was.roles if role in roles], select_all=False,
        format_func=roles.__getitem__, key="rule_roles", placeholder=_("Everybody who sees figures"),
    )  # fmt: skip
    return tuple(chosen)


def _typed(bound: Decimal | None, unit: Unit) -> str:
    if bound is None:
        return ""
    return f"{(bound * 100).normalize():f} %" if unit is Unit.SHARE else f"{bound.normalize():f}"
