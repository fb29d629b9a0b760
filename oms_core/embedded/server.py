"""Starting, finding and stopping the server of one home.

Under the home: ``postgres/`` (0700, the server user's: data, socket, log), ``pgpass`` (0600, the passwords
of ``postgres`` and ``cadence``), ``postgres.lock``, ``binaries/`` where the server cannot reach the wheel.
"""

import fcntl
import hashlib
import os
import shlex
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from oms_core.embedded.account import Account, server_account
from oms_core.embedded.cluster import DATABASE, create_cluster, password_of
from oms_core.embedded.installation import installation
from oms_core.errors import DatabaseAway, Invalid

_START_SECONDS = 120
_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_BYTES = 100  # the kernel's limit is 107 on Linux and 103 elsewhere
_NO_PID = 2**30 - 1  # above every kernel's largest process id


def ensure_running(home: Path) -> str:
    """Return the SQLAlchemy URL of the home's database, starting (and at first making) a server that is down.

    Any number of processes may call this at once; it takes about a millisecond when the server is up.
    The server runs until ``stop``, whatever becomes of the process that started it.
    Raises ``Invalid`` for a home that cannot serve, ``DatabaseAway`` when the server does not come up.
    """
    home = home.expanduser().resolve()
    with _refusing_foreign_home(home):
        folder = _socket_folder_in_use(home)
        if folder is None:
            account = server_account()
            _make_home(home, account)
            with _only_one_starter(home):
                folder = _socket_folder_in_use(home) or _start(home, account)
        return f"postgresql+psycopg2://{DATABASE}:{password_of(home)}@/{DATABASE}?host={quote(str(folder))}"


def is_running(home: Path) -> bool:
    """Tell whether the home's server accepts connections."""
    home = home.expanduser().resolve()
    with _refusing_foreign_home(home):
        return _socket_folder_in_use(home) is not None


def stop(home: Path) -> None:
    """Stop the home's server and end its sessions; nothing happens when it is down."""
    home = home.expanduser().resolve()
    with _refusing_foreign_home(home):
        if not _data(home).is_dir():
            return
        account = server_account()
        with _only_one_starter(home):
            folder = _socket_folder_in_use(home)
            if folder is None:
                return
            pg_ctl = installation(home, account) / "bin/pg_ctl"
            done = account.run([pg_ctl, "stop", "-D", _data(home), "-m", "fast", "-w", "-t", _START_SECONDS])
            if done.returncode != 0:
                raise DatabaseAway(f"The embedded Postgres did not stop: {done.stdout.strip()}")
            if home not in folder.parents:
                folder.rmdir()


def binary(home: Path, name: str) -> Path:
    """Return one of the wheel's programs (``psql``, ``pgbench``, ``pg_dump`` …), of the server's build."""
    path = installation(home.expanduser().resolve(), server_account()) / "bin" / name
    if not path.is_file():
        raise Invalid(f"The embedded Postgres has no program '{name}'.")
    return path


def _data(home: Path) -> Path:
    return home / "postgres" / "data"


def _socket_folder_in_use(home: Path) -> Path | None:
    """Return the folder of the socket that the running server answers on, None when there is no such server.

    The file alone proves nothing: it survives a kill -9 and a reboot. An answer on a socket in a folder that
    only the server's user can enter is proof.
    """
    try:
        lines = (_data(home) / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    folder = Path(lines[4])
    if not folder.is_dir() or not _is_private(folder, _data(home).stat().st_uid):
        return None
    return folder if _answers(folder) else None


def _is_private(folder: Path, uid: int) -> bool:
    facts = folder.lstat()
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == uid and facts.st_mode & 0o077 == 0


def _answers(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(folder / _SOCKET_NAME))
        except OSError:
            return False
    return True


@contextmanager
def _refusing_foreign_home(home: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise Invalid(
            f"User id {os.geteuid()} is not permitted to use {error.filename or home}. "
            f"Run as the owner of {home}, or choose another OMS_HOME.",
            code="home_unreachable",
        ) from error


def _make_home(home: Path, account: Account) -> None:
    """Make the home when it is missing, for us and the server's user; an existing one is left as it is."""
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        # Made aside and moved into place: others who start at once never see it before the server's user may enter.
        draft = home.with_name(f".{home.name}.{os.getpid()}.new")
        draft.mkdir(mode=0o700)
        if not account.is_caller:
            os.chown(draft, -1, account.gid)
            draft.chmod(0o710)
        try:
            draft.rename(home)
        except OSError:  # somebody else's is there, and in use
            draft.rmdir()
    blocked = account.first_unreachable([home])
    if blocked is not None:
        raise Invalid(
            f"The database's user '{account.name}' cannot enter {blocked}, and no folder's permissions are "
            f"widened for it. Run `chmod o+x {shlex.quote(str(blocked))}`, or choose another OMS_HOME.",
            code="home_unreachable",
            rows=[{"folder": str(blocked), "user": account.name}],
        )


@contextmanager
def _only_one_starter(home: Path) -> Iterator[None]:
    lock = os.open(home / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + 2 * _START_SECONDS
        while not _is_locked(lock):
            if time.monotonic() > deadline:
                raise DatabaseAway(f"Another process has been starting the database of {home} for too long.")
            time.sleep(0.02)
        yield
    finally:
        os.close(lock)


def _is_locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start(home: Path, account: Account) -> Path:
    prefix = installation(home, account)
    if not _data(home).is_dir():
        create_cluster(home, prefix, account)
    _forget_recycled_pid(_data(home))
    folder = _make_socket_folder(home, account)
    options = f"-k {shlex.quote(str(folder))}"
    command = [prefix / "bin/pg_ctl", "start", "-w", "-t", str(_START_SECONDS), "-o", options]
    log = home / "postgres" / "server.log"
    deadline = time.monotonic() + _START_SECONDS
    while (trouble := _launch(command, account, log)) is not None:
        # After a kill -9 the dead server's last sessions hold its shared memory until they notice.
        if "pre-existing shared memory block" not in trouble or time.monotonic() > deadline:
            raise DatabaseAway(f"The embedded Postgres did not start; {log} ends with:\n{trouble}")
        time.sleep(0.2)
    return folder


def _launch(command: list[object], account: Account, log: Path) -> str | None:
    """Start the server and wait until it is ready; otherwise return what it wrote into its log."""
    known = log.stat().st_size if log.exists() else 0
    # Relative names: pg_ctl does not quote them for its shell, and a home may have any name.
    if account.run([*command, "-D", "data", "-l", log.name], folder=log.parent, keep_output=False).returncode == 0:
        return None
    written = log.read_bytes()[known:] if log.exists() else b"(nothing)"
    return "\n".join(written.decode(errors="replace").splitlines()[-12:])


def _forget_recycled_pid(data: Path) -> None:
    """Take a dead server's number out of its pid file when some other program has it by now.

    Postgres itself would take that program for a running server and refuse to start, for ever. The rest of the
    file stays: by it Postgres finds out whether sessions of the dead server still hold its memory.
    """
    pid_file = data / "postmaster.pid"
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        pid, _, rest = pid_file.read_text().partition("\n")
        program = Path(f"/proc/{int(pid)}/cmdline").read_bytes().partition(b"\0")[0]
        if not Path(os.fsdecode(program)).name.startswith("postgres"):
            pid_file.write_text(f"{_NO_PID}\n{rest}")


def _make_socket_folder(home: Path, account: Account) -> Path:
    folder = home / "postgres" / "socket"
    # Server and clients alike take a comma for the end of one folder and the beginning of the next.
    if len(os.fsencode(folder / _SOCKET_NAME)) > _SOCKET_PATH_BYTES or "," in str(folder):
        mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"cadence-{account.uid}-{mark}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        account.own(folder)
    if not _is_private(folder, account.uid):
        raise Invalid(
            f"{folder}, meant for the database's socket, is not a folder of '{account.name}' alone "
            "(mode 0700). Remove it, or choose another OMS_HOME.",
            code="socket_folder_not_private",
        )
    # Nobody answers there, and the data's own pid file is the guard: this one could only name a stranger.
    (folder / f"{_SOCKET_NAME}.lock").unlink(missing_ok=True)
    return folder
