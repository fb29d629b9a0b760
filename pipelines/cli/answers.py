"""How a verb answers: one JSON document, or tables that a person can read."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]
FOLDED_AT = 20  # characters; a column with longer text may be folded to this


def answer(document: object, *, as_json: bool, title: str = "") -> None:
    """Print a document: as JSON, or as a table that a person can read."""
    if as_json:
        sys.stdout.write(json.dumps(document, default=_plain, ensure_ascii=False) + "\n")
    else:
        say(document, title=title)


def say(document: object, *, title: str = "") -> None:
    """Print a document for a person: a mapping as two columns, a list as a table, or one by one where rows are wide."""
    console = Console()
    if isinstance(document, Mapping):
        console.print(_listed(document, title))
    elif isinstance(document, Sequence) and not isinstance(document, str) and document:
        rows = [_flat(row) for row in document]
        columns = {name: [_cell(row[name]) for row in rows] for name in rows[0] if _is_filled(rows, name)}
        if _width(columns) <= console.width:
            console.print(_tabled(columns, title))
        else:
            for place, row in enumerate(rows, start=1):
                console.print(_listed({name: row[name] for name in columns}, f"{title} {place}"))
    else:
        console.print("Nothing to show." if document == [] else str(document), markup=False)


def _is_filled(rows: list[dict[str, Any]], name: str) -> bool:
    return any(row[name] is not None for row in rows)


def _width(columns: Mapping[str, list[Text]]) -> int:
    """Characters that a table needs when text longer than FOLDED_AT is folded."""
    needs = [max(len(name), *(min(len(cell), FOLDED_AT) for cell in cells)) for name, cells in columns.items()]
    return sum(needs) + 3 * len(needs) + 1


def _listed(document: Mapping[str, object], title: str) -> Table:
    table = Table("", "", title=title or None, show_header=False)
    for key, value in document.items():
        table.add_row(Text(str(key)), _cell(value))
    return table


def _tabled(cells: Mapping[str, list[Text]], title: str) -> Table:
    table = Table(*cells, title=title or None)
    for row in zip(*cells.values(), strict=True):
        table.add_row(*row)
    return table


def _flat(row: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON-like row
    flat: dict[str, Any] = {}
    for key, value in dict(row).items():
        flat.update(value if isinstance(value, Mapping) else {key: value})
    return flat


def _cell(value: object) -> Text:
    if value is None:
        shown = "–"
    elif isinstance(value, float):
        shown = f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
    elif isinstance(value, list) and all(isinstance(each, str) for each in value):
        shown = ", ".join(value)
    elif isinstance(value, list | dict | tuple):
        shown = json.dumps(value, default=_plain, ensure_ascii=False)
    else:
        shown = str(value)
    return Text(shown)  # never markup: names of products may hold brackets


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)  # exact to the cent below a trillion, and a number to every reader
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
