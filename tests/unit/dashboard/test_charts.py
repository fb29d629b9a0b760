"""Charts say their dates in the session's language."""

from datetime import date

import pytest

from dashboard import charts


@pytest.mark.parametrize(
    ("code", "x", "ticks", "hover"),
    [
        ("ru", [date(2026, 11, 1)], "%d.%m\n%Y", "%d.%m.%Y"),
        ("zh", [date(2026, 11, 1)], "%m-%d\n%Y", "%Y-%m-%d"),
        ("pl", ["2026-11", "2026-12"], "%d.%m\n%Y", "%m.%Y"),
    ],
)
def test_dates_on_an_axis_are_figures_where_the_language_is_not_english(
    monkeypatch: pytest.MonkeyPatch, code: str, x: list[object], ticks: str, hover: str
) -> None:
    monkeypatch.setattr(charts, "language", lambda: code)
    axis = charts.columns(x, [1.0] * len(x)).layout.xaxis
    assert (axis.tickformatstops[0].value, axis.hoverformat) == (ticks, hover)


@pytest.mark.parametrize(("code", "x"), [("en", [date(2026, 11, 1)]), ("ru", [12, 30]), ("ru", ["new", "done"])])
def test_english_dates_and_what_is_no_date_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch, code: str, x: list[object]
) -> None:
    monkeypatch.setattr(charts, "language", lambda: code)
    assert not charts.columns(x, [1.0] * len(x)).layout.xaxis.tickformatstops
