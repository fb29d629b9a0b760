"""What-if: past orders lived through again under another routing, capacity or limit; nothing changed is what was."""

from pipelines.replay.asking import replay_orders
from pipelines.replay.changes import Changes, Routing, StageChange
from pipelines.replay.outcome import Outcome
from pipelines.replay.record import Record, read_record

__all__ = ["Changes", "Outcome", "Record", "Routing", "StageChange", "read_record", "replay_orders"]
