"""The door of metrics over HTTP: a router that the server mounts beside the order service's."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from oms_core.access.actors import refuse_unless
from oms_core.access.permissions import Permission
from oms_core.api.callers import ActingCaller
from pipelines import kpi
from pipelines.metrics import METRICS
from pipelines.store import Store

_By = Annotated[str, Query(description="Cuts, separated by commas: month, channel, manager …")]
_From = Annotated[date, Query(alias="from", description="First day.")]
_To = Annotated[date, Query(alias="to", description="Day after the last one.")]
_LensName = Annotated[str, Query(description="cohort, flow or now")]
_AgainstName = Annotated[str | None, Query(description="Beside the previous period or that of the year before")]
_AsOf = Annotated[datetime | None, Query(description="As it stood at this instant; UTC unless it says")]


def kpi_router(open_store: Callable[[], Store]) -> APIRouter:
    """Make the router; the store is asked for at each request, so that it may be opened late.

    Refusals leave as ``OmsError``: the server that mounts the router answers them as problem documents.
    """
    router = APIRouter(tags=["metrics"], dependencies=[Depends(_for_analysts)])

    @router.get("/metrics", summary="Every metric with its definition")
    def list_metrics() -> list[dict[str, Any]]:
        return [metric.to_json() for metric in METRICS.values()]

    @router.get("/kpi/{code}", summary="Compute a metric over [from, to)")
    def read_kpi(
        caller: ActingCaller, code: str, *, date_from: _From, date_to: _To, by: _By = "", lens: _LensName = "cohort",
        channel: str | None = None, against: _AgainstName = None, as_of: _AsOf = None,
    ) -> list[dict[str, Any]]:  # fmt: skip
        if code in METRICS and METRICS[code].shows_cost:
            refuse_unless(caller.actor, Permission.COST_VIEW)
        cuts = tuple(word.strip() for word in by.split(",") if word.strip())
        asked: kpi.Asked = {"date_from": date_from, "date_to": date_to, "by": cuts, "lens": lens, "channel": channel}
        store = open_store()
        if as_of is not None:
            store = store.at(as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC))
        if against is not None:
            return kpi.compare(store, code, against=against, **asked)
        return kpi.compute(store, code, **asked)

    return router


def _for_analysts(caller: ActingCaller) -> None:
    """The marts have no door of their own: whoever may see no figures is refused here."""
    refuse_unless(caller.actor, Permission.ANALYTICS_VIEW)
