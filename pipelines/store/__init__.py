"""The store of published tables: Delta tables under one address, read by version."""

from pipelines.store.delta import Replacement, Store, TableCheck
from pipelines.store.manifest import Manifest, Published, Watermark

__all__ = ["Manifest", "Published", "Replacement", "Store", "TableCheck", "Watermark"]
