"""The manual on importing names all that a mapping can say; its examples are run by the tests of the command line."""

import re
from pathlib import Path

from pipelines.imports.mapping import COLUMNS, Mapping

MANUAL = Path(__file__).parents[3] / "docs" / "importing.md"


def test_the_manual_names_every_column_and_option() -> None:
    named = re.findall(r"`([a-z_]+)|^([a-z_]+) = ", MANUAL.read_text(), re.MULTILINE)
    told = {name for pair in named for name in pair}
    options = set(Mapping.__dataclass_fields__) - {"columns", "statuses"}
    assert (set(COLUMNS) | options) - told == set()
