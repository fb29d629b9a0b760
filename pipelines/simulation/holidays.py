"""Polish public holidays: the fixed ones and those that hang on Easter."""

from datetime import date, timedelta

_FIXED = (
    (1, 1, "New Year"),
    (1, 6, "Epiphany"),
    (5, 1, "Labour Day"),
    (5, 3, "Constitution Day"),
    (8, 15, "Assumption"),
    (11, 1, "All Saints"),
    (11, 11, "Independence Day"),
    (12, 25, "Christmas"),
    (12, 26, "Second day of Christmas"),
)
_CHRISTMAS_EVE_SINCE = 2025  # a day off by law from that year on


def public_holidays(first_year: int, last_year: int) -> dict[date, str]:
    """Public holidays of the years, both inclusive."""
    found: dict[date, str] = {}
    for year in range(first_year, last_year + 1):
        found |= {date(year, month, day): name for month, day, name in _FIXED}
        if year >= _CHRISTMAS_EVE_SINCE:
            found[date(year, 12, 24)] = "Christmas Eve"
        easter = easter_sunday(year)
        found[easter] = "Easter"
        found[easter + timedelta(days=1)] = "Easter Monday"
        found[easter + timedelta(days=60)] = "Corpus Christi"
    return found


def easter_sunday(year: int) -> date:
    """Gregorian Easter (Meeus, Jones, Butcher)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap, odd = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * odd + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
