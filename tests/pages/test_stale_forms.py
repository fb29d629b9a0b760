"""Two people at one form: who saves second sees who saved what, loses nothing typed, and decides."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from shops import OpenShop
from sizes import sampled
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.automation.rules import read_automation, save_automation
from oms_core.db import make_sessions
from oms_core.workflow.approval_policies import list_approval_policies, save_approval_policy
from oms_core.workflow.hold_policies import list_hold_policies, save_hold_policy
from oms_core.workflow.reasons import list_reasons, save_reason
from oms_core.workflow.validation import read_rule, save_rule

Browse = Callable[..., AppTest]
RULE = {
    "code": "sound", "name": "A rule", "message": "First.", "field": "lines", "severity": "refuse",
    "expression": "order.total < 5.0", "is_active": False,
}  # fmt: skip
AUTOMATION = {"code": "tagger", "name": "First", "event": "order.placed", "actions": [{"kind": "tag", "tag": "a"}]}


@dataclass(frozen=True)
class Form:
    """A form, one field of it by the end of its key, how others change that, and what is saved."""

    page: str
    address: dict[str, str]
    element: str
    field: str
    save: str
    values: tuple[Any, Any]
    change: Callable[["Shop", Any], None]
    saved: Callable[[Session], Any]


@dataclass(frozen=True)
class Shop:
    opened: OpenShop
    sessions: sessionmaker[Session]

    def do(self, use_case: Callable[..., Any], **facts: Any) -> None:
        with self.sessions() as session:
            admin = find_actor(session, "admin")
        door.run(self.sessions, admin, use_case, **facts)

    def of(self, query: Callable[[Session], Any]) -> Any:
        with self.sessions() as session:
            return query(session)


def limit_of(session: Session) -> dict[str, Any]:
    return next(one.document for one in list_approval_policies(session) if one.code == "discount")


def prepayment_of(session: Session) -> dict[str, Any]:
    return next(one.document for one in list_hold_policies(session) if one.kind == "prepayment")


def fraud_of(session: Session) -> Any:
    return next(one for one in list_reasons(session) if one.code == "fraud")


FORMS = {
    "rule": Form(
        "rules", {"rule": "sound"}, "text_area", "_message", "_save", ("Mine.", "Theirs."),
        lambda shop, value: shop.do(save_rule, document=RULE | {"message": value}),
        lambda session: read_rule(session, "sound").message,
    ),
    "automation": Form(
        "automation", {"rule": "tagger"}, "text_input", "tagger_1_name", "_save", ("Mine", "Theirs"),
        lambda shop, value: shop.do(save_automation, document=AUTOMATION | {"name": value}),
        lambda session: read_automation(session, "tagger").name,
    ),
    "limit": Form(
        "approvals", {"place": "limits"}, "number_input", "_limit", "limit_save", (12.0, 15.0),
        lambda shop, value: shop.do(save_approval_policy, document=shop.of(limit_of) | {"limit": value}),
        lambda session: float(limit_of(session)["limit"]),
    ),
    "hold": Form(
        "approvals", {"place": "holds"}, "number_input", "hold_percent_prepayment_1", "hold_save_prepayment",
        (40.0, 60.0),
        lambda shop, value: shop.do(
            save_hold_policy,
            document=shop.of(prepayment_of) | {"parameters": shop.of(prepayment_of)["parameters"] | {"percent": value}},
        ),
        lambda session: prepayment_of(session)["parameters"]["percent"],
    ),
    "reason": Form(
        "reasons", {"reason": "fraud"}, "text_input", "_label", "save_reason", ("Mine", "Theirs"),
        lambda shop, value: shop.do(save_reason, reason=replace(shop.of(fraud_of), label=value)),
        lambda session: fraud_of(session).label,
    ),
}  # fmt: skip


@pytest.fixture
def shop(fresh_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop with a rule of each kind."""
    url = fresh_engine.url.render_as_string(hide_password=False)
    shop = Shop(OpenShop(url, tmp_path_factory.mktemp("marts")), make_sessions(fresh_engine))
    shop.do(save_rule, document=RULE)
    shop.do(save_automation, document=AUTOMATION)
    return shop


@pytest.fixture(params=sampled(FORMS.values(), 3), ids=FORMS)
def form(request: pytest.FixtureRequest) -> Form:
    return request.param


def begin(form: Form, shop: Shop, browse: Browse) -> AppTest:
    """Type into the form while somebody else saves another value."""
    app = browse(shop.opened, form.page, **form.address)
    assert not app.exception, app.exception
    mine, theirs = form.values
    typed(app, form).set_value(mine).run()
    form.change(shop, theirs)
    pressed(app, form.save).click().run()
    assert not app.exception, app.exception
    return app


def typed(app: AppTest, form: Form) -> Any:
    return ending(getattr(app, form.element), form.field)


def pressed(app: AppTest, key: str) -> Any:
    return ending(app.button, key)


def ending(elements: Any, key: str) -> Any:
    return next(element for element in elements if (element.key or "").endswith(key))


def test_what_others_saved_meanwhile_is_told_and_what_was_typed_stays(form: Form, shop: Shop, browse: Browse) -> None:
    app = begin(form, shop, browse)
    mine, theirs = form.values
    assert shop.of(form.saved) == theirs
    assert typed(app, form).value == mine
    told = " ".join(element.value for element in (*app.warning, *app.markdown))
    assert "admin saved version 2 meanwhile" in told
    plain = told.replace("\\", "")
    values = [f"{value:g}" if isinstance(value, float) else f"“{value}”" for value in form.values]
    assert all(value in plain for value in values)


def test_who_goes_on_from_the_new_version_replaces_it_knowingly(form: Form, shop: Shop, browse: Browse) -> None:
    app = begin(form, shop, browse)
    next(button for button in app.button if str(button.key).startswith("go_on_")).click().run()
    pressed(app, form.save).click().run()
    assert not app.exception, app.exception
    assert shop.of(form.saved) == form.values[0]
    assert not [button for button in app.button if str(button.key).startswith("go_on_")]


def test_who_discards_sees_what_the_others_saved(form: Form, shop: Shop, browse: Browse) -> None:
    app = begin(form, shop, browse)
    next(button for button in app.button if str(button.key).startswith("discard_")).click().run()
    assert not app.exception, app.exception
    field = form.field.replace("_1", "_2")
    assert ending(getattr(app, form.element), field).value == form.values[1]
    assert shop.of(form.saved) == form.values[1]
