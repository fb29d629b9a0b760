"""The one process people talk to: the pages at /, the REST interface under /api, /healthz for whoever watches it."""

import argparse
import gc
import importlib
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
import uvicorn
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard import provider, sign_in
from dashboard.addresses import LOOPBACK_NAMES, Addresses, addresses_of
from dashboard.cookie_secret import cookie_secret
from dashboard.failure import show_failure
from dashboard.gate import Gate
from dashboard.shop import open_shop
from dashboard.visits import find_session
from oms_core.api.application import create_api
from oms_core.config import Settings
from oms_core.errors import Invalid, OmsError
from oms_core.logs import configure_logging
from pipelines.kpi_api import kpi_router

HEAVY_MODULES = ("polars", "pandas", "pyarrow", "plotly.graph_objects", "plotly.express", "sklearn", "deltalake")
ENTRY = Path(__file__).with_name("app.py")


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncGenerator[None, None]:
    configure_logging(Settings().log_level)
    for name in HEAVY_MODULES:
        importlib.import_module(name)
    await run_in_threadpool(lambda: cookie_secret(open_shop().settings))
    gc.collect()
    gc.freeze()  # the modules last as long as the process: no collection need look at them again
    yield


async def _healthz(_request: Request) -> JSONResponse:
    try:
        await run_in_threadpool(_ask_database)
    except SQLAlchemyError:
        return JSONResponse({"status": "degraded", "database": "away"}, status_code=503)
    return JSONResponse({"status": "ok", "database": "up"})


def _ask_database() -> None:
    with open_shop().sessions() as session:
        session.execute(text("SELECT 1"))


def _addresses() -> Addresses:
    return addresses_of(open_shop().settings)


api = create_api(lambda: open_shop().sessions, routers=[kpi_router(lambda: open_shop().store)])
app = st.App(
    ENTRY,
    lifespan=_lifespan,
    routes=[
        Route("/healthz", _healthz),
        Route("/api/{rest:path}", api),
        Route("/login", sign_in.login, methods=["GET", "POST"]),
        Route("/password", sign_in.password, methods=["GET", "POST"]),
        Route("/logout", sign_in.logout, methods=["GET", "POST"]),
        Route("/auth/oidc/login", provider.Remembering(provider.leave)),
        Route(provider.CALLBACK, provider.Remembering(provider.come_back)),
    ],
    middleware=[Middleware(Gate, addresses=_addresses, find_session=find_session)],
    on_script_error=show_failure,
)


def serve(host: str = "127.0.0.1", port: int = 8501) -> None:
    """Serve until interrupted; refuses to open to other machines before it is told by which name they reach it."""
    if host not in LOOPBACK_NAMES and not Settings().public_url:
        raise Invalid(
            f"{host} would open Cadence to other machines: set OMS_PUBLIC_URL to the address they open it by "
            "(https://orders.example.com, behind a proxy that speaks TLS), then repeat.",
            rows=[{"field": "host", "value": host}],
        )
    with _listening_socket(host, port) as listener:
        # Who calls is decided by the gate: uvicorn would believe whatever a program on this machine forwards.
        config = uvicorn.Config(app, access_log=False, log_level="warning", proxy_headers=False)
        uvicorn.Server(config).run(sockets=[listener])


def _listening_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: with 0 asyncio leaves Nagle's algorithm on, which costs some 30 ms a rerun.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else no restart for a minute after a kill
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Invalid(
            f"Port {port} is taken: another program serves there. Stop it or choose another with --port.",
            rows=[{"field": "port", "value": port}],
        ) from error
    return listener


def main() -> None:
    """Serve as ``python -m dashboard.server [--host HOST] [--port PORT]``; a refusal ends it with one sentence."""
    arguments = argparse.ArgumentParser(prog="dashboard.server", description="Serve the pages and the REST interface.")
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--port", type=int, default=8501)
    given = arguments.parse_args()
    try:
        serve(given.host, given.port)
    except OmsError as refusal:
        raise SystemExit(str(refusal)) from None


if __name__ == "__main__":
    main()
