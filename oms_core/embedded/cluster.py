"""Making a cluster: initdb with SCRAM and generated passwords, the settings, the role and the database."""

import os
import secrets
import shutil
from pathlib import Path

from oms_core.embedded.account import Account
from oms_core.errors import DatabaseAway

DATABASE = "cadence"  # the application's role has the same name
_SUPERUSER = "postgres"

# For a desktop machine of two cores that also runs everything else. fsync and synchronous_commit stay on.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "wal_compression": "on",
    "max_wal_size": "4GB",  # an import of some gigabytes must not checkpoint all the time
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than our statements take
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def create_cluster(home: Path, prefix: Path, account: Account) -> None:
    """Make ``postgres/data`` and ``pgpass``; killed half-way, the next call starts afresh."""
    folder = home / "postgres"
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        account.own(folder)
    draft = folder / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    passwords = {name: secrets.token_urlsafe(24) for name in (_SUPERUSER, DATABASE)}
    _initialise(draft, prefix, account, passwords[_SUPERUSER])
    _add_role_and_database(draft, prefix, account, passwords[DATABASE])
    pgpass = home / "pgpass"
    pgpass.unlink(missing_ok=True)
    _write_private(pgpass, "".join(f"*:*:*:{name}:{password}\n" for name, password in passwords.items()))
    draft.rename(folder / "data")


def password_of(home: Path) -> str:
    """Return the password of the application's role."""
    prefix = f"*:*:*:{DATABASE}:"
    try:
        lines = (home / "pgpass").read_text().splitlines()
        return next(line.removeprefix(prefix) for line in lines if line.startswith(prefix))
    except (FileNotFoundError, StopIteration):
        raise DatabaseAway(
            f"{home / 'pgpass'} with the database's passwords is missing; put it back from a copy."
        ) from None


def _initialise(data: Path, prefix: Path, account: Account, password: str) -> None:
    password_file = data.with_name("password.new")
    password_file.unlink(missing_ok=True)
    _write_private(password_file, password)
    account.own(password_file)
    settings = [word for name, value in _SETTINGS.items() for word in ("--set", f"{name}={value}")]
    locale = ["--encoding", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    access = ["--username", _SUPERUSER, "--pwfile", password_file, "--auth", "scram-sha-256"]
    try:
        done = account.run([prefix / "bin/initdb", "--pgdata", data, *access, *locale, *settings])
    finally:
        password_file.unlink()
    if done.returncode != 0:
        raise DatabaseAway(f"The embedded Postgres could not be initialised:\n{done.stdout.strip()}")


def _add_role_and_database(data: Path, prefix: Path, account: Account, password: str) -> None:
    """Use single-user mode: no password on a command line, nobody connects before the cluster is whole."""
    statements = (
        f"CREATE ROLE {DATABASE} LOGIN CREATEDB PASSWORD '{password}'",
        f"GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO {DATABASE}",
        f"CREATE DATABASE {DATABASE} OWNER {DATABASE}",
    )
    command = [prefix / "bin/postgres", "--single", "-D", data, "-c", "exit_on_error=on", _SUPERUSER]
    done = account.run(command, given="".join(f"{statement}\n" for statement in statements))
    if done.returncode != 0:
        raise DatabaseAway(f"The embedded Postgres could not be initialised:\n{done.stdout.strip()}")


def _write_private(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
