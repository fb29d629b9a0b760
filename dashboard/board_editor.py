"""The editor of a board: its cards one under another, each to be changed, moved and removed."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import board_actions, insight
from dashboard.board_words import CHARTS, CUTS, LENSES, shares
from dashboard.navigation import go
from dashboard.notices import show_notices
from dashboard.translation import _
from oms_core.steering.boards import LONGEST_NAME, MOST_CARDS, BoardView
from pipelines.metrics import METRICS
from pipelines.steering.boards import Chart, cuts_of, lenses_of

_DRAFT, _PAGE = "_board_draft", "app_pages/board.py"
_NEW = {"metric": "net_revenue", "cut": "", "lens": "flow", "chart": Chart.NUMBER.value}


def show_editor(board: BoardView | None, begins_with: Sequence[Mapping[str, str]]) -> None:
    """Edit a board that is one's own, or a new one, which begins with some cards.

    What was begun stays as it is while it is on screen, also when the board is saved elsewhere meanwhile: then saving
    is refused.
    """
    draft = _draft(board, begins_with)
    st.text_input(_("Name"), value=draft["name"], key=_key("name"), max_chars=LONGEST_NAME, autocomplete="off")
    for place, number in enumerate(list(draft["order"])):
        _ask_card(draft, place, number)
    if len(draft["order"]) < MOST_CARDS:
        st.button(_("Add a card"), key=_key("add"), icon=":material/add:", on_click=_add)
    else:
        st.caption(_("A board has at most {count} cards.").format(count=MOST_CARDS))
    names = shares()
    st.selectbox(_("Shared"), list(names), list(names).index(draft["shared_with"]), format_func=names.__getitem__,
                 key=_key("shared"))  # fmt: skip
    if st.button(_("Keep the board"), key=_key("keep"), type="primary"):
        _keep(draft)
        show_notices()


def forget_draft() -> None:
    """Let the editor begin anew, from what is kept now."""
    st.session_state.pop(_DRAFT, None)


def _draft(board: BoardView | None, begins_with: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    about = 0 if board is None else board.id
    draft: dict[str, Any] | None = st.session_state.get(_DRAFT)
    if draft is None or draft["about"] != about:
        cards = list(enumerate(begins_with if board is None else board.cards))
        draft = st.session_state[_DRAFT] = {
            "about": about, "version": 0 if board is None else board.version,
            "name": "" if board is None else board.name,
            "shared_with": "" if board is None else board.shared_with, "order": [number for number, _card in cards],
            "cards": {number: dict(card) for number, card in cards if card["metric"] in METRICS},
            "round": st.session_state.get("_board_round", 0) + 1,
        }  # fmt: skip
        draft["order"] = list(draft["cards"])
        st.session_state["_board_round"] = draft["round"]
    return draft


def _ask_card(draft: dict[str, Any], place: int, number: int) -> None:
    card, names = draft["cards"][number], {code: _(METRICS[code].label) for code in insight.visible(list(METRICS))}
    with st.container(border=True, horizontal=True, vertical_alignment="bottom", key=_key(f"card_{number}")):
        codes = list(names) if card["metric"] in names else [card["metric"], *names]
        labels = {code: names.get(code, _(METRICS[code].label)) for code in codes}
        card["metric"] = _choose(_("Figure"), labels, card["metric"], f"metric_{number}", 230)
        card["chart"] = _choose(_("Shown as"), _said(CHARTS, CHARTS), card["chart"], f"chart_{number}", 180)
        cuts = cuts_of(card["chart"])
        card["cut"] = _choose(_("Cut"), _said(CUTS, cuts), card["cut"], f"cut_{number}_{card['chart']}", 160)
        lenses = lenses_of(card["metric"], card["chart"])
        key = f"lens_{number}_{card['metric']}_{card['chart']}"
        card["lens"] = _choose(_("Lens"), _said(LENSES, lenses), card["lens"], key, 210)
        st.button("", key=_key(f"up_{number}"), icon=":material/arrow_upward:", help=_("Up"), disabled=place == 0,
                  on_click=_move, args=(number, -1))  # fmt: skip
        st.button("", key=_key(f"down_{number}"), icon=":material/arrow_downward:", help=_("Down"),
                  disabled=place == len(draft["order"]) - 1, on_click=_move, args=(number, 1))  # fmt: skip
        st.button("", key=_key(f"drop_{number}"), icon=":material/delete:", help=_("Remove this card"),
                  disabled=len(draft["order"]) == 1, on_click=_drop, args=(number,))  # fmt: skip


def _choose(label: str, names: Mapping[str, str], chosen: str, key: str, width: int) -> str:
    options = list(names)
    place = options.index(chosen) if chosen in options else 0
    return str(st.selectbox(label, options, place, format_func=names.__getitem__, key=_key(key), width=width))


def _said(words: Mapping[str, str], codes: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    return {code: _(words[code]) for code in codes}


def _key(name: str) -> str:
    return f"board_{name}_{st.session_state[_DRAFT]['round']}"


def _add() -> None:
    draft = st.session_state[_DRAFT]
    number = max(draft["cards"], default=-1) + 1
    draft["cards"][number] = dict(_NEW)
    draft["order"].append(number)


def _drop(number: int) -> None:
    st.session_state[_DRAFT]["order"].remove(number)


def _move(number: int, by: int) -> None:
    order = st.session_state[_DRAFT]["order"]
    place = order.index(number)
    order[place], order[place + by] = order[place + by], order[place]


def _keep(draft: dict[str, Any]) -> None:
    name, shared = st.session_state[_key("name")] or "", st.session_state[_key("shared")] or ""
    cards = [draft["cards"][number] for number in draft["order"]]
    known = (draft["about"], draft["version"]) if draft["about"] else None
    kept = board_actions.keep(name, cards, shared, known)
    if kept is not None:
        forget_draft()
        go(_PAGE, edit=str(kept))
