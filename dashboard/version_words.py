"""Versions of what is configured: who kept one, and the notes that use cases write by themselves."""

import re

from dashboard import display, reads
from dashboard.automation_words import MODES
from dashboard.translation import _, n_
from dashboard.words import person_name
from oms_core.automation.models import Mode

NOTES = {
    "As it began": n_("As it began"), "library": n_("From the library"), "from the library": n_("From the library"),
    "switched on": n_("Switched on"), "switched off": n_("Switched off"),
}  # fmt: skip
_AGAIN = re.compile(r"(?:(?:Back to|as in|Rollback to) )?version (\d+)(?: again)?")


def author(login: str) -> str:
    """Say who kept a version, by name where the login is known; safe to show as Markdown."""
    names = {"system": _("System")} | {person.login: person_name(person.name) for person in reads.people()}
    return display.plain(names.get(login, login))


def note_words(note: str) -> str:
    """Say a version's note, safe to show as Markdown; what a person wrote is said as it is."""
    if note in NOTES:
        return _(NOTES[note])
    if again := _AGAIN.fullmatch(note):
        return _("Version {version} again").format(version=again[1])
    mode = note.removeprefix("mode ")
    if mode != note and mode in set(Mode):
        word, _color = MODES[Mode(mode)]
        return _("Mode: {mode}").format(mode=_(word))
    return display.plain(note)
