"""The draft of a changed workflow, kept in the session until it is put in force or thrown away."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from oms_core.workflow.models import Group
from oms_core.workflow.workflow_effect import Change, differences
from oms_core.workflow.workflow_parts import WorkflowDocument

_KEY, _ROUND = "_workflow_draft", "_workflow_round"
PREVIEWING = "_workflow_previewing"
Piece = dict[str, Any]
PARTS = {"statuses": "status", "transitions": "transition", "order_types": "order_type"}


@dataclass
class Draft:
    """What is being edited: the document as JSON, and the version it is based on."""

    based_on: int
    before: WorkflowDocument
    pieces: dict[str, list[Piece]]

    def document(self) -> WorkflowDocument:
        """The document as it would be put in force."""
        return WorkflowDocument.of(self.pieces)

    def changes(self) -> list[Change]:
        """What differs from what it is based on."""
        return differences(self.before.canonical(), self.document().canonical())


def open_draft(document: WorkflowDocument, version: int) -> Draft:
    """Return the draft of this session; one that nobody touched follows what is in force."""
    draft: Draft | None = st.session_state.get(_KEY)
    if draft is None or (draft.based_on != version and not draft.changes()):
        draft = start_from(document, document, version)
    return draft


def start_from(document: WorkflowDocument, before: WorkflowDocument, version: int) -> Draft:
    """Begin a draft with this content; the fields of the forms begin anew with it."""
    draft = Draft(version, before, document.as_json())
    st.session_state[_KEY] = draft
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    return draft


def forget() -> None:
    """Throw the draft away."""
    st.session_state.pop(_KEY, None)
    st.session_state.pop(PREVIEWING, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def field_key(*parts: str) -> str:
    """Key of a field of the forms: another one after the draft began anew, so that no old content stays in it."""
    return "_".join(["wf", str(st.session_state.get(_ROUND, 0)), *parts])


def code_of(part: str, piece: Mapping[str, Any]) -> str:
    """By what a piece is known: its code, or the two ends of a transition."""
    return f"{piece['from_status']} → {piece['to_status']}" if part == "transitions" else str(piece["code"])


def new_code(name: str, taken: Sequence[str], fallback: str) -> str:
    """Make a code out of a name: small Latin letters, digits and _; another alphabet gives the fallback."""
    code = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:36]
    code = code if re.match(r"[a-z]", code) else fallback
    number = next(count for count in range(1, len(taken) + 2) if _numbered(code, count) not in taken)
    return _numbered(code, number)


def add_status(draft: Draft, name: str, group: str) -> str:
    """Add a status behind the others of its group; returns its code."""
    statuses = draft.pieces["statuses"]
    code = new_code(name, [status["code"] for status in statuses], group)
    order = list(Group)
    place = sum(order.index(Group(status["group"])) <= order.index(Group(group)) for status in statuses)
    statuses.insert(place, {
        "code": code, "name": name, "client_name": name, "group": group, "position": 0,
        "is_terminal": group in {"done", "cancelled"}, "limit_minutes": None, "is_retired": False, "translations": {},
    })  # fmt: skip
    _renumber(statuses)
    return code


def add_transition(draft: Draft, start: str, end: str, label: str, roles: Sequence[str]) -> None:
    """Add a transition behind the others out of its status."""
    siblings = [move["position"] for move in draft.pieces["transitions"] if move["from_status"] == start]
    draft.pieces["transitions"].append({
        "from_status": start, "to_status": end, "label": label, "position": max(siblings, default=0) + 1,
        "roles": list(roles), "order_types": None, "needs": [], "translations": {},
    })  # fmt: skip


def add_order_type(draft: Draft, name: str) -> str:
    """Add an order type behind the others; returns its code."""
    kinds = draft.pieces["order_types"]
    code = new_code(name, [kind["code"] for kind in kinds], "type")[:20]
    position = max((kind["position"] for kind in kinds), default=-1) + 1
    kinds.append({"code": code, "name": name, "position": position, "is_active": True, "translations": {}})
    return code


def remove(draft: Draft, part: str, piece: Piece) -> None:
    """Take a piece out; of a status also the transitions that touch it."""
    draft.pieces[part].remove(piece)
    if part == "statuses":
        ends = ("from_status", "to_status")
        left = [move for move in draft.pieces["transitions"] if piece["code"] not in {move[end] for end in ends}]
        draft.pieces["transitions"][:] = left


def shift(draft: Draft, part: str, piece: Piece, by: int) -> None:
    """Move a piece one place up or down: a status among all, a transition among those out of the same status."""
    peers = siblings(draft, part, piece)
    place = peers.index(piece)
    other = place + by
    if not 0 <= other < len(peers):
        return
    peers[place], peers[other] = peers[other], peers[place]
    _renumber(peers)
    draft.pieces[part].sort(key=lambda one: (one.get("from_status", ""), one["position"]))


def siblings(draft: Draft, part: str, piece: Piece) -> list[Piece]:
    """The pieces among which this one has its place, in their order."""
    start = piece.get("from_status")
    peers = [one for one in draft.pieces[part] if one.get("from_status") == start]
    return sorted(peers, key=lambda one: int(one["position"]))


def _numbered(code: str, count: int) -> str:
    return code if count == 1 else f"{code}_{count}"


def _renumber(pieces: Sequence[Piece]) -> None:
    first = min((int(piece["position"]) for piece in pieces), default=0)
    for place, piece in enumerate(pieces):
        piece["position"] = first + place
