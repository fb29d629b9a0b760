"""The embedded Postgres: only the wheel's binaries are used; accounts, folders and processes are ours."""

from oms_core.embedded.server import binary, ensure_running, is_running, stop

__all__ = ["binary", "ensure_running", "is_running", "stop"]
