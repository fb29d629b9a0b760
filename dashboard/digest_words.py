"""What is said of digests: when they come, what they are of, and what became of each."""

from dashboard import display
from dashboard.board_words import board_name
from dashboard.people_words import WEEKDAYS
from dashboard.translation import LANGUAGES, _, n_, ngettext
from oms_core.steering.boards import BoardView
from oms_core.steering.digest_models import SUPERSEDED, DigestFile, DigestPeriod, Rhythm, RunState
from oms_core.steering.digests import DigestWish, RunView
from oms_core.tasks.sending import IN_DOUBT

PERIODS = {
    DigestPeriod.YESTERDAY: n_("The day before"), DigestPeriod.LAST_WEEK: n_("The week before"),
    DigestPeriod.LAST_MONTH: n_("The month before"),
}  # fmt: skip
RHYTHMS = {Rhythm.DAILY: n_("Every day"), Rhythm.WEEKLY: n_("Every week"), Rhythm.MONTHLY: n_("Every month")}
FILES = {DigestFile.BOTH: n_("PDF and Excel"), DigestFile.PDF: n_("PDF"), DigestFile.XLSX: n_("Excel")}
_STATES = {
    RunState.WAITING: n_("Waits"), RunState.SENDING: n_("Is being sent"), RunState.SENT: n_("Sent"),
    RunState.FAILED: n_("Not sent"),
}  # fmt: skip
_WHY = {
    "no_email": n_("you have no e-mail address: an administrator enters it on the page of people"),
    "mart_missing": n_("there are no figures yet"),
    "no_figures": n_("nothing is left of it that you may see"),
    "no_font": n_("the fonts of the server lack letters of it"),
    SUPERSEDED: n_("a newer one came first, or it was changed"),
    IN_DOUBT: n_("it may have gone out or not"),
}


def when(wish: DigestWish) -> str:
    """Say when a digest comes and what days it tells of."""
    hour, period = f"{wish.hour:02d}:00", _(PERIODS[wish.period])
    if wish.rhythm is Rhythm.WEEKLY:
        return f"{_(RHYTHMS[wish.rhythm])}, {_(WEEKDAYS[wish.day])}, {hour} · {period}"
    if wish.rhythm is Rhythm.MONTHLY:
        told = _("on day {day}").format(day=wish.day)
        return f"{_(RHYTHMS[wish.rhythm])}, {told}, {hour} · {period}"
    return f"{_(RHYTHMS[wish.rhythm])}, {hour} · {period}"


def of_what(wish: DigestWish, boards: dict[int, BoardView], channels: dict[str, str]) -> str:
    """Say what a digest is of, of which channel, and as what it comes."""
    if wish.board_id is None:
        told = ngettext("{count} figure", "{count} figures", len(wish.figures)).format(count=len(wish.figures))
    else:
        told = board_name(boards[wish.board_id]) if wish.board_id in boards else _("A board that is gone")
    parts = [told, channels.get(wish.channel, wish.channel), _(FILES[wish.file_kind]), LANGUAGES[wish.language]]
    return " · ".join(display.plain(part) for part in parts)


def outcome(run: RunView) -> str:
    """Say what became of a sending, and why where it did not go out."""
    state = _(_STATES[run.state])
    if run.state is RunState.SENT or not run.error:
        return state
    return f"{state}: {_(_WHY[run.error]) if run.error in _WHY else run.error}"
