"""The gate before everything this process serves: pages, REST interface and WebSocket."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.addresses import Addresses
from dashboard.visits import COOKIE
from oms_core.access.sessions import Resumed
from oms_core.api.callers import SIGNED_IN
from oms_core.api.problems import problem_response, refusal_response
from oms_core.errors import OmsError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What a stranger may ask for: signing in, and whether we live.
PUBLIC = frozenset({"/healthz", "/_stcore/health", "/login", "/logout", "/auth/oidc/login", "/auth/oidc/callback"})
PASSWORD = "/password"  # noqa: S105 - the page of that name
ASKED_OFTEN = "/api/v1/me"  # by every open tab, so it keeps nobody signed in
# Asked for by scripts of the pages, never by people: a redirect to a form would be no answer.
_MACHINERY = ("/_stcore/", "/media/", "/component/", "/static/")
# Names by which a proxy or an older client might claim to be somebody; nobody is believed.
_CLAIMS = frozenset({b"x-oms-user", b"x-oms-actor"})
_ON_EVERY_ANSWER = {
    "Content-Security-Policy": "frame-ancestors 'self'",  # nobody lays our buttons under theirs
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

FindSession = Callable[[str, bool], Resumed | None]


class Gate:
    """Pure ASGI, so that the WebSocket passes through it as well as HTTP.

    Refused with 403: a foreign name in ``Host`` (a web site may rebind its DNS name to us) and a foreign ``Origin`` on
    a write or on the WebSocket (any page open in the same browser could act in the user's name). Everything but
    signing in needs a session that ``find_session`` knows, by the cookie, on each request; the REST interface takes a
    bearer token instead, which it checks itself. Who has a one-time password may only change it.
    """

    def __init__(self, app: ASGIApp, *, addresses: Callable[[], Addresses], find_session: FindSession) -> None:
        self._app = app
        self._addresses = addresses
        self._find_session = find_session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on, or answer it here."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        addresses = self._addresses()
        answer = _refusal(HTTPConnection(scope), addresses)
        if answer is None:
            scope = _believed(scope, addresses)
            answer = await self._admit(scope)
        if answer is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before the accept: the client sees 403
        else:
            await answer(scope, receive, _with_headers(send))

    async def _admit(self, scope: Scope) -> Response | None:
        """Say how to answer who may not go on; whoever may is named in the scope's state."""
        try:
            signed_in = await self._signed_in(scope)
        except OmsError as refusal:
            return None if scope["path"] in PUBLIC else _away(scope, refusal)
        scope["state"] = {**scope.get("state", {}), SIGNED_IN: signed_in}
        if scope["path"] in PUBLIC or (_is_api(scope) and _has_bearer(scope)):
            return None
        if signed_in is None:
            return _sign_in_first(scope)
        if signed_in.must_change_password and scope["path"] != PASSWORD:
            return _change_password_first(scope)
        return None

    async def _signed_in(self, scope: Scope) -> Resumed | None:
        token = HTTPConnection(scope).cookies.get(COOKIE)
        if not token or (_is_api(scope) and _has_bearer(scope)):
            return None
        return await run_in_threadpool(self._find_session, token, scope["path"] != ASKED_OFTEN)


def _refusal(connection: HTTPConnection, addresses: Addresses) -> Response | None:
    host = connection.headers.get("host", "")
    if not addresses.knows(host):
        told = "Unknown host name. Open Cadence by the address it was set up with (OMS_PUBLIC_URL, OMS_ALLOWED_HOSTS)."
        return PlainTextResponse(told, HTTPStatus.FORBIDDEN)
    if connection.scope["type"] == "http" and connection.scope["method"] in SAFE_METHODS:
        return None
    origin = connection.headers.get("origin")
    is_foreign = not addresses.is_own(origin, host) if origin is not None else _comes_from_elsewhere(connection)
    return PlainTextResponse("This request comes from another web site.", HTTPStatus.FORBIDDEN) if is_foreign else None


def _comes_from_elsewhere(connection: HTTPConnection) -> bool:
    """A browser that hides the origin still says whether it was ours; what is no browser says nothing."""
    return connection.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}


def _believed(scope: Scope, addresses: Addresses) -> Scope:
    """The connection as we believe it: who really calls, and no claim to be somebody.

    The origin was judged here and by both names we have; Streamlit knows one of them and asks the internet for more.
    """
    judged = _CLAIMS | ({b"origin"} if scope["type"] == "websocket" else set())
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in judged]
    port = (scope.get("client") or ("", 0))[1]
    return {**scope, "headers": headers, "client": (addresses.caller(scope), port)}


def _is_api(scope: Scope) -> bool:
    path: str = scope["path"]
    return path == "/api" or path.startswith("/api/")


def _has_bearer(scope: Scope) -> bool:
    return HTTPConnection(scope).headers.get("authorization", "").lower().startswith("bearer ")


def _away(scope: Scope, refusal: OmsError) -> Response:
    """Tell that nobody could be looked up; nothing is open meanwhile."""
    return refusal_response(refusal) if _is_api(scope) else PlainTextResponse(str(refusal), 503, {"Retry-After": "5"})


def _sign_in_first(scope: Scope) -> Response:
    if _is_api(scope):
        detail = "Sign in, or send an API token: `Authorization: Bearer TOKEN`."
        return problem_response(HTTPStatus.UNAUTHORIZED, code="not_signed_in", detail=detail)
    if not _is_page(scope):
        return PlainTextResponse("Sign in first.", HTTPStatus.UNAUTHORIZED)
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = scope["path"] + (f"?{query}" if query else "")
    return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='/')}", 303)


def _change_password_first(scope: Scope) -> Response:
    if _is_api(scope):
        detail = "The password was given for one time: change it first, at /password."
        return problem_response(HTTPStatus.FORBIDDEN, code="password_change_required", detail=detail)
    if not _is_page(scope):
        return PlainTextResponse("Change the password first.", HTTPStatus.FORBIDDEN)
    return RedirectResponse(PASSWORD, 303)


def _is_page(scope: Scope) -> bool:
    """Tell whether a person asked for it by an address or a link."""
    return scope["type"] == "http" and scope["method"] in SAFE_METHODS and not scope["path"].startswith(_MACHINERY)


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _ON_EVERY_ANSWER.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
