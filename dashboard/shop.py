"""The shop this process works with: its database and its marts, opened once."""

from dataclasses import dataclass

import streamlit as st
from sqlalchemy.orm import Session, sessionmaker

from oms_core import embedded, schema
from oms_core.config import Settings
from oms_core.db import make_engine, make_sessions
from pipelines.store import Store

__all__ = ["Shop", "open_shop", "schema"]  # importing the schema makes every foreign key known


@dataclass(frozen=True)
class Shop:
    """What the pages read from and act upon."""

    settings: Settings
    sessions: sessionmaker[Session]
    store: Store


def _close(shop: Shop) -> None:
    """Give the connections back now: left to the collector they go in the midst of whatever runs then."""
    shop.sessions.kw["bind"].dispose()


@st.cache_resource(show_spinner=False, on_release=_close)
def open_shop() -> Shop:
    """Open the shop the environment names, starting the embedded database where none is named."""
    settings = Settings()
    url = settings.database_url or embedded.ensure_running(settings.home)
    return Shop(settings=settings, sessions=make_sessions(make_engine(url)), store=Store(settings.marts_url))
