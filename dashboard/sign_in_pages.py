"""The pages of signing in: plain HTML of our own that needs no script, in the visitor's language."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboard.translation import LANGUAGES, _, language

STATIC = Path(__file__).parent / "static"


def visitors_language(request: Request) -> str:
    """Language asked for in the address, else the first of ours that the browser prefers."""
    wanted = request.query_params.get("lang", "")
    return wanted if wanted in LANGUAGES else preferred_language(request.headers)


def preferred_language(headers: Headers) -> str:
    """The first of our languages by ``Accept-Language``, or English."""
    weighed = []
    for place, part in enumerate(headers.get("accept-language", "")[:500].split(",")):
        name, _separator, weight = part.partition(";q=")
        weighed.append((-_number(weight), place, name.strip()[:2].lower()))
    return next((code for weight, _place, code in sorted(weighed) if weight < 0 and code in LANGUAGES), "en")


def login_page(
    request: Request, *, form: str, wanted: str, alert: str = "", login: str = "", provider: str = "", status: int = 200
) -> HTMLResponse:
    """The sign-in form; ``alert`` says why the last try failed, ``provider`` names another way in."""
    fields = _hidden("form", form) + _hidden("next", wanted)
    fields += _field("login", _("Login"), kind="text", autocomplete="username", value=login, focus=not login)
    fields += _field("password", _("Password"), kind="password", autocomplete="current-password", focus=bool(login))
    body = _alert(alert) + _form(address_of("/login", lang=language()), fields, _("Sign in"))
    if provider:
        label = escape(_("Continue with {provider}").format(provider=provider))
        body += f'<a class="button" href="{escape(address_of("/auth/oidc/login", next=wanted))}">{label}</a>'
    return _page(request, _("Sign in to Cadence"), body, status, next=wanted)


def password_page(
    request: Request, *, form: str, login: str, is_first: bool, alert: str = "", status: int = 200
) -> HTMLResponse:
    """The form that changes one's own password; ``is_first`` tells that nothing else may be done before."""
    told = _("Your password was for one time. Choose your own to go on.") if is_first else _("Signed in as {login}.")
    now = _("One-time password") if is_first else _("Present password")
    fields = _hidden("form", form) + _username(login)
    fields += _field("current", now, kind="password", autocomplete="current-password", focus=True)
    hint = _("At least 10 characters; several words that you remember are best.")
    fields += _field("new", _("New password"), kind="password", autocomplete="new-password", hint=hint)
    fields += _field("repeated", _("New password again"), kind="password", autocomplete="new-password")
    body = f"<p>{escape(told.format(login=login))}</p>" + _alert(alert)
    body += _form(address_of("/password", lang=language()), fields, _("Change the password"))
    body += _sign_out_link(is_first)
    return _page(request, _("Change the password"), body, status)


def logout_page(request: Request, *, login: str) -> HTMLResponse:
    """Ask whether to sign out: an address alone never does it."""
    body = f"<p>{escape(_('Signed in as {login}.').format(login=login))}</p>"
    body += _form("/logout", "", _("Sign out"))
    return _page(request, _("Sign out"), body, 200)


def notice_page(request: Request, title: str, told: str, *, status: int) -> HTMLResponse:
    """Say what went wrong, and lead back to the form."""
    body = _alert(told) + f'<a class="button" href="{address_of("/login", lang=language())}">{escape(_("Sign in"))}</a>'
    return _page(request, title, body, status)


def _sign_out_link(is_first: bool) -> str:
    address, label = ("/logout", _("Sign out")) if is_first else ("/", _("Back"))
    return f'<a class="button" href="{address}">{escape(label)}</a>'


def _page(request: Request, title: str, body: str, status: int, **kept: str) -> HTMLResponse:
    links = "".join(
        f'<a href="{escape(address_of(request.url.path, lang=code, **kept))}" lang="{code}" hreflang="{code}"'
        f"{' aria-current=true' if code == language() else ''}>{name}</a>"
        for code, name in LANGUAGES.items()
    )
    words = {"lang": language(), "title": escape(title), "body": body, "languages": links}
    words |= {"languages_title": escape(_("Language")), "style": _style(), "mark": _mark()}
    return HTMLResponse(_template().substitute(words), status, headers=_headers())


def _form(address: str, fields: str, verb: str) -> str:
    button = f'<button type="submit">{escape(verb)}</button>'
    return f'<form method="post" action="{escape(address)}">{fields}{button}</form>'


def _field(
    name: str, label: str, *, kind: str, autocomplete: str, value: str = "", hint: str = "", focus: bool = False
) -> str:
    described = f' aria-describedby="{name}-hint"' if hint else ""
    told = f'<small id="{name}-hint">{escape(hint)}</small>' if hint else ""
    return (
        f'<div><label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" type="{kind}"'
        f' value="{escape(value)}" autocomplete="{autocomplete}" autocapitalize="none" spellcheck="false"'
        f' maxlength="200" required{described}{" autofocus" if focus else ""}>{told}</div>'
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _username(login: str) -> str:
    """Whose password it is, for the browser's keeper of passwords alone."""
    return f'<input name="username" value="{escape(login)}" autocomplete="username" readonly hidden>'


def _alert(told: str) -> str:
    return f'<div role="alert">{escape(told)}</div>' if told else ""


def address_of(path: str, **asked: str) -> str:
    """Put an address together; what is empty is left out."""
    given = {name: value for name, value in asked.items() if value and not (name == "next" and value == "/")}
    return path + (f"?{urlencode(given)}" if given else "")


def _number(weight: str) -> float:
    try:
        return min(float(weight or "1"), 1.0)
    except ValueError:
        return 0.0


@cache
def _template() -> Template:
    return Template((STATIC / "sign_in.html").read_text(encoding="utf-8"))


@cache
def _style() -> str:
    return (STATIC / "sign_in.css").read_text(encoding="utf-8")


@cache
def _mark() -> str:
    return "data:image/svg+xml;base64," + base64.b64encode((STATIC / "mark.svg").read_bytes()).decode()


@cache
def _headers() -> Mapping[str, str]:
    """Nothing runs on these pages, nothing is fetched from elsewhere, and no cache keeps them."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    return {"Content-Security-Policy": policy, "X-Frame-Options": "DENY", "Cache-Control": "no-store"}
