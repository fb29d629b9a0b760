"""Every page shows itself, in a shop that is empty and in one that is full, in English and in Russian."""

from collections.abc import Callable
from pathlib import Path

import pytest
from shops import OpenShop
from sizes import sampled
from streamlit.testing.v1 import AppTest

from dashboard import app_pages

Browse = Callable[..., AppTest]
PAGES = sorted(file.stem for file in Path(app_pages.__file__).parent.glob("[!_]*.py"))
CASES = [(page, lang) for lang in ("en", "ru") for page in PAGES]
OF_ANOTHER_KIND = {"customer", "quotation"}  # pages of one thing that no number of an order opens
TITLES = {"orders": ("Orders", "Заказы"), "stock": ("Stock", "Остатки"), "integrity": ("Integrity", "Целостность")}


@pytest.mark.parametrize("case", sampled(CASES, 4), ids="-".join)
def test_a_page_of_an_empty_shop_shows_itself_and_what_to_do(
    case: tuple[str, str], empty_shop: OpenShop, browse: Browse
) -> None:
    page, lang = case
    app = browse(empty_shop, page, lang=lang)
    assert not app.exception, app.exception
    assert app.title or app.get_by_key("empty-state") is not None


@pytest.mark.parametrize("case", sampled(CASES, lambda case: case[1] == "en" or case in CASES[::3]), ids="-".join)
def test_a_page_of_a_full_shop_shows_itself(case: tuple[str, str], full_shop: OpenShop, browse: Browse) -> None:
    page, lang = case
    app = browse(full_shop, page, lang=lang, number=full_shop.numbers[-1])
    assert not app.exception, app.exception
    assert not app.error
    assert app.title or (page in OF_ANOTHER_KIND and app.get_by_key("empty-state") is not None)


@pytest.mark.parametrize("page", TITLES)
def test_a_page_speaks_the_language_of_the_address(page: str, full_shop: OpenShop, browse: Browse) -> None:
    english, russian = TITLES[page]
    assert browse(full_shop, page, lang="en").title[0].value == english
    assert browse(full_shop, page, lang="ru").title[0].value == russian
