"""Signing in and out and changing one's password: plain HTTP routes, for only an answer over HTTP sets a cookie."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TypedDict
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from dashboard.addresses import addresses_of, own_path
from dashboard.cookie_secret import cookie_secret
from dashboard.refusals import say, say_rows
from dashboard.shop import open_shop
from dashboard.sign_in_pages import address_of, login_page, logout_page, password_page, visitors_language
from dashboard.translation import LANGUAGES, _, language, speaking
from dashboard.visits import COOKIE, limits_of_sessions, open_session
from oms_core import door
from oms_core.access.sessions import Resumed, sign_out
from oms_core.access.sign_in import SignedIn
from oms_core.access.throttle import Throttled
from oms_core.api.callers import SIGNED_IN
from oms_core.errors import Busy, DatabaseAway, Forbidden, OmsError
from oms_core.signing_in import attempt_sign_in, change_password

FORM_COOKIE = "cadence_form"
_LARGEST_FORM = 16_384


class Caller(TypedDict):
    """From where and with what somebody signs in, as it is kept with the session."""

    address: str
    user_agent: str


_STATUS: dict[type[OmsError], int] = {Throttled: 429, Forbidden: 401, Busy: 503, DatabaseAway: 503}


async def login(request: Request) -> Response:
    """Show the form; or sign in, which always opens a new session and ends the one this browser had."""
    if request.method == "POST":
        return await _sign_in(request)
    wanted = own_path(request.query_params.get("next"))
    if signed_in_of(request) is not None:
        return RedirectResponse(wanted, 303)
    with speaking(visitors_language(request)):
        return _fresh_form(request, wanted)


async def _sign_in(request: Request) -> Response:
    form = await _read_form(request)
    typed, wanted = form.get("login", "").strip(), own_path(form.get("next"))
    with _in_language(request):
        if not _is_our_form(form, "login", request.cookies.get(FORM_COOKIE, "")):
            told = _("The form was open too long. Try again.")
            return _fresh_form(request, wanted, alert=told, login=typed, status=403)
        try:
            signed_in = await run_in_threadpool(_enter, request, typed, form.get("password", ""))
        except OmsError as refusal:
            answer = _fresh_form(request, wanted, alert=say(refusal), login=typed, status=_status(refusal))
            return _refused(refusal, answer)
        await end_session(request)
        first = address_of("/password", lang=language())
    return entered(signed_in.token, first if signed_in.must_change_password else wanted)


def _enter(request: Request, login: str, password: str) -> SignedIn:
    return attempt_sign_in(
        open_shop().sessions, login=login, password=password, limits=limits_of_sessions(), **caller_of(request)
    )


async def password(request: Request) -> Response:
    """Show the form that changes one's own password; or change it, which ends every other session of theirs."""
    signed_in = signed_in_of(request)
    assert signed_in is not None  # noqa: S101 - the gate lets nobody else through
    with _in_language(request, signed_in):
        if request.method != "POST":
            return _password_form(request, signed_in)
        form = await _read_form(request)
        if not _is_our_form(form, "password", request.cookies[COOKIE]):
            return _password_form(request, signed_in, alert=_("The form was open too long. Try again."), status=403)
        if form.get("new") != form.get("repeated"):
            return _password_form(request, signed_in, alert=_("The new password was not repeated alike."), status=422)
        try:
            token = await run_in_threadpool(_change, request, signed_in, form)
        except OmsError as refusal:
            told = " ".join([say(refusal), *say_rows(refusal)])
            return _refused(refusal, _password_form(request, signed_in, alert=told, status=_status(refusal)))
    return entered(token, "/")


def _change(request: Request, signed_in: Resumed, form: Mapping[str, str]) -> str:
    """Change the password and give the browser a new token: what was known with the old one is worth nothing."""
    sessions, caller = open_shop().sessions, caller_of(request)
    change_password(
        sessions, signed_in.actor, current=form.get("current", ""), new=form.get("new", ""),
        address=caller["address"], session_id=signed_in.session_id,
    )  # fmt: skip
    token = open_session(signed_in.actor.id, **caller)
    door.run(sessions, signed_in.actor, sign_out, token=request.cookies[COOKIE])
    return token


async def logout(request: Request) -> Response:
    """Ask first; by POST from a page of ours, end the session for good."""
    signed_in = signed_in_of(request)
    if request.method != "POST":
        if signed_in is None:
            return RedirectResponse("/login", 303)
        with _in_language(request, signed_in):
            return logout_page(request, login=signed_in.person.login)
    # Foreign origins stopped at the gate; one that is hidden is not proof enough.
    if "origin" not in request.headers and request.headers.get("sec-fetch-site") != "same-origin":
        return PlainTextResponse("Sign out by the button of a page.", 403)
    await end_session(request)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=_is_secure())
    return answer


def signed_in_of(request: Request) -> Resumed | None:
    """Whom the gate found signed in."""
    found: Resumed | None = getattr(request.state, SIGNED_IN, None)
    return found


def caller_of(request: Request) -> Caller:
    """Who asks, as it is kept with the session."""
    address = request.client.host if request.client else ""
    return {"address": address, "user_agent": request.headers.get("user-agent", "")}


async def end_session(request: Request) -> None:
    """End the session that this browser has, if any."""
    signed_in = signed_in_of(request)
    if signed_in is not None:
        await run_in_threadpool(_leave, signed_in, request.cookies[COOKIE])


def _leave(signed_in: Resumed, token: str) -> None:
    door.run(open_shop().sessions, signed_in.actor, sign_out, token=token)


def entered(token: str, path: str) -> Response:
    """Hand the browser its session and send it on."""
    answer = RedirectResponse(path, 303)
    lifetime = int(limits_of_sessions().lifetime.total_seconds())
    answer.set_cookie(COOKIE, token, max_age=lifetime, httponly=True, samesite="lax", secure=_is_secure())
    answer.delete_cookie(FORM_COOKIE, path="/login", httponly=True, samesite="lax", secure=_is_secure())
    return answer


def _fresh_form(request: Request, wanted: str, *, alert: str = "", login: str = "", status: int = 200) -> Response:
    """A form bound to this browser by a cookie that no other site can read or set for us to believe."""
    own = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    settings = open_shop().settings
    provider = settings.oidc_label if settings.oidc_issuer else ""
    form = _signature("login", own)
    answer = login_page(request, form=form, wanted=wanted, alert=alert, login=login, provider=provider, status=status)
    answer.set_cookie(FORM_COOKIE, own, path="/login", httponly=True, samesite="lax", secure=_is_secure())
    return answer


def _password_form(request: Request, signed_in: Resumed, *, alert: str = "", status: int = 200) -> Response:
    return password_page(
        request, form=_signature("password", request.cookies[COOKIE]), login=signed_in.person.login,
        is_first=signed_in.must_change_password, alert=alert, status=status,
    )  # fmt: skip


def _is_our_form(form: Mapping[str, str], purpose: str, own: str) -> bool:
    return bool(own) and hmac.compare_digest(form.get("form", "").encode(), _signature(purpose, own).encode())


def _signature(purpose: str, own: str) -> str:
    secret = cookie_secret(open_shop().settings).encode()
    return hmac.new(secret, f"{purpose}:{own}".encode(), hashlib.sha256).hexdigest()


async def _read_form(request: Request) -> dict[str, str]:
    """Read a small form; whoever sends a large one is no page of ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_FORM:
            raise HTTPException(413, "The form is too large.")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        raise HTTPException(400, "The form cannot be read.") from None


def _refused(refusal: OmsError, answer: Response) -> Response:
    if isinstance(refusal, Throttled):
        answer.headers["Retry-After"] = str(refusal.rows[0]["retry_after"])
    return answer


def _status(refusal: OmsError) -> int:
    return next((status for kind, status in _STATUS.items() if isinstance(refusal, kind)), 422)


def _in_language(request: Request, signed_in: Resumed | None = None) -> AbstractContextManager[None]:
    own = signed_in.person.locale if signed_in and "lang" not in request.query_params else ""
    return speaking(own if own in LANGUAGES else visitors_language(request))


def _is_secure() -> bool:
    return addresses_of(open_shop().settings).is_secure
