"""A visitor's browser without a window: keeps cookies, sends the Origin that browsers send, follows nothing."""

import html
import re
from typing import Any

import httpx
from signing_in import PASSWORD


class Browser(httpx.Client):
    """Speaks to one served shop."""

    def __init__(self, address: str, **facts: Any) -> None:
        super().__init__(base_url=address, follow_redirects=False, timeout=30, **facts)
        self.origin = address

    def form_of(self, path: str) -> str:
        """Open a page with a form and return the word that binds the form to this browser."""
        return bound_in(self.get(path))

    def submit(self, path: str, **fields: str) -> httpx.Response:
        """Send a form as a page of ours would."""
        return self.post(path, data=fields, headers={"Origin": self.origin})

    def sign_in(self, login: str, password: str = PASSWORD, *, wanted: str = "/") -> httpx.Response:
        """Fill in the sign-in form and send it."""
        return self.submit("/login", form=self.form_of("/login"), login=login, password=password, next=wanted)


def bound_in(answer: httpx.Response) -> str:
    """The word in a page's form that binds it."""
    found = re.search(r'name="form" value="([^"]+)"', answer.text)
    assert found, answer.text
    return html.unescape(found[1])


def alert_in(answer: httpx.Response) -> str:
    """What a page warns of."""
    found = re.search(r'role="alert">([^<]*)<', answer.text)
    return html.unescape(found[1]) if found else ""
