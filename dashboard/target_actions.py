"""What is done to targets from their page."""

from collections.abc import Sequence

from dashboard import insight, target_reads
from dashboard.actions import attempt
from dashboard.notices import tell_refused
from dashboard.refusals import say
from dashboard.translation import _, ngettext
from oms_core.errors import Invalid, OmsError
from oms_core.steering.targets import Aim, remove_target
from pipelines.metrics import METRICS
from pipelines.steering.pace import filters_of
from pipelines.steering.target_lines import keep_targets


def keep(channel: str, aims: Sequence[Aim]) -> bool:
    """Set targets, all or none; False when refused. A figure that cannot be cut so is refused before."""
    try:
        for aim in {(one.metric, one.cut): one for one in aims if one.metric in METRICS}.values():
            _require_answerable(channel, aim)
    except OmsError as refusal:
        tell_refused(say(refusal))
        return False

    def told(count: int) -> str:
        return ngettext("{count} target is set", "{count} targets are set", count).format(count=count)

    return attempt(keep_targets, told, channel=channel, aims=aims) is not None


def remove(target_id: int, version: int) -> None:
    """Take a target back."""
    attempt(remove_target, _("The target is removed"), target_id=target_id, version=version)


def _require_answerable(channel: str, aim: Aim) -> None:
    if not insight.are_of_channels([aim.metric]):
        raise Invalid("The figure belongs to no channel.", code="unknown_cut")
    scope = insight.scope_of(channel, aim.first_day, aim.after_day)
    filters = filters_of(aim.cut, aim.part, target_reads.team_members())
    conditions = {cut: tuple(part) if isinstance(part, list) else part for cut, part in filters.items()}
    insight.measure(scope, aim.metric, lens=METRICS[aim.metric].home.value, filters_=conditions)
