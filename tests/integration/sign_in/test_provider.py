"""Signing in at an identity provider: whom it names, and what of its answers is not believed."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from shops import fill
from signing_in import set_password
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from oms_core.access.models import User
from oms_core.db import make_sessions
from tests.concurrency.serving import serving
from tests.integration.sign_in.browsing import Browser, alert_in
from tests.integration.sign_in.conftest import Gated
from tests.integration.sign_in.identity_provider import CLIENT, SECRET, Provider, provided

ANNA = {"sub": "subject-of-anna", "email": "Anna@Example.com", "email_verified": True}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provided() as provider:
        yield provider


@pytest.fixture(scope="module")
def linked(
    provider: Provider, lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gated]:
    """A served shop that knows the provider."""
    engine, folder = lasting_database(), tmp_path_factory.mktemp("linked")
    sessions = make_sessions(engine)
    numbers = fill(sessions, orders=2)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "ISSUER": provider.issuer,
            "CLIENT_ID": CLIENT,
            "CLIENT_SECRET": SECRET,
            "LABEL": "Our ID",
        }.items():
            patch.setenv(f"OMS_OIDC_{name}", value)
        with serving(engine.url.render_as_string(hide_password=False), folder, folder / "server.log") as server:
            yield Gated(f"http://127.0.0.1:{server.port}", sessions, tuple(numbers))


@pytest.fixture
def browser(linked: Gated, provider: Provider) -> Iterator[Browser]:
    """A stranger at the shop, and a provider that tells the truth about Anna, whom nobody linked yet."""
    provider.claims, provider.lies, provider.signed_by = dict(ANNA), {}, None
    with linked.sessions.begin() as session:
        session.execute(update(User).values(oidc_subject=None, email=None, is_active=True))
        session.execute(update(User).where(User.login == "anna").values(email="anna@example.com"))
    with Browser(linked.address) as browser:
        yield browser


def there_and_back(browser: Browser, wanted: str = "/orders") -> httpx.Response:
    """Go to the provider, be signed in there, and come back."""
    away = browser.get("/auth/oidc/login", params={"next": wanted})
    assert away.status_code == 302, away.text
    back = httpx.get(away.headers["location"])
    return browser.get(back.headers["location"])


def subject_of(sessions: sessionmaker[Session], login: str) -> str | None:
    with sessions() as session:
        return session.scalar(select(User.oidc_subject).where(User.login == login))


def test_the_first_time_the_verified_address_names_the_person_and_later_the_subject_alone(
    browser: Browser, linked: Gated, provider: Provider
) -> None:
    assert "Continue with Our ID" in browser.get("/login?next=/orders").text
    answer = there_and_back(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
    assert "HttpOnly" in next(c for c in answer.headers.get_list("set-cookie") if c.startswith("cadence_session="))
    assert browser.get("/api/v1/me").json()["login"] == "anna"
    assert subject_of(linked.sessions, "anna") == "subject-of-anna"
    provider.claims = {"sub": "subject-of-anna", "email": "other@example.com", "email_verified": False}
    with Browser(linked.address) as another:
        there_and_back(another)
        assert another.get("/api/v1/me").json()["login"] == "anna"


def test_the_way_there_has_state_nonce_and_the_challenge_of_pkce(browser: Browser) -> None:
    asked = httpx.URL(browser.get("/auth/oidc/login").headers["location"]).params
    assert asked["code_challenge_method"] == "S256"
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["redirect_uri"] == f"{browser.origin}/auth/oidc/callback"


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "stranger@example.com"},
        {"email": None},
        {"email": ""},
        {"sub": "s" * 300},
        {"email": "' OR 1=1 --"},
    ],
)
def test_nobody_is_made_or_linked_who_is_not_known_for_certain(
    claims: dict[str, Any], browser: Browser, linked: Gated, provider: Provider
) -> None:
    provider.claims |= claims
    with linked.sessions() as session:
        people = session.scalar(text("SELECT count(*) FROM users"))
    answer = there_and_back(browser)
    assert answer.status_code == 403
    assert "Nobody here belongs" in alert_in(answer)
    assert "cadence_session" not in browser.cookies
    assert subject_of(linked.sessions, "anna") is None
    with linked.sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM users")) == people


def test_who_has_left_or_shares_an_address_or_is_linked_to_another_is_not_let_in(
    browser: Browser, linked: Gated, provider: Provider
) -> None:
    for change in (
        update(User).where(User.login == "anna").values(is_active=False),
        update(User).where(User.login.in_(["anna", "boris"])).values(is_active=True, email="anna@example.com"),
        update(User).where(User.login == "boris").values(email=None, oidc_subject="subject-of-anna", is_active=False),
    ):
        with linked.sessions.begin() as session:
            session.execute(change)
        assert there_and_back(browser).status_code == 403
    with linked.sessions.begin() as session:
        session.execute(update(User).where(User.login == "boris").values(oidc_subject=None))
        session.execute(update(User).where(User.login == "anna").values(oidc_subject="another-subject"))
    assert there_and_back(browser).status_code == 403


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "http://evil.test"},
        {"aud": "another-client"},
        {"exp": 1_000_000_000},
        {"nonce": "another"},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_ours_or_not_of_now_is_not_believed(
    lie: dict[str, Any], browser: Browser, provider: Provider
) -> None:
    provider.lies = lie
    assert there_and_back(browser).status_code == 401
    assert "cadence_session" not in browser.cookies


def test_a_token_signed_by_another_key_is_not_believed(browser: Browser, provider: Provider) -> None:
    provider.signed_by = RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"})
    assert there_and_back(browser).status_code == 401


def test_an_answer_that_this_browser_never_asked_for_is_refused(browser: Browser, linked: Gated) -> None:
    away = browser.get("/auth/oidc/login")
    back = httpx.get(away.headers["location"]).headers["location"]
    with Browser(linked.address) as victim:
        assert victim.get(back).status_code == 401  # an attacker's own code, planted in another browser
        victim.get("/auth/oidc/login")
        assert victim.get(back).status_code == 401
        assert "cadence_session" not in victim.cookies
    assert browser.get("/auth/oidc/callback?error=access_denied&state=x").status_code == 401


def test_an_answer_counts_once(browser: Browser) -> None:
    away = browser.get("/auth/oidc/login")
    back = httpx.get(away.headers["location"]).headers["location"]
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 401


def test_nobody_is_sent_to_another_site_after_it(browser: Browser) -> None:
    assert there_and_back(browser, "//evil.test").headers["location"] == "/"


def test_a_one_time_password_that_was_never_used_ends_with_the_link(browser: Browser, linked: Gated) -> None:
    set_password(linked.sessions, "anna", one_time=True)
    assert there_and_back(browser).headers["location"] == "/orders"
    assert browser.get("/api/v1/me").json()["login"] == "anna"
    with Browser(linked.address) as another:
        assert another.sign_in("anna").status_code == 401
