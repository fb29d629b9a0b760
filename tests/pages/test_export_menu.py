"""The export of a page's figures: on every page of figures, of what its reader may see, as the page showed it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from dashboard.export_menu import allowed_of, as_seen
from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission
from oms_core.errors import Forbidden
from pipelines.metric_tables import Report
from pipelines.store import Store

Browse = Callable[..., AppTest]
PAGES = ["workload", *(
    pytest.param(page, marks=pytest.mark.full) for page in ("overview", "fulfilment_times", "cancellations", "sales")
)]  # fmt: skip
REPORT = Report("Sales", ["ordered_value", "gross_margin"], date(2026, 1, 1), date(2026, 2, 1))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_figures_hands_them_over_in_four_kinds_of_files(
    full_shop: OpenShop, browse: Browse, page: str
) -> None:
    app = browse(full_shop, page)
    assert not app.exception
    assert [button.proto.label for button in app.get("download_button")] == [
        "Excel workbook", "CSV file", "Parquet file", "Digest as PDF",
    ]  # fmt: skip
    assert not app.selectbox(key="export_cut").select("month").run().exception


def test_who_may_see_no_cost_gets_no_figure_of_it_and_who_may_see_no_figures_gets_no_file() -> None:
    sees = {Permission.ANALYTICS_VIEW, Permission.COST_VIEW}
    anna = Actor(1, "anna", permissions=frozenset(sees))
    assert list(allowed_of(REPORT, anna).codes) == ["ordered_value", "gross_margin"]
    blind = replace(anna, permissions=frozenset({Permission.ANALYTICS_VIEW}))
    assert list(allowed_of(REPORT, blind).codes) == ["ordered_value"]
    with pytest.raises(Forbidden):
        allowed_of(REPORT, replace(anna, permissions=frozenset({Permission.COST_VIEW})))


def test_a_file_is_of_the_publication_that_the_page_showed(full_shop: OpenShop) -> None:
    store = Store(str(full_shop.marts))
    seen = store.manifest().seen_from
    assert as_seen(store, seen) is store
    later = as_seen(store, datetime.now(UTC))
    assert later is not store
    assert later.versions() == store.versions()
