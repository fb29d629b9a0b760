"""The cards of a board: numbers with trend, courses, bars and tables; each opens the rows behind it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import charts, insight, metric_tiles
from dashboard.board_words import CUTS, card_title, part_names
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.target_course import add_due
from dashboard.target_words import value_words
from dashboard.translation import _
from oms_core.errors import OmsError
from pipelines.metrics import METRICS, Direction, Unit
from pipelines.steering.boards import TIMES, Chart

_MOST_BARS, _MOST_ROWS = 12, 100


def show_cards(scope: Scope, cards: Sequence[Mapping[str, str]]) -> None:
    """Show cards in their order: numbers side by side, then the rest in two columns (on a phone one under another)."""
    known = [card for card in cards if card["metric"] in METRICS]
    able = set(insight.visible([card["metric"] for card in known]))
    shown = [card for card in known if card["metric"] in able]
    if len(shown) < len(cards):
        st.caption(_("Some figures of this board are not for you to see."))
    numbers = [card for card in shown if card["chart"] == Chart.NUMBER]
    if numbers:
        metric_tiles.show_tiles(scope, [card["metric"] for card in numbers],
                                lenses={card["metric"]: card["lens"] for card in numbers})  # fmt: skip
    others = [card for card in shown if card["chart"] != Chart.NUMBER]
    columns = st.columns(2) if len(others) > 1 else [st.container()]
    for place, card in enumerate(others):
        with columns[place % len(columns)]:
            _show_card(scope, card, place)


def _show_card(scope: Scope, card: Mapping[str, str], place: int) -> None:
    metric, cut = METRICS[card["metric"]], card["cut"]
    with section(card_title(metric.label, cut), hint=_(metric.definition), key=f"card-{place}"):
        try:
            rows = insight.measure(scope, metric.code, cut, lens=card["lens"])
        except OmsError:  # kept before the figure lost the cut
            st.caption(_("This figure cannot be cut so any more."))
            return
        if rows.is_empty():
            st.caption(_("Nothing in this period."))
            return
        rows = insight.whole_periods(rows, scope, cut) if cut in {"week", "month"} else rows
        is_time = cut in TIMES
        if not is_time:
            worst_first = metric.direction is Direction.UP and metric.unit in {Unit.SHARE, Unit.HOURS}
            rows = rows.sort("value", descending=not worst_first, nulls_last=True)
        parts = rows[cut].to_list()
        names = [str(part) for part in parts] if is_time else part_names(cut, parts)
        values = [None if value is None else float(value) for value in rows["value"]]
        if card["chart"] == Chart.TABLE:
            picked = _show_table(scope, card, place, (names, values))
        else:
            picked = _show_chart(scope, card, place, (parts if is_time else names, values))
        if picked is not None and picked < len(parts):
            metric_tiles.open_rows(scope, metric.code, lens=card["lens"], filters_={cut: parts[picked]})


def _show_chart(
    scope: Scope, card: Mapping[str, str], place: int, shown: tuple[list[Any], list[float | None]]
) -> int | None:
    metric, is_time = METRICS[card["metric"]], card["cut"] in TIMES
    share = 100 if metric.unit is Unit.SHARE else 1
    heights = [None if value is None else value * share for value in shown[1]]
    told = card_title(metric.label, card["cut"])
    if card["chart"] == Chart.LINE:
        figure = charts.lines(shown[0], {_(metric.label): heights})
        figure.update_traces(mode="lines+markers")
    elif is_time:
        figure = charts.columns(shown[0], heights)
    else:
        figure = charts.bars(shown[0][:_MOST_BARS], heights[:_MOST_BARS])
    if is_time and card["lens"] == metric.home:
        add_due(figure, scope, metric.code, shown[0])
    if share > 1:
        axis = figure.update_xaxes if card["chart"] == Chart.BARS and not is_time else figure.update_yaxes
        axis(ticksuffix=" %")
    return charts.show_to_pick(figure, key=f"card_{place}", alt=told)


def _show_table(
    scope: Scope, card: Mapping[str, str], place: int, shown: tuple[list[str], list[float | None]]
) -> int | None:
    metric = METRICS[card["metric"]]
    rows = [
        {"part": name, "value": value_words(metric, value, scope.currency)}
        for name, value in zip(*shown, strict=True)
    ][:_MOST_ROWS]  # fmt: skip
    text, heading = st.column_config.TextColumn, CUTS[card["cut"]]
    state: Any = st.dataframe(
        rows, key=f"card_{place}", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-row",
        column_config={"part": text(_(heading), pinned=True),
                       "value": text(_(metric.label), alignment="right")},
        alt=card_title(metric.label, card["cut"]),
    )  # fmt: skip
    return charts.newly(f"card_{place}", next(iter(state.selection.rows), None))
