"""Verbs about people: user add, list, roles, disable, enable, password; token add, list, revoke."""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer

from oms_core import door
from oms_core.access.directory import UserView, list_users
from oms_core.access.models import Role
from oms_core.access.passwords import NewPassword, one_time_password, prepare_password
from oms_core.access.tokens import TokenView, add_token, list_tokens, revoke_token
from oms_core.access.users import (
    Profile,
    add_user,
    deactivate_user,
    give_first_password,
    give_password,
    reactivate_user,
    set_roles,
)
from oms_core.errors import NotFound
from pipelines.cli.answers import Json, answer
from pipelines.cli.doors import Doors, open_doors

T = TypeVar("T")
FIRST_ADMIN = "admin"

users = typer.Typer(help="People who sign in.", no_args_is_help=True)
tokens = typer.Typer(help="Keys by which programs use the API.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="The person's login.")]
Roles = Annotated[list[Role], typer.Option("--role", help="What the person is; give it several times for several.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of making one.")
]


def add_verbs(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.add_typer(users, name="user")
    app.add_typer(tokens, name="token")


@users.command("add")
def add_one(
    login: Login,
    roles: Roles,
    *,
    name: Annotated[str, typer.Option(help="The person's name; the login where none is given.")] = "",
    email: Annotated[str | None, typer.Option(help="Their e-mail address.")] = None,
    password_stdin: FromStdin = False,
    as_json: Json = False,
) -> None:
    """Add a person; without --password-stdin they get a one-time password, said once."""
    password = _password(login, password_stdin)
    profile = Profile(name=name or login, roles=set(roles), email=email)
    _run(open_doors(), add_user, login=login, profile=profile, password=password)
    _tell_password(login, password, as_json=as_json)


@users.command("list")
def list_all(*, as_json: Json = False) -> None:
    """List everybody, those who left last."""
    doors = open_doors()
    people = door.read(doors.sessions, doors.actor, list_users, now=datetime.now(UTC))
    answer([_shown(person) for person in people], as_json=as_json, title="People")


@users.command("roles")
def change_roles(login: Login, roles: Roles, *, as_json: Json = False) -> None:
    """Replace what a person is."""
    _run(open_doors(), set_roles, login=login, roles=set(roles))
    answer({"login": login, "roles": sorted(set(roles))}, as_json=as_json)


@users.command()
def disable(login: Login, *, as_json: Json = False) -> None:
    """Let a person act no more; their sessions and tokens end at once."""
    _run(open_doors(), deactivate_user, login=login)
    answer({"login": login, "active": False}, as_json=as_json)


@users.command()
def enable(login: Login, *, as_json: Json = False) -> None:
    """Let a person act again."""
    _run(open_doors(), reactivate_user, login=login)
    answer({"login": login, "active": True}, as_json=as_json)


@users.command("password")
def new_password(login: Login, *, password_stdin: FromStdin = False, as_json: Json = False) -> None:
    """Give a person a new password, one-time without --password-stdin; their sessions end."""
    password = _password(login, password_stdin)
    _run(open_doors(), give_password, login=login, password=password)
    _tell_password(login, password, as_json=as_json)


@tokens.command("add")
def add_key(
    login: Login,
    *,
    name: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="A permission it grants (order.view); without: all of theirs.")
    ] = None,
    days: Annotated[int | None, typer.Option(help="Days until it ends; without: until revoked.")] = None,
    as_json: Json = False,
) -> None:
    """Make a token by which a program acts as this person; it is said once."""
    _token, secret = _run(open_doors(), add_token, login=login, name=name, scopes=scopes or None, days=days)
    answer({"token": secret}, as_json=as_json)


@tokens.command("list")
def list_keys(
    login: Annotated[str | None, typer.Argument(help="Whose; without: everybody's.")] = None, *, as_json: Json = False
) -> None:
    """List tokens, the newest first; their secrets are kept nowhere."""
    doors = open_doors()
    found = door.read(doors.sessions, doors.actor, list_tokens, login=login)
    answer([_shown_token(one) for one in found], as_json=as_json, title="Tokens")


@tokens.command()
def revoke(
    number: Annotated[int, typer.Argument(help="The token's number in the list.")], *, as_json: Json = False
) -> None:
    """End a token."""
    _run(open_doors(), revoke_token, token_id=number)
    answer({"id": number, "revoked": True}, as_json=as_json)


def greet_first_admin(doors: Doors) -> None:
    """Give ``admin`` a one-time password where nobody can sign in as them yet, and say it this once."""
    password = one_time_password()
    try:
        is_given = _run(doors, give_first_password, login=FIRST_ADMIN, password=password)
    except NotFound:
        return  # a shop may do without one: others administer it
    if is_given:
        typer.echo(f"Sign in as {FIRST_ADMIN} with the one-time password {password.clear}")
        typer.echo("It is said only this once, and must be changed at the first sign-in.")


def _run(doors: Doors, use_case: Callable[..., T], **facts: Any) -> T:  # noqa: ANN401 - whatever it takes
    return door.run(doors.sessions, doors.actor, use_case, **facts)


def _password(login: str, from_stdin: bool) -> NewPassword:
    return prepare_password(sys.stdin.readline().rstrip("\r\n"), login=login) if from_stdin else one_time_password()


def _tell_password(login: str, password: NewPassword, *, as_json: bool) -> None:
    answer({"login": login, "password": password.clear if password.is_one_time else None}, as_json=as_json)


def _shown(person: UserView) -> Mapping[str, Any]:
    return {
        "login": person.login,
        "name": person.name,
        "roles": sorted(person.roles),
        "active": person.is_active,
        "team": person.team,
        "last_seen_at": person.last_seen_at,
    }


def _shown_token(token: TokenView) -> Mapping[str, Any]:
    return {
        "id": token.id,
        "login": token.login,
        "name": token.name,
        "prefix": token.prefix,
        "scopes": None if token.scopes is None else list(token.scopes),
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
    }
