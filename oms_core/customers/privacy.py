"""Personal data of customers: shown to those whose work needs it, hidden from everybody else. Pure."""

from collections.abc import Iterable

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission

HIDDEN = "•••"
"""Stands where something is that the reader may not see; an empty field stays empty."""


def sees_personal_data(actor: Actor) -> bool:
    """Tell whether names, phones, e-mails and addresses may be shown to the reader."""
    return actor.may(Permission.PERSONAL_DATA_VIEW)


def hidden(value: str | None) -> str | None:
    """What stands in the place of a field."""
    return HIDDEN if value else value


def all_hidden(values: Iterable[object]) -> tuple[str, ...]:
    """As many dashes as there are values: how many there are is no secret."""
    return tuple(HIDDEN for _ in values)
