"""What is known of the periods ahead: their place in the calendar and the covariates planned for them."""

from datetime import date

import numpy as np

from forecasting.panel import FloatArray, Panel

DAYS_TO_KNOW_A_YEAR = 400


def calendar(panel: Panel, dates: list[date]) -> FloatArray:
    """Month and week, for days also day of week and of month: series × dates × columns.

    Month and week are 0 until a year was seen: a tree would take them for the passing of time. The
    columns stay, so that a model trained earlier can be asked later.
    """
    knows_a_year = (panel.dates[-1] - panel.dates[0]).days >= DAYS_TO_KNOW_A_YEAR
    columns = [
        [float(day.month) if knows_a_year else 0.0 for day in dates],
        [float(day.isocalendar().week) if knows_a_year else 0.0 for day in dates],
    ]
    if panel.freq == "1d":
        columns.append([float(day.weekday()) for day in dates])
        columns.append([float(day.day) for day in dates])
    block = np.array(columns).T
    return np.broadcast_to(block, (panel.size, *block.shape))


def planned(panel: Panel, origin: int, horizon: int, known_to: int) -> list[FloatArray]:
    """Known covariates of the periods after `origin`, and with a season what they were one earlier.

    Columns past `known_to` repeat the last one. Each block is series × horizon × 1.
    """
    season = panel.season_length
    columns = np.minimum(np.arange(origin + 1, origin + 1 + horizon), known_to)
    earlier = columns - season * (-(-np.arange(1, horizon + 1) // season))
    blocks = []
    for values in panel.known.values():
        blocks.append(values[:, columns][:, :, None])
        if season > 1:
            then = np.where(earlier >= 0, values[:, np.maximum(earlier, 0)], np.nan)
            blocks.append(then[:, :, None])
    return blocks
