"""A digest as somebody wished for it: the figures they may see, over the days before it is due."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission
from oms_core.errors import Invalid
from oms_core.steering.digest_models import DigestFile
from oms_core.steering.digest_times import days_of_digest
from oms_core.steering.digests import DigestWish
from pipelines.digest.composing import Digest, DigestTerms, compose
from pipelines.digest.printing import as_pdf
from pipelines.digest.wording import locale_of, say_in
from pipelines.digest.workbook import as_workbook
from pipelines.metric_tables import Report
from pipelines.metrics import METRICS
from pipelines.store import Store


def compose_wished(
    store: Store, wish: DigestWish, *, reader: Actor, due_at: datetime, zone: str, currency: str,
    cards: Sequence[Mapping[str, str]] = (), public_url: str = "",
) -> Digest:  # fmt: skip
    """Compose a wished digest of what the store publishes, in its reader's language.

    Raises ``Forbidden`` where the reader may not see figures, ``Invalid`` (``no_figures``) where none is left to see.
    """
    period = days_of_digest(wish.period, due_at.astimezone(ZoneInfo(zone)).date())
    codes = [card["metric"] for card in cards] if wish.board_id is not None else wish.figures
    lenses = {card["metric"]: card["lens"] for card in cards if card.get("lens")}
    known = tuple(dict.fromkeys(code for code in codes if code in METRICS))
    report = allowed_of(Report(wish.name, known, *period, channel=wish.channel, lenses=lenses), reader)
    if not report.codes:
        raise Invalid("Nothing is left of this digest that its reader may see.", code="no_figures")
    say = say_in(wish.language)
    return compose(store, DigestTerms(report, currency, locale_of(wish.language), zone, say, public_url))


def allowed_of(report: Report, actor: Actor) -> Report:
    """What of a report its reader may see; raises ``Forbidden`` where that is nothing of it."""
    refuse_unless(actor, Permission.ANALYTICS_VIEW)
    sees_cost = actor.may(Permission.COST_VIEW)
    return replace(report, codes=[code for code in report.codes if sees_cost or not METRICS[code].shows_cost])


def files_of(digest: Digest, kind: DigestFile) -> dict[str, bytes]:
    """Write the files of a digest, by their ending."""
    writers = {"pdf": as_pdf, "xlsx": as_workbook}
    wanted = writers if kind is DigestFile.BOTH else {kind.value: writers[kind.value]}
    return {ending: write(digest) for ending, write in wanted.items()}
