"""Running verbs of `oms` inside the test's process: what they print, and the status they end with."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine

from pipelines.cli import main


@dataclass(frozen=True)
class Answer:
    """What a verb printed and its exit status."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; anything beside it fails."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


@dataclass(frozen=True)
class Oms:
    """The command line under the environment variables given."""

    environment: dict[str, str]

    def __call__(self, *words: object, **settings: str) -> Answer:
        """Run ``oms`` with these words, under these settings beside (``database_url=…``)."""
        out, err = io.StringIO(), io.StringIO()
        given = self.environment | {f"OMS_{name.upper()}": value for name, value in settings.items()}
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", ["oms", *map(str, words)])
            for name, value in given.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
        structlog.reset_defaults()  # else later tests would log into what was captured here
        return Answer(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def oms_on(engine: Engine, marts: Path, home: Path) -> Oms:
    """Make a command line that works on this database and these marts."""
    url = engine.url.render_as_string(hide_password=False)
    return Oms({"OMS_DATABASE_URL": url, "OMS_MARTS_URL": str(marts), "OMS_HOME": str(home), "COLUMNS": "100"})
