"""Who the server runs as: the caller, or for root (which Postgres refuses) the system user ``cadence``."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oms_core.errors import DatabaseAway

SYSTEM_USER = "cadence"


@dataclass(frozen=True)
class Account:
    """The operating system user that owns the data and runs the server."""

    uid: int
    gid: int
    name: str

    @property
    def is_caller(self) -> bool:
        """Tell whether no change of user is needed."""
        return self.uid == os.geteuid()

    def run(
        self, command: Sequence[object], *, given: str = "", folder: Path = Path("/"), keep_output: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this user, detached from our terminal, session and environment.

        A command that leaves a daemon behind must pass ``keep_output=False``: it would hold our pipe open.
        """
        return subprocess.run(  # noqa: S603 - commands are built from our own constants and paths
            [str(word) for word in command],
            input=given,
            stdout=subprocess.PIPE if keep_output else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if keep_output else subprocess.DEVNULL,
            text=True,
            check=False,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            umask=0o077,
            start_new_session=True,
            user=None if self.is_caller else self.uid,
            group=None if self.is_caller else self.gid,
            extra_groups=None if self.is_caller else (),
        )

    def own(self, path: Path) -> None:
        """Give a file or folder that we have just made to this user."""
        if not self.is_caller:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def first_unreachable(self, paths: Sequence[Path]) -> Path | None:
        """Name the first folder, from the root down, that this user cannot enter, or file it cannot read.

        The kernel is asked, as that user: permission bits alone say nothing of ACLs or of mount options.
        """
        steps = [str(step) for path in paths for step in [*reversed(path.parents), path]]
        is_open = 'if [ -d "$p" ]; then [ -x "$p" ]; else [ -r "$p" ]; fi'
        script = f'for p in "$@"; do {is_open} || {{ echo "$p"; exit; }}; done'
        blocked = self.run(["/bin/sh", "-c", script, "sh", *steps]).stdout.rstrip("\n")
        return Path(blocked) if blocked else None


def server_account() -> Account:
    """Find the user the server runs as; root has the system user made when it is missing."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), _name_of(os.geteuid()))
    entry = _find_system_user() or _make_system_user()
    if entry.pw_uid == 0:
        raise DatabaseAway(f"The user '{SYSTEM_USER}' is root under another name; Postgres needs an ordinary one.")
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise DatabaseAway(
            f"User id {uid} has no entry in the user database, and Postgres refuses to run without one. "
            "Add the user, or set OMS_DATABASE_URL to a Postgres of your own."
        ) from None


def _find_system_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None


def _make_system_user() -> pwd.struct_passwd:
    home_and_shell = ["--home-dir", "/nonexistent", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    if command := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        words = [command, "--system", "--user-group", *home_and_shell, SYSTEM_USER]
    elif command := shutil.which("adduser", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        words = [
            command,
            "-S",
            "-D",
            "-H",
            "-h",
            "/nonexistent",
            "-s",
            "/sbin/nologin",
            SYSTEM_USER,
        ]  # busybox
    else:
        raise DatabaseAway(f"Neither useradd nor adduser is here; make a system user '{SYSTEM_USER}' first.")
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - constants only
    # Two first starts may race here: the one who came second is told "already exists", which is as good.
    entry = _find_system_user()
    if entry is None:
        raise DatabaseAway(f"The system user '{SYSTEM_USER}' could not be made: {done.stderr.strip()}")
    return entry
