"""Views of the queue that people keep: a question under a name, one's own or shared with everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.orders.desk_models import QueueView
from oms_core.orders.queries import count_matching
from oms_core.orders.queue_conditions import member
from oms_core.orders.views import QueueFilters, SavedView, Sort
from oms_core.workflow.models import Group

LONGEST_NAME, LONGEST_WORD, MOST_VIEWS = 60, 200, 30
# What a kept view may ask, as the list's address names it.
ASKED = ("view", "q", "group", "status", "channel", "manager", "warehouse", "sort")


@dataclass(frozen=True, slots=True)
class KeptView:
    """A kept view as one person sees it; ``query`` holds what it asks for, by the names of ``ASKED``."""

    id: int
    name: str
    query: Mapping[str, str]
    is_shared: bool
    is_own: bool
    owner_name: str


@requires(Permission.ORDER_VIEW)
def list_kept_views(session: Session, *, actor: Actor) -> list[KeptView]:
    """One's own views in the order they were kept, then what others share, by name."""
    found = session.execute(
        select(QueueView, User.name)
        .join(User, User.id == QueueView.owner_id)
        .where(or_(QueueView.owner_id == actor.id, QueueView.is_shared & User.is_active))
        .order_by(QueueView.owner_id != actor.id, QueueView.position, QueueView.id)
    ).all()
    return [_seen(view, owner_name, actor) for view, owner_name in found]


@requires(Permission.ORDER_VIEW)
def count_kept_views(session: Session, *, actor: Actor, now: datetime) -> dict[int, int]:
    """How many orders each view that one sees holds, up to ``queries.COUNTED``."""
    return {
        view.id: count_matching(session, actor=actor, now=now, filters=filters_of(view.query))
        for view in list_kept_views(session, actor=actor)
    }


@requires(Permission.ORDER_VIEW)
def keep_view(
    session: Session, *, actor: Actor, now: datetime, name: str, query: Mapping[str, str], is_shared: bool = False
) -> KeptView:
    """Keep a question under a name; one's own of that name asks this from now on. Raises ``Invalid``, ``Conflict``."""
    called, asked = _named(name), _checked(query)
    own = session.scalars(select(QueueView).where(QueueView.owner_id == actor.id).with_for_update()).all()
    view = next((one for one in own if one.name == called), None)
    if view is None:
        if len(own) >= MOST_VIEWS:
            raise Conflict(f"Nobody keeps more than {MOST_VIEWS} views.", code="too_many_views")
        place = max((one.position for one in own), default=0) + 1
        view = QueueView(owner_id=actor.id, name=called, position=place, created_at=now)
        session.add(view)
    view.query, view.is_shared = asked, is_shared
    session.flush()
    return _seen(view, "", actor)


@requires(Permission.ORDER_VIEW)
def rename_view(session: Session, *, actor: Actor, now: datetime, view_id: int, name: str) -> KeptView:  # noqa: ARG001 - of every use case
    """Give one's own view another name; raises ``Conflict`` (``view_name_taken``) where another has it."""
    view, called = _own(session, actor, view_id), _named(name)
    taken = select(func.count()).where(
        QueueView.owner_id == actor.id, QueueView.name == called, QueueView.id != view_id
    )
    if session.scalar(taken):
        raise Conflict(f"You keep a view called '{called}' already.", code="view_name_taken", rows=[{"name": called}])
    view.name = called
    return _seen(view, "", actor)


@requires(Permission.ORDER_VIEW)
def share_view(session: Session, *, actor: Actor, now: datetime, view_id: int, is_shared: bool) -> KeptView:  # noqa: ARG001
    """Let everybody see one's own view, or nobody else any more."""
    view = _own(session, actor, view_id)
    view.is_shared = is_shared
    return _seen(view, "", actor)


@requires(Permission.ORDER_VIEW)
def remove_view(session: Session, *, actor: Actor, now: datetime, view_id: int) -> None:  # noqa: ARG001
    """Keep one's own view no longer."""
    session.delete(_own(session, actor, view_id))


def filters_of(query: Mapping[str, str]) -> QueueFilters:
    """Which orders a kept question is about."""
    asked = {("status_group" if name == "group" else name): value for name, value in query.items() if name != "sort"}
    return QueueFilters(**asked)


def _own(session: Session, actor: Actor, view_id: int) -> QueueView:
    view = session.scalar(
        select(QueueView).where(QueueView.id == view_id, QueueView.owner_id == actor.id).with_for_update()
    )
    if view is None:
        raise NotFound("You keep no such view.", code="unknown_queue_view", rows=[{"id": view_id}])
    return view


def _named(name: str) -> str:
    called = " ".join(name.split())
    if not 1 <= len(called) <= LONGEST_NAME or not called.isprintable():
        rows = [{"field": "name", "value": name[:60], "message": f"must be text of 1 to {LONGEST_NAME} characters"}]
        raise Invalid("A view needs a name.", code="malformed_name", rows=rows)
    return called


def _checked(query: Mapping[str, str]) -> dict[str, str]:
    """What is asked for without what is left open; raises ``Invalid`` for what no queue can be asked."""
    asked = {name: value.replace("\0", "") for name, value in query.items() if value}
    for name, value in asked.items():
        if name not in ASKED or len(value) > LONGEST_WORD:
            rows = [{"field": name, "value": value[:60], "message": f"must be one of {', '.join(ASKED)}"}]
            raise Invalid("The queue cannot be asked for this.", code="unknown_filter", rows=rows)
    for name, kind in (("view", SavedView), ("group", Group), ("sort", Sort)):
        if name in asked:
            member(kind, asked[name], name)
    return asked


def _seen(view: QueueView, owner_name: str, actor: Actor) -> KeptView:
    return KeptView(view.id, view.name, dict(view.query), view.is_shared, view.owner_id == actor.id, owner_name)
