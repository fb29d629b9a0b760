"""The editor of the workflow: a list of pieces at the left, the form of the chosen one at the right."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import display, refusals
from dashboard.filters import in_address
from dashboard.people_words import ROLES
from dashboard.translation import _, n_
from dashboard.words import group_name, said
from dashboard.workflow_adding import ADDERS, CHOSEN, status_words
from dashboard.workflow_draft import (
    Draft,
    Piece,
    code_of,
    field_key,
    remove,
    shift,
    siblings,
)
from dashboard.workflow_faults import fault_words
from dashboard.workflow_fields import Form
from oms_core.access.models import Role
from oms_core.workflow.models import Group
from oms_core.workflow.needs import NEEDS, PREPAYMENT, STOCK
from oms_core.workflow.workflow_check import Fault

PARTS = {"statuses": n_("Statuses"), "transitions": n_("Moves"), "order_types": n_("Order types")}
ASSIGNABLE = tuple(role for role in Role if role is not Role.CLIENT)
_LIST_HEIGHT = 520


def show_editor(draft: Draft, faults: Sequence[Fault]) -> None:
    """Show the pieces and the form of one; each edit stays in the draft."""
    names = {code: _(title) for code, title in PARTS.items()}
    part = st.segmented_control(
        _("What to change"), list(PARTS), required=True, format_func=names.__getitem__,
        label_visibility="collapsed", **in_address("part", list(PARTS), "statuses"),
    ) or "statuses"  # fmt: skip
    left, right = st.columns([1, 2.2], gap="medium")
    with left:
        piece = _choose_piece(draft, part, faults)
        ADDERS[part](draft)
    if piece is not None:
        with right.container(border=True, key="workflow-form"):
            _show_form(draft, part, piece, faults)


def piece_words(draft: Draft, part: str, piece: Piece) -> str:
    """Say a piece of the draft."""
    if part != "transitions":
        return piece_name(piece) or str(piece["code"])
    names = status_words(draft)
    return " → ".join(names.get(piece[end], str(piece[end])) for end in ("from_status", "to_status"))


def _choose_piece(draft: Draft, part: str, faults: Sequence[Fault]) -> Piece | None:
    pieces = {code_of(part, piece): piece for piece in _listed(draft, part)}
    if not pieces:
        return None
    at_fault, touched = {fault.subject for fault in faults}, {change.subject for change in draft.changes()}
    on_phone = display.on_phone()  # a list of choices there shows no colours
    words = {code: piece_words(draft, part, piece) for code, piece in pieces.items()}
    for code, word in words.items():
        marks = [" ●" if on_phone else " :orange[●]"] if code in touched else []
        marks += [" (!)" if on_phone else " :red[:material/error:]"] if code in at_fault else []
        words[code] = "".join([word if on_phone else display.plain(word), *marks])
    key, wanted = f"{CHOSEN}_{part}", st.session_state.pop(f"{CHOSEN}_next_{part}", None)
    if wanted in pieces or st.session_state.get(key) not in pieces:
        st.session_state[key] = wanted if wanted in pieces else next(iter(pieces))
    label = _(PARTS[part])
    if on_phone:
        chosen = st.selectbox(label, list(pieces), format_func=words.__getitem__, key=key)
    else:
        captions = [_caption(part, piece) for piece in pieces.values()]
        with st.container(border=True, height=min(_LIST_HEIGHT, 26 + 46 * len(pieces)), key="workflow-pieces"):
            chosen = st.radio(
                label, list(pieces), format_func=words.__getitem__, captions=captions, key=key,
                label_visibility="collapsed",
            )  # fmt: skip
    return pieces.get(str(chosen))


def _listed(draft: Draft, part: str) -> list[Piece]:
    """Statuses by their place; moves by the place of the status they leave."""
    places = {
        one["code"]: (list(Group).index(Group(one["group"])), one["position"]) for one in draft.pieces["statuses"]
    }
    if part == "statuses":
        return sorted(draft.pieces[part], key=lambda one: places[one["code"]])
    if part == "order_types":
        return draft.pieces[part]
    return sorted(draft.pieces[part], key=lambda one: (places.get(one["from_status"], (99, 0)), one["position"]))


def _caption(part: str, piece: Piece) -> str:
    if part == "statuses":
        limit = piece["limit_minutes"]
        told = [_("limit {time}").format(time=display.duration(limit * 60)) if limit else _("no limit")]
        if piece_name(piece) != group_name(piece["group"]):
            told.insert(0, group_name(piece["group"]))
        return " · ".join([*told, *([_("retired")] if piece["is_retired"] else [])])
    if part == "transitions":
        return display.plain(said(piece["label"], piece["translations"], "label"))
    return " · ".join([display.plain(piece["code"]), *([] if piece["is_active"] else [_("out of use")])])


def piece_name(piece: Piece) -> str:
    """Say the name of a status or type."""
    return said(piece["name"], piece["translations"])


def _show_form(draft: Draft, part: str, piece: Piece, faults: Sequence[Fault]) -> None:
    code = code_of(part, piece)
    told: dict[str, list[str]] = {}
    for fault in faults:
        if fault.subject == code:
            told.setdefault(fault.field, []).append(fault_words(fault, status_words(draft)))
    form = Form(piece, f"{part}_{code}", told)
    head = st.container(horizontal=True, vertical_alignment="center")
    head.markdown(f"**{display.plain(piece_words(draft, part, piece))}**", width="stretch")
    _show_acts(head, draft, part, piece)
    rest = st.container()
    _FORMS[part](draft, form)
    form.tell_rest(rest)


def _show_acts(place: DeltaGenerator, draft: Draft, part: str, piece: Piece) -> None:
    peers = siblings(draft, part, piece)
    at = peers.index(piece)
    for name, icon, by, is_off, hint in (
        ("up", "arrow_upward", -1, at == 0, _("Earlier")),
        ("down", "arrow_downward", 1, at == len(peers) - 1, _("Later")),
    ):
        place.button(
            "", icon=f":material/{icon}:", key=field_key(part, name), help=hint, disabled=is_off, on_click=shift,
            args=(draft, part, piece, by),
        )  # fmt: skip
    place.button(
        _("Remove"), icon=":material/delete:", key=field_key(part, "remove"), on_click=remove, args=(draft, part, piece)
    )


def _status_form(_draft: Draft, form: Form) -> None:
    left, right = st.columns(2)
    form.text(left, "name", _("Name"), most=100)
    form.text(right, "client_name", _("Wording for the client"), most=100)
    form.choice(left, "group", _("Group"), {group.value: group_name(group) for group in Group},
                hint=_("The group carries the meaning for all figures; statuses within it are yours."))  # fmt: skip
    form.number(
        right, "limit_minutes", _("Time limit in business minutes"), empty=_("No limit"),
        hint=_("An order that stays longer counts as over its limit. 480 minutes are eight working hours."),
    )  # fmt: skip
    form.switch(left, "is_retired", _("Retired: nothing enters it any more"))
    form.switch(right, "is_terminal", _("Ends the order"), hint=_("True of the groups done and cancelled, only."))
    form.translations({"name": _("Name"), "client_name": _("Wording for the client")})
    st.caption(_("Code: {code}").format(code=f"`{form.piece['code']}`"))


def _transition_form(draft: Draft, form: Form) -> None:
    left, right = st.columns(2)
    form.text(left, "label", _("Label of the button"), most=60)
    types = {one["code"]: said(one["name"], one["translations"]) for one in draft.pieces["order_types"]}
    form.choices(right, "order_types", _("Order types"), types, empty=_("All"), is_all_when_empty=True)
    form.choices(left, "roles", _("Who may make it"), {role.value: _(ROLES[role]) for role in ASSIGNABLE})
    form.choices(right, "needs", _("What the order must have"), _need_names(form.piece), empty=_("Nothing more"))
    form.translations({"label": _("Label of the button")})
    st.caption(_("The first move out of a status is its one next step."))


def _order_type_form(_draft: Draft, form: Form) -> None:
    left, right = st.columns(2)
    form.text(left, "name", _("Name"), most=100)
    form.switch(right, "is_active", _("In use"))
    form.translations({"name": _("Name")})
    st.caption(_("Code: {code}").format(code=f"`{form.piece['code']}`"))


def _need_names(piece: Piece) -> Mapping[str, str]:
    """The needs on offer; part payments in steps, and whatever the move has already."""
    shares = [f"{PREPAYMENT}:{percent}" for percent in (10, 20, 30, 50)]
    offered = [*[need for need in NEEDS if need != PREPAYMENT], *shares, *piece["needs"]]
    return {need: need_words(need) for need in offered}


def need_words(need: str) -> str:
    """Say what a move needs of an order."""
    return _("all goods in stock") if need == STOCK else refusals.say_need(need)


_FORMS = {"statuses": _status_form, "transitions": _transition_form, "order_types": _order_type_form}
