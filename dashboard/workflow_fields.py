"""The fields of the workflow's forms: each writes into the draft at once and tells its faults beneath it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.translation import LANGUAGES, _
from dashboard.workflow_draft import Piece, field_key

FOREIGN = tuple(code for code in LANGUAGES if code != "en")
Faults = dict[str, list[str]]  # what is wrong, by field; what was told is taken out


class Form:
    """The form of one piece of the draft; ``faults`` are shown beneath their fields, the rest by ``tell_rest``."""

    def __init__(self, piece: Piece, name: str, faults: Faults) -> None:
        self.piece, self.name, self.faults = piece, name, faults

    def text(self, place: DeltaGenerator, field: str, label: str, *, most: int, hint: str = "") -> None:
        """Ask for a line of text."""
        key = field_key(self.name, field)
        place.text_input(
            label, self.piece[field], key=key, max_chars=most, help=hint or None, autocomplete="off",
            on_change=_keep, args=(self.piece, field, key, _line),
        )  # fmt: skip
        self._tell(place, field)

    def number(self, place: DeltaGenerator, field: str, label: str, *, hint: str = "", empty: str = "") -> None:
        """Ask for a whole number above 0, or nothing."""
        key = field_key(self.name, field)
        place.number_input(
            label, min_value=1, value=self.piece[field], step=1, key=key, help=hint or None, placeholder=empty,
            on_change=_keep, args=(self.piece, field, key, _whole),
        )  # fmt: skip
        self._tell(place, field)

    def choice(
        self, place: DeltaGenerator, field: str, label: str, names: Mapping[str, str], *, hint: str = ""
    ) -> None:
        """Ask for one of several codes."""
        key = field_key(self.name, field)
        options = list(dict.fromkeys([*names, self.piece[field]]))
        shown = {code: names.get(code, code) for code in options}
        place.selectbox(
            label, options, options.index(self.piece[field]), format_func=shown.__getitem__, key=key,
            help=hint or None, on_change=_keep, args=(self.piece, field, key, str),
        )  # fmt: skip
        self._tell(place, field)

    def choices(
        self, place: DeltaGenerator, field: str, label: str, names: Mapping[str, str], *, empty: str = "",
        is_all_when_empty: bool = False,
    ) -> None:  # fmt: skip
        """Ask for some of several codes; nothing chosen may mean all of them."""
        key = field_key(self.name, field)
        chosen = self.piece[field] or []
        options = list(dict.fromkeys([*names, *chosen]))
        shown = {code: names.get(code, code) for code in options}
        as_kept = _all_or_list if is_all_when_empty else list
        place.multiselect(
            label, options, chosen, format_func=shown.__getitem__, key=key, placeholder=empty or None,
            on_change=_keep, args=(self.piece, field, key, as_kept),
        )  # fmt: skip
        self._tell(place, field)

    def switch(self, place: DeltaGenerator, field: str, label: str, *, hint: str = "", inverted: bool = False) -> None:
        """Ask yes or no; an inverted one shows the opposite of what is kept."""
        key = field_key(self.name, field)
        as_kept = (lambda value: not value) if inverted else bool
        place.toggle(
            label, bool(self.piece[field]) != inverted, key=key, help=hint or None,
            on_change=_keep, args=(self.piece, field, key, as_kept),
        )  # fmt: skip
        self._tell(place, field)

    def translations(self, fields: Mapping[str, str]) -> None:
        """Ask how the other languages say it, a row for each; an empty one falls back to the name itself."""
        with st.expander(_("In other languages"), icon=":material/translate:"):
            for language in FOREIGN:
                places = st.columns(len(fields))
                for place, (field, label) in zip(places, fields.items(), strict=True):
                    key = field_key(self.name, language, field)
                    place.text_input(
                        f"{label} · {LANGUAGES[language]}", self.piece["translations"].get(language, {}).get(field, ""),
                        key=key, max_chars=100, autocomplete="off",
                        on_change=_keep_translation, args=(self.piece, language, field, key),
                    )  # fmt: skip
            self._tell(st.container(), "translations")

    def tell_rest(self, place: DeltaGenerator) -> None:
        """Tell what is wrong with no field of the form in particular."""
        for field in list(self.faults):
            self._tell(place, field)

    def _tell(self, place: DeltaGenerator, field: str) -> None:
        for told in self.faults.pop(field, []):
            tell_fault(place, told)


def tell_fault(place: DeltaGenerator, told: str) -> None:
    """Say beneath a field what is wrong with it."""
    place.caption(f":red[:material/error: {told}]")


def _keep(piece: Piece, field: str, key: str, as_kept: Callable[[Any], Any]) -> None:
    piece[field] = as_kept(st.session_state[key])


def _keep_translation(piece: Piece, language: str, field: str, key: str) -> None:
    own = {**piece["translations"].get(language, {}), field: _line(st.session_state[key])}
    own = {name: said for name, said in own.items() if said}
    kept = {code: said for code, said in piece["translations"].items() if code != language}
    piece["translations"] = {**kept, language: own} if own else kept


def _line(value: str | None) -> str:
    return (value or "").strip()


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _all_or_list(value: Sequence[str]) -> list[str] | None:
    return list(value) or None
