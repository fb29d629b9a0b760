"""Values are written as each language writes them, and nothing is written as nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from dashboard import display, translation


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> object:
    def choose(code: str) -> None:
        monkeypatch.setattr(translation, "language", lambda: code)

    return choose


@pytest.mark.parametrize(
    ("code", "money", "day"),
    [
        ("en", "€1,234.50", "2 Mar 2024"),
        ("ru", "1 234,50 €", "2 мар. 2024 г."),
        ("pl", "1 234,50 €", "2 mar 2024"),
        ("zh", "€1,234.50", "2024年3月2日"),
    ],
)
def test_money_and_days_follow_the_language(speak: object, code: str, money: str, day: str) -> None:
    speak(code)
    written = [display.money(Decimal("1234.5"), "EUR"), display.day(date(2024, 3, 2))]
    assert [" ".join(text.split()) for text in written] == [money, day]  # their spaces do not break, ours do


def test_a_moment_of_another_year_says_so_in_the_viewers_zone() -> None:
    assert display.moment(datetime(2024, 3, 2, 9, 5, tzinfo=UTC)) == "2 Mar 2024, 09:05"


def test_what_is_not_there_is_a_dash() -> None:
    written = (display.money(None, "EUR"), display.number(None), display.percent(None), display.moment(None))
    assert set(written) == {"—"}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (45, "45 s"), (60, "1 min"), (3_600, "1 h"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h"), (172_800, "2 d"),
        (8_564_400, "99 d 3 h"), (8_650_800, "100 d"), (283_395_600, "3,280 d"),
    ],
)  # fmt: skip
def test_a_duration_is_said_by_its_two_largest_units_and_a_long_one_in_days(seconds: int, words: str) -> None:
    assert display.duration(seconds) == words
    assert display.duration(timedelta(seconds=seconds)) == words


def test_quantities_lose_needless_zeros_and_large_sums_are_short() -> None:
    assert [display.quantity(Decimal(text)) for text in ("2.000", "1.500", "12345.125")] == ["2", "1.5", "12,345.125"]
    assert display.compact_money(1_234_567, "EUR") == "€1.2M"
    assert display.compact_money(950, "EUR") == "€950"
    assert display.percent(0.0475) == "4.8%"


@pytest.mark.parametrize(("code", "words"), [("en", "€2,205"), ("ru", "2 205 €"), ("pl", "2 205 €"), ("zh", "€2,205")])
def test_a_small_sum_in_whole_units_has_its_sign_where_the_language_puts_it(
    speak: object, code: str, words: str
) -> None:
    speak(code)
    assert " ".join(display.compact_money(2_205.4, "EUR").split()) == words
