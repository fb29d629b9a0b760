"""Templates: what many orders begin with, one's own and those of everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.orders.desk_models import OrderTemplate
from oms_core.orders.entry_document import EntryDocument, entry_of, refuse_oversized, without_customer
from oms_core.orders.placement_request import MAX_LINES

LONGEST_NAME = 100
_MOST_CHARACTERS = 400_000


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template; ``is_shared`` where it is everybody's."""

    id: int
    name: str
    is_shared: bool
    version: int
    document: EntryDocument


@requires(Permission.ORDER_PLACE)
def save_template(
    session: Session, *, actor: Actor, now: datetime, name: str, document: Mapping[str, Any], is_shared: bool = False,
    version: int | None = None,
) -> TemplateView:  # fmt: skip
    """Keep everything of a form but the customer under a name, for oneself or for everybody.

    Without ``version`` the name must be new among them (``Conflict``, ``template_taken``); with it the one of this
    name is replaced, unless it was changed since (``stale_version``). Raises ``Invalid`` for a bad name.
    """
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or "\0" in name:
        row = {
            "field": "name",
            "value": name[:LONGEST_NAME],
            "message": f"must be text of 1 to {LONGEST_NAME} characters",
        }
        raise Invalid("A template needs a name.", code="invalid_template", rows=[row])
    entry = without_customer(entry_of(document))
    refuse_oversized(entry, most_lines=MAX_LINES, most_characters=_MOST_CHARACTERS)
    kept = _named(session, name, owner_id=None if is_shared else actor.id)
    if kept is not None and version is None:
        raise Conflict(f"There is a template {name!r} already.", code="template_taken", rows=[{"value": name}])
    if kept is not None and kept.version != version:
        _refuse_stale(kept, version)
    if kept is None:
        kept = OrderTemplate(name=name, owner_id=None if is_shared else actor.id, created_at=now, version=0)
        session.add(kept)
    kept.document, kept.version = {**entry.as_dict(), "template": name}, kept.version + 1
    session.flush()
    return _view(kept)


@requires(Permission.ORDER_PLACE)
def list_templates(session: Session, *, actor: Actor) -> list[TemplateView]:
    """One's own templates and everybody's, by name."""
    query = select(OrderTemplate).where(_open_to(actor)).order_by(OrderTemplate.name, OrderTemplate.id)
    return [_view(template) for template in session.scalars(query)]


@requires(Permission.ORDER_PLACE)
def read_template(session: Session, *, actor: Actor, template_id: int) -> TemplateView:
    """Read a template that one may use; raises ``NotFound``."""
    return _view(_found(session, actor, template_id))


@requires(Permission.ORDER_PLACE)
def remove_template(session: Session, *, actor: Actor, now: datetime, template_id: int, version: int) -> None:  # noqa: ARG001 - as the door calls
    """Remove a template that one may use; raises ``NotFound``, ``Conflict`` (``stale_version``)."""
    template = _found(session, actor, template_id, lock=True)
    if template.version != version:
        _refuse_stale(template, version)
    session.delete(template)
    session.flush()


def _open_to(actor: Actor) -> Any:  # noqa: ANN401 - a condition of SQL
    return or_(OrderTemplate.owner_id == actor.id, OrderTemplate.owner_id.is_(None))


def _found(session: Session, actor: Actor, template_id: int, *, lock: bool = False) -> OrderTemplate:
    query = select(OrderTemplate).where(OrderTemplate.id == template_id, _open_to(actor))
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    template = session.scalars(query).one_or_none()
    if template is None:
        raise NotFound(f"There is no template {template_id}.", code="unknown_template", rows=[{"id": template_id}])
    return template


def _named(session: Session, name: str, *, owner_id: int | None) -> OrderTemplate | None:
    owned = OrderTemplate.owner_id.is_(None) if owner_id is None else OrderTemplate.owner_id == owner_id
    query = select(OrderTemplate).where(OrderTemplate.name == name, owned).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _refuse_stale(template: OrderTemplate, version: int | None) -> None:
    row = {"given": version, "current": template.version}
    raise Conflict("The template was changed meanwhile.", code="stale_version", rows=[row])


def _view(template: OrderTemplate) -> TemplateView:
    return TemplateView(
        template.id, template.name, template.owner_id is None, template.version, entry_of(template.document)
    )
