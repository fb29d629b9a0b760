"""The store of published tables: Delta tables under one address, read by version."""

from pipelines.store.checking import Replacement, TableCheck
from pipelines.store.delta import Store
from pipelines.store.manifest import Manifest, Published, Watermark

__all__ = ["Manifest", "Published", "Replacement", "Store", "TableCheck", "Watermark"]
