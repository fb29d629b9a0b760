"""What is to be written, together: the story and its outcome, the ids they were given, the open transaction."""

from dataclasses import dataclass

from pipelines.bulk import Cursor
from pipelines.simulation.keys import Orders, Shop
from pipelines.simulation.outcome import Outcome
from pipelines.simulation.prices import Prices
from pipelines.simulation.settlement import Settlement
from pipelines.simulation.story import Story


@dataclass(frozen=True)
class Ledger:
    """Everything the writers need."""

    cursor: Cursor
    story: Story
    outcome: Outcome
    settlement: Settlement
    prices: Prices
    shop: Shop
    orders: Orders
