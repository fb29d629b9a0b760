"""The editors of policies: above which limits somebody must approve, and for which causes orders are held."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard import approval_actions, approval_reads, display, reads, rules_reads
from dashboard.approval_cards import SUBJECTS
from dashboard.hold_words import KINDS, REMEDIES
from dashboard.layout import section
from dashboard.opened_forms import close_form, open_form
from dashboard.people_words import ROLES
from dashboard.stale_notice import show_stale
from dashboard.translation import _
from dashboard.version_words import author, note_words
from oms_core.access.models import Role
from oms_core.orders.hold_rules import Remedy
from oms_core.workflow.approval_policies import ApprovalPolicyView
from oms_core.workflow.hold_policies import CUSTOMER_KINDS, HoldPolicyView
from oms_core.workflow.rule_models import Severity

_REMEDIES = {
    "stock": Remedy.GOODS, "delay": Remedy.PROMISE, "prepayment": Remedy.PAYMENT, "validation": Remedy.CORRECTION,
}  # fmt: skip
_NEW: Mapping[str, Any] = {
    "code": "", "name": "", "subject": "discount", "limit": "10", "channels": None, "order_types": None,
    "levels": [{"role": "lead", "up_to": None}], "time_limit_minutes": 240, "is_active": False, "translations": {},
}  # fmt: skip
_ADD = ""  # the code of none: a new one


def show_limits(policies: Sequence[ApprovalPolicyView], *, edits: bool) -> None:
    """Choose an approval policy, look at it, change it, take an earlier version back."""
    names = {policy.code: _(policy.name) for policy in policies} | ({_ADD: _("A new limit…")} if edits else {})
    if not names:
        st.caption(_("There are no limits."))
        return
    code = st.selectbox(_("Limit"), list(names), format_func=names.__getitem__, key="limit_code")
    chosen = next((policy for policy in policies if policy.code == code), None)
    name, version = (f"limit_{chosen.code}", chosen.version) if chosen else ("limit_new", 0)
    form = open_form(
        name, version, dict(chosen.document if chosen else _NEW), field=lambda opened: f"{name}_{opened}_name"
    )
    with section(_("What needs an approval"), key="limit-editor"):
        stale = st.container()
        # The version is part of the keys: what was saved or taken back is shown, not what was typed before.
        changed = _limit_fields(form.document, f"{name}_{form.version}", is_new=chosen is None, disabled=not edits)
        if edits and chosen:
            with stale:
                show_stale(form, version, approval_reads.versions("approval", chosen.code), changed)
        if edits and st.button(_("Save"), key="limit_save", type="primary"):
            if approval_actions.save_limit(changed, form.based_on):
                close_form(name)
            st.rerun()
    if chosen:
        show_versions("approval", chosen.code, approval_actions.restore_limit, edits=edits)


def show_hold_policy(policy: HoldPolicyView, *, edits: bool) -> None:
    """Look at a hold policy, switch it, change what it depends on."""
    kind = policy.kind.value
    form = open_form(
        f"hold_{kind}", policy.version, policy.document, field=lambda opened: f"hold_active_{kind}_{opened}"
    )
    key, parameters = f"{kind}_{form.version}", dict(form.document["parameters"])
    with section(_(KINDS[kind]), key=f"hold-{kind}"):
        st.caption(_(REMEDIES[_REMEDIES[kind]]))
        stale = st.container()
        is_active = st.toggle(
            _("Hold orders by itself"), form.document["is_active"], key=f"hold_active_{key}", disabled=not edits
        )
        channels = _ask_channels(form.document["channels"], key=f"hold_channels_{key}", disabled=not edits)
        if kind == "prepayment":
            parameters = _prepayment_fields(parameters, key, disabled=not edits)
        elif kind == "delay":
            parameters = _risk_field(parameters, key, disabled=not edits)
        elif kind == "validation":
            parameters = _rule_field(parameters, key, disabled=not edits)
        document = {**form.document, "is_active": is_active, "channels": channels, "parameters": parameters}
        if edits and st.button(_("Save"), key=f"hold_save_{kind}", disabled=document == policy.document):
            if approval_actions.save_hold_terms(document, form.based_on):
                close_form(form.name)
            st.rerun()
        if edits:
            with stale:
                show_stale(form, policy.version, approval_reads.versions("hold", kind), document)
    if policy.version > 1:
        show_versions("hold", kind, approval_actions.restore_hold_terms, edits=edits)


def show_versions(kind: str, code: str, restore: Any, *, edits: bool) -> None:  # noqa: ANN401 - a callback
    """List the saved versions with a button that takes each back."""
    saved = approval_reads.versions(kind, code)
    if not saved:
        return
    with st.expander(_("Versions"), key=f"versions_{kind}_{code}"):
        for place, version in enumerate(saved):
            row = st.container(horizontal=True, vertical_alignment="center")
            words = _("Version {version} · {who}, {moment}").format(
                version=version.version, who=author(version.actor), moment=display.moment(version.recorded_at)
            )
            row.markdown(f"{words}  \n:gray[{note_words(version.note)}]" if version.note else words, width="stretch")
            if edits and place > 0:
                row.button(
                    _("Take this version back"), key=f"restore_{kind}_{code}_{version.version}", on_click=restore,
                    args=(code, version.version, saved[0].version),
                )  # fmt: skip


def _limit_fields(document: dict[str, Any], key: str, *, is_new: bool, disabled: bool) -> dict[str, Any]:
    subjects = {code: _(name) for code, name in SUBJECTS.items()}
    left, right = st.columns(2)
    name = left.text_input(_("Name"), document["name"], key=f"{key}_name", autocomplete="off", disabled=disabled)
    code = document["code"]
    if is_new:
        code = right.text_input(_("Code"), key=f"{key}_code", autocomplete="off", placeholder="big_discount")
    left, right = st.columns(2)
    subject = left.selectbox(
        _("What is measured"), list(subjects), index=list(subjects).index(document["subject"]),
        format_func=subjects.__getitem__, key=f"{key}_subject", disabled=disabled,
    )  # fmt: skip
    limit = right.number_input(
        _("Limit"), value=float(document["limit"]), key=f"{key}_limit", disabled=disabled,
        help=_("Percent or money. A margin needs an approval below it, all else above it."),
    )  # fmt: skip
    hours = left.number_input(
        _("Working hours to answer"), value=(document["time_limit_minutes"] or 0) / 60, min_value=0.0, step=0.5,
        key=f"{key}_hours", disabled=disabled, help=_("After that the next level is asked. 0: no limit."),
    )  # fmt: skip
    channels = _ask_channels(document["channels"], key=f"{key}_channels", disabled=disabled)
    levels = _ask_levels(document["levels"], key=f"{key}_levels", disabled=disabled)
    is_active = st.toggle(_("In force"), document["is_active"], key=f"{key}_active", disabled=disabled)
    return {
        **document, "code": code or "", "name": name or "", "subject": subject, "limit": str(Decimal(str(limit))),
        "time_limit_minutes": round(hours * 60) or None, "channels": channels, "levels": levels, "is_active": is_active,
    }  # fmt: skip


def _ask_levels(levels: Sequence[Mapping[str, Any]], *, key: str, disabled: bool) -> list[dict[str, Any]]:
    """Who decides, from the lowest level; the last one without a limit of its own."""
    roles = {role.value: _(name) for role, name in ROLES.items() if role is not Role.CLIENT}
    frame = pl.DataFrame(
        {
            "role": [level["role"] for level in levels],
            "up_to": [None if level.get("up_to") is None else float(level["up_to"]) for level in levels],
        },
        schema={"role": pl.String, "up_to": pl.Float64},
    )
    column = st.column_config
    edited: Any = st.data_editor(
        frame, key=key, num_rows="dynamic", hide_index=True, disabled=disabled, placeholder=_("any"),
        column_config={
            "role": column.SelectboxColumn(
                _("Who decides"), options=list(roles), format_func=lambda role: roles[str(role)], required=True
            ),
            "up_to": column.NumberColumn(
                _("Alone up to"), help=_("Empty for the last level: it decides whatever the value is.")
            ),
        },
    )  # fmt: skip
    return [
        {"role": role, "up_to": None if up_to is None else str(Decimal(str(up_to)))}
        for role, up_to in edited.rows()
        if role
    ]


def _ask_channels(chosen: Sequence[str] | None, *, key: str, disabled: bool) -> list[str] | None:
    names = {channel.code: _(channel.name) for channel in reads.channels()}
    codes = st.multiselect(
        _("Channels"), list(names), [code for code in chosen or () if code in names], format_func=names.__getitem__,
        key=key, placeholder=_("All channels"), disabled=disabled,
    )  # fmt: skip
    return codes or None


def _prepayment_fields(parameters: Mapping[str, Any], key: str, *, disabled: bool) -> dict[str, Any]:
    left, right = st.columns(2)
    percent = left.number_input(
        _("Percent to be paid before work begins"), 1.0, 100.0, float(parameters.get("percent", 100)),
        key=f"hold_percent_{key}", disabled=disabled,
    )  # fmt: skip
    above = right.number_input(
        _("For orders above"),
        0.0,
        value=float(parameters.get("above") or 0),
        key=f"hold_above_{key}",
        disabled=disabled,
    )
    names = {"b2b": _("Companies"), "b2c": _("Private customers")}
    kinds = st.multiselect(
        _("Customers"), list(CUSTOMER_KINDS), parameters.get("customer_kinds") or [], format_func=names.__getitem__,
        key=f"hold_kinds_{key}", placeholder=_("All customers"), disabled=disabled,
    )  # fmt: skip
    return {"percent": percent, "above": above, "customer_kinds": kinds or None}


def _risk_field(parameters: Mapping[str, Any], key: str, *, disabled: bool) -> dict[str, Any]:
    percent = st.number_input(
        _("Also hold from this risk of missing the first promise, %"), 0.0, 100.0,
        float(parameters.get("risk_percent") or 0), key=f"hold_risk_{key}", disabled=disabled,
        help=_("0: the risk holds nothing."),
    )  # fmt: skip
    return {"risk_percent": percent} if percent else {}


def _rule_field(parameters: Mapping[str, Any], key: str, *, disabled: bool) -> dict[str, Any]:
    names = {rule.code: _(rule.name) for rule in rules_reads.rules() if rule.severity is Severity.WARN}
    chosen = [code for code in parameters.get("rules") or () if code in names]
    rules = st.multiselect(
        _("Rules whose warning holds the order"), list(names), chosen, format_func=names.__getitem__,
        key=f"hold_rules_{key}", placeholder=_("No rules"), disabled=disabled,
    )  # fmt: skip
    return {"rules": rules}
