"""Large writes: frames into tables by COPY in one transaction, fast on an empty database, the guards kept."""

from pipelines.bulk.copying import Cursor, bulk_transaction, copy_frame, read_frame, reserve_ids
from pipelines.bulk.guards import GuardBroken, guarded_load

__all__ = ["Cursor", "GuardBroken", "bulk_transaction", "copy_frame", "guarded_load", "read_frame", "reserve_ids"]
