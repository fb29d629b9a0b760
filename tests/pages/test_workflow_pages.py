"""The pages of the workflow and of the reasons: what everybody sees, and what an administrator changes with them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from shops import OpenShop, fill
from sizes import sampled
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.db import make_sessions
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.card import read_order
from oms_core.orders.card_views import OrderCard
from oms_core.orders.progress import move_order
from oms_core.workflow.reasons import list_reasons, save_reason
from oms_core.workflow.workflow_document import read_workflow, save_workflow, workflow_version
from oms_core.workflow.workflow_parts import WorkflowDocument

Browse = Callable[..., AppTest]
TITLES = {"workflow": ("Workflow", "Процесс"), "reasons": ("Cancel reasons", "Причины отмены")}
PEOPLE = {"admin": True, "anna": False, "lena": False, "eva": False}  # who may edit


@pytest.fixture(scope="module")
def lived_in(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> OpenShop:
    """A full shop whose workflow and reasons were changed: a status of its own, a retired reason, two versions."""
    engine = lasting_database()
    sessions = make_sessions(engine)
    numbers = fill(sessions, orders=12)
    admin = door.read(sessions, None, find_actor, login="admin")
    with_call_back(sessions, admin)
    reasons = door.read(sessions, admin, list_reasons)
    door.run(sessions, admin, save_reason, reason=replace(reasons[0], is_active=False, groups=("new",)), note="*why*")
    url = engine.url.render_as_string(hide_password=False)
    return OpenShop(url, tmp_path_factory.mktemp("marts"), tuple(numbers))


def with_call_back(sessions: sessionmaker[Session], admin: Actor) -> None:
    """Publish a sub-status between new and confirmed, with two moves."""
    document = door.read(sessions, admin, read_workflow).as_json()
    call = {**document["statuses"][1], "code": "call_back", "name": "Call *back*", "position": 1}
    later = [{**one, "position": one["position"] + 1} for one in document["statuses"][2:]]
    call["translations"] = {"ru": {"name": "Перезвонить"}}
    move = {**document["transitions"][1], "from_status": "call_back", "to_status": "confirm", "label": "Reached"}
    there = {**move, "from_status": "new", "to_status": "call_back", "label": "Call later", "position": 5}
    document["statuses"] = [*document["statuses"][:2], {**call, "position": 2}, *later]
    document["transitions"] = [*document["transitions"], move, there]
    facts = {"document": WorkflowDocument.of(document), "note": "We *call* back."}
    for _version in range(2):
        door.run(sessions, admin, save_workflow, **facts)


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("by", PEOPLE)
@pytest.mark.parametrize("page", TITLES)
@pytest.mark.parametrize("shop", sampled(["lived_in", "full_shop"], 2))
def test_everybody_sees_the_page_and_only_administrators_its_editor(
    *, shop: str, page: str, by: str, lang: str, browse: Browse, request: pytest.FixtureRequest
) -> None:
    app = browse(request.getfixturevalue(shop), page, by=by, lang=lang)
    assert not app.exception, app.exception
    assert app.title[0].value == TITLES[page][lang == "ru"]
    if page == "reasons":
        assert any(button.key == "save_reason" for button in app.button) is PEOPLE[by]
    else:
        edited = browse(request.getfixturevalue(shop), page, by=by, lang=lang, section="edit")
        assert not edited.exception, edited.exception
        assert any((radio.key or "").startswith("_workflow_chosen") for radio in edited.radio) is PEOPLE[by]
        versions = browse(request.getfixturevalue(shop), page, by=by, lang=lang, section="versions")
        assert not versions.exception, versions.exception
        restores = [button for button in versions.button if (button.key or "").startswith("restore_")]
        assert bool(restores) is (PEOPLE[by] and shop == "lived_in")


@pytest.mark.parametrize("page", TITLES)
def test_a_seeded_shop_shows_what_it_begins_with(page: str, empty_shop: OpenShop, browse: Browse) -> None:
    for section in ("picture", "edit", "versions"):
        app = browse(empty_shop, page, section=section)
        assert not app.exception, app.exception
        assert app.title


def test_a_move_opens_the_orders_that_made_it(lived_in: OpenShop, browse: Browse) -> None:
    app = browse(lived_in, "workflow", move="new>confirm")
    assert not app.exception, app.exception
    assert len(app.dataframe[0].value) > 0
    assert set(app.dataframe[0].value["number"]) <= set(lived_in.numbers)


def test_a_status_opens_its_orders_in_the_queue(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "orders", view="all", status="pick")
    assert not app.exception, app.exception
    assert {word for words in app.dataframe[0].value["status"] for word in words} == {"Picking"}


def test_the_rows_own_translation_is_said_before_ours(lived_in: OpenShop, browse: Browse) -> None:
    app = browse(lived_in, "workflow", lang="ru", section="edit")
    assert "Перезвонить" in app.radio[0].options
    assert browse(lived_in, "workflow", lang="en", section="edit").radio[0].options[2].startswith("Call")


def test_an_administrator_adds_a_status_and_moves_and_an_order_goes_through_them(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    app = browse(shop, "workflow", section="edit")
    add(app, "status", new_status="Call back", new_group="new")
    app.segmented_control(key="part").set_value("transitions").run()
    add(app, "transition", new_from="new", new_to="call_back", new_label="Call later")
    add(app, "transition", new_from="call_back", new_to="confirm", new_label="Reached them")
    app.button(key="preview_draft").click().run()
    told = " ".join(text.value for text in app.markdown)
    assert "Call back" in told
    assert not app.error
    app.text_input(key="workflow_note").set_value("We call back").run()
    app.button(key="publish_workflow").click().run()
    assert not app.exception, app.exception
    admin = door.read(sessions, None, find_actor, login="admin")
    anna = door.read(sessions, None, find_actor, login="anna")
    assert door.read(sessions, admin, workflow_version) >= 1
    number = next(number for number in shop.numbers if card_of(sessions, admin, number).status == "new")
    for to in ("call_back", "confirm"):
        door.run(sessions, anna, move_order, number=number, to=to)
    assert [stay.status for stay in card_of(sessions, admin, number).stays][:3] == ["new", "call_back", "confirm"]
    desk = browse(shop, "order", number=number, by="anna")
    assert any("Call back" in text.value for text in desk.markdown)


def test_faults_stand_beside_the_field_and_bar_publishing_and_nothing_typed_is_lost(
    own_shop: Any, browse: Browse
) -> None:
    shop, sessions = own_shop
    app = browse(shop, "workflow", section="edit")
    next(field for field in app.text_input if (field.key or "").endswith("statuses_preorder_name")).set_value("").run()
    assert any("empty or too long" in text.value for text in app.caption)
    app.button(key="preview_draft").click().run()
    assert app.error
    assert app.button(key="publish_workflow").disabled
    app.button(key="back_to_editing").click().run()
    name = next(field for field in app.text_input if (field.key or "").endswith("statuses_preorder_name"))
    assert name.value == ""
    name.set_value("Booked").run()
    app.button(key="preview_draft").click().run()
    app.button(key="publish_workflow").click().run()
    admin = door.read(sessions, None, find_actor, login="admin")
    assert door.read(sessions, admin, read_workflow).statuses[0].name == "Booked"


def test_a_stale_draft_is_told_with_both_versions_and_refused_until_it_goes_on_from_the_present(
    own_shop: Any, browse: Browse
) -> None:
    shop, sessions = own_shop
    admin = door.read(sessions, None, find_actor, login="admin")
    app = browse(shop, "workflow", section="edit")
    next(field for field in app.text_input if (field.key or "").endswith("preorder_name")).set_value("Booked").run()
    app.button(key="preview_draft").click().run()
    before = door.read(sessions, admin, workflow_version)
    with_call_back(sessions, admin)
    app.button(key="publish_workflow").click().run()
    now = door.read(sessions, admin, workflow_version)
    assert any(f"version {before}" in text.value and f"version {now}" in text.value for text in app.warning)
    app.button(key="back_to_editing").click().run()
    app.button(key="rebase_draft").click().run()
    name = next(field for field in app.text_input if (field.key or "").endswith("preorder_name"))
    assert name.value == "Booked"
    assert not app.button(key="preview_draft").disabled


def test_an_old_version_is_put_in_force_again_with_one_click(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    admin = door.read(sessions, None, find_actor, login="admin")
    with_call_back(sessions, admin)
    document = door.read(sessions, admin, read_workflow)
    first = door.read(sessions, admin, workflow_version)
    changed = replace(document, statuses=(replace(document.statuses[0], name="Booked"), *document.statuses[1:]))
    door.run(sessions, admin, save_workflow, document=changed)
    app = browse(shop, "workflow", section="versions")
    app.button(key=f"restore_{first}").click().run()
    assert not app.exception, app.exception
    assert door.read(sessions, admin, read_workflow) == document


def test_a_reason_is_added_and_given_and_renamed_without_breaking_history(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    admin = door.read(sessions, None, find_actor, login="admin")
    app = browse(shop, "reasons", reason="new")
    field(app.text_input, "_label").set_value("Moved abroad")
    field(app.text_input, "_ru").set_value("Переехал").run()
    app.button(key="save_reason").click().run()
    assert not app.exception, app.exception
    number = next(number for number in shop.numbers if card_of(sessions, admin, number).status == "new")
    door.run(sessions, admin, cancel_order, number=number, reason="moved_abroad")
    app = browse(shop, "reasons", reason="moved_abroad")
    field(app.text_input, "_label").set_value("Went abroad").run()
    app.button(key="save_reason").click().run()
    assert not app.exception, app.exception
    assert {row.reason for row in card_of(sessions, admin, number).cancellations} == {"moved_abroad"}
    desk = browse(shop, "order", number=number)
    assert any("Went abroad" in text.value for text in desk.markdown)
    assert any("Переехал" in text.value for text in browse(shop, "order", number=number, lang="ru").markdown)


def test_a_refused_reason_says_what_is_wrong_beside_its_field_and_keeps_what_was_typed(
    own_shop: Any, browse: Browse
) -> None:
    app = browse(own_shop[0], "reasons", reason="unknown")
    field(app.toggle, "_active").set_value(False)
    field(app.text_input, "_label").set_value("Nobody knows").run()
    app.button(key="save_reason").click().run()
    assert any("must stay" in text.value for text in app.caption)
    assert field(app.text_input, "_label").value == "Nobody knows"


def add(app: AppTest, what: str, **fields: str) -> None:
    """Fill the form behind "Add" and send it."""
    for name, value in fields.items():
        kind = app.text_input if name in {"new_status", "new_label", "new_type"} else app.selectbox
        field(kind, f"_{name}").set_value(value).run()
    field(app.button, f"_add_{what}").click().run()
    assert not app.exception, app.exception


def field(elements: Any, ending: str) -> Any:
    """The element whose key ends so."""
    return next(element for element in elements if (element.key or "").endswith(ending))


def card_of(sessions: sessionmaker[Session], actor: Actor, number: str) -> OrderCard:
    return door.read(sessions, actor, read_order, number=number)
