"""Signing in at an identity provider (OpenID Connect): there, back with proof, and on with the same cookie."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import httpx
import structlog
from authlib.common.errors import AuthlibBaseError
from joserfc.errors import JoseError
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.addresses import addresses_of, own_path
from dashboard.cookie_secret import cookie_secret
from dashboard.refusals import say
from dashboard.shop import open_shop
from dashboard.sign_in import caller_of, end_session, entered
from dashboard.sign_in_pages import notice_page, visitors_language
from dashboard.translation import _, speaking
from dashboard.visits import limits_of_sessions
from oms_core import door
from oms_core.access.actors import SYSTEM, find_actor
from oms_core.access.provider_sign_in import sign_in_by_provider
from oms_core.access.sign_in import SignedIn
from oms_core.config import Settings
from oms_core.errors import OmsError

log = structlog.get_logger(__name__)
CALLBACK = "/auth/oidc/callback"
_KEEPS_SECONDS = 600  # as long as somebody may take to sign in over there
_NEXT = "next"
_PROVIDER_FAULTS = (AuthlibBaseError, JoseError, httpx.HTTPError, ValueError, KeyError, RuntimeError)


class Remembering:
    """Keeps state, nonce and verifier of a sign-in under way in a signed cookie of its own, for ten minutes."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the session of this sign-in at hand."""
        settings = open_shop().settings
        remembered: ASGIApp = SessionMiddleware(
            self._respond,
            secret_key=cookie_secret(settings),
            session_cookie="cadence_provider",
            max_age=_KEEPS_SECONDS,
            path="/auth/oidc",
            same_site="lax",
            https_only=addresses_of(settings).is_secure,
        )
        await remembered(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        with speaking(visitors_language(request)):
            response = await self._answer(request)
        await response(scope, receive, send)


async def leave(request: Request) -> Response:
    """Send the visitor to the provider with state, nonce and the challenge of PKCE."""
    settings = open_shop().settings
    if not settings.oidc_issuer:
        return RedirectResponse("/login", 303)
    request.session.clear()
    request.session[_NEXT] = own_path(request.query_params.get("next"))
    origin = settings.public_url or str(request.base_url).rstrip("/")
    try:
        answer: Response = await _client(settings).authorize_redirect(request, origin + CALLBACK)
    except _PROVIDER_FAULTS as fault:
        log.warning("provider_failed", exc_info=fault)
        return notice_page(request, _("Sign in"), _("The sign-in provider cannot be reached. Try again."), status=502)
    return answer


async def come_back(request: Request) -> Response:
    """Take the provider's answer, find whom it names here and open their session; the provider makes nobody."""
    settings = open_shop().settings
    if not settings.oidc_issuer:
        return RedirectResponse("/login", 303)
    wanted = own_path(request.session.get(_NEXT))
    try:
        claims = await _proven(request, settings)
        signed_in = await run_in_threadpool(_open, claims, **caller_of(request))
    except _PROVIDER_FAULTS as fault:
        log.warning("provider_failed", exc_info=fault)
        return notice_page(request, _("Sign in"), _("The sign-in did not come to an end. Try again."), status=401)
    except OmsError as refusal:
        log.warning("provider_names_nobody", code=refusal.code)
        return notice_page(request, _("Sign in"), say(refusal), status=403)
    finally:
        request.session.clear()
    await end_session(request)
    return entered(signed_in.token, "/password" if signed_in.must_change_password else wanted)


async def _proven(request: Request, settings: Settings) -> dict[str, Any]:
    """The claims of the provider's token: its signature, issuer, audience, age and nonce hold, else it raises."""
    must_be = {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
        "sub": {"essential": True},
    }
    token = await _client(settings).authorize_access_token(request, claims_options=must_be)
    claims: dict[str, Any] = token["userinfo"]
    return claims


def _open(claims: dict[str, Any], *, address: str, user_agent: str) -> SignedIn:
    sessions = open_shop().sessions
    system = door.read(sessions, None, find_actor, login=SYSTEM)
    email = claims.get("email") if claims.get("email_verified") is True else None
    return door.run(
        sessions, system, sign_in_by_provider, subject=str(claims["sub"]), verified_email=email,
        address=address, user_agent=user_agent, limits=limits_of_sessions(),
    )  # fmt: skip


@cache
def _client(settings: Settings) -> Any:  # noqa: ANN401 - Authlib has no types
    from authlib.integrations.starlette_client import OAuth  # only here: most shops have no provider

    registry = OAuth()
    return registry.register(
        name="provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value() or None,
        server_metadata_url=settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "timeout": 10},
    )
