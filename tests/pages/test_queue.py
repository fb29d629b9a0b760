"""The queue opens on work, keeps views, marks orders in words, stands as a board, and acts on all that matches."""

from collections.abc import Callable
from typing import Any

import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

Browse = Callable[..., AppTest]


def _grid(app: AppTest) -> Any:
    return app.dataframe[0].value


def _view(app: AppTest) -> str:
    return str(app.session_state["view"])


@pytest.mark.parametrize(("by", "opened"), [("anna", "to_confirm"), ("lena", "late"), ("bob", "backordered")])
def test_the_queue_opens_on_the_work_of_who_looks(full_shop: OpenShop, browse: Browse, by: str, opened: str) -> None:
    assert _view(browse(full_shop, "orders", by=by)) == opened


def test_what_is_asked_stands_in_the_address_and_comes_back_by_it(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "orders", view="all", sort="value", group="new")
    assert not app.exception
    assert (app.session_state["sort"], app.session_state["group"]) == ("value", "new")
    assert set(_grid(app)["status"].explode()) == {"New"}


def test_a_search_ranks_and_says_what_it_found(full_shop: OpenShop, browse: Browse) -> None:
    number = full_shop.numbers[3]
    app = browse(full_shop, "orders", view="all", q=number)
    assert _grid(app)["number"].to_list()[0] == number
    assert _grid(app)["found"].to_list()[0] == "number"


def test_marks_are_words(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "orders", view="late")
    marks = set(_grid(app)["attention"].explode())
    assert any(mark.startswith("Late by ") for mark in marks)


def test_a_view_is_kept_shared_and_opened_by_another(own_shop: Any, browse: Browse) -> None:
    shop, _sessions = own_shop
    app = browse(shop, "orders", by="anna", view="all", group="new", q="a")
    app.text_input(key="view_name").set_value("New with an a")
    app.checkbox(key="view_shared").check()
    app.button(key="view_keep").click().run()
    assert not app.exception
    kept = app.session_state["kept_view"]
    other = browse(shop, "orders", by="boris")
    assert kept is not None
    other.button_group(key="kept_view").set_value(kept).run()
    assert not other.exception
    assert (other.session_state["group"], other.session_state["q"], _view(other)) == ("new", "a", "all")


def test_a_search_without_a_result_says_so_and_can_be_cleared(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "orders", view="all", q="zzzzzz", group="new")
    assert any("No order matches" in one.value for one in app.markdown)
    app.button(key="clear_filters").click().run()
    assert not app.exception
    assert (app.session_state["q"], app.session_state["group"]) == ("", "")


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_board_stands_in_every_view(full_shop: OpenShop, browse: Browse, lang: str) -> None:
    for view in ("all", "to_pick", "late"):
        app = browse(full_shop, "orders", view=view, show="board", lang=lang)
        assert not app.exception
