"""Who calls, over HTTP: what a page or a program asks to see whether it is still let in."""

from fastapi import APIRouter

from oms_core.access.own_profile import read_own_profile
from oms_core.api.callers import ActingCaller
from oms_core.api.shapes import ResponseBody

router = APIRouter(tags=["account"])


class MeShape(ResponseBody):
    """The person who calls; `permissions` are those that count here, for a token no more than its scopes."""

    login: str
    name: str
    locale: str
    roles: list[str]
    permissions: list[str]


@router.get("/me", summary="Who calls, and what they may do")
def get_me(caller: ActingCaller) -> MeShape:
    """Name the person whose session or token it is."""
    person = caller.read(read_own_profile)
    return MeShape(
        login=person.login, name=person.name, locale=person.locale, roles=sorted(person.roles),
        permissions=sorted(caller.actor.permissions),
    )  # fmt: skip
