"""The manifest: which version of each mart belongs together, and up to where the feeds were read."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Published(BaseModel):
    """A version of a Delta table and its number of rows."""

    model_config = ConfigDict(frozen=True)

    version: int
    rows: int


class Watermark(BaseModel):
    """Everything that committed in ``database`` before transaction ``horizon`` is in the marts.

    ``fresh_to`` is when the newest of it happened in the world, ``read_at`` the database's clock at the reading.
    """

    model_config = ConfigDict(frozen=True)

    database: str
    horizon: int
    fresh_to: datetime | None
    read_at: datetime


class Manifest(BaseModel):
    """One consistent publication of all marts; readers see the one that was committed last.

    ``published_at`` is when they began to see it; unknown of publications from before that was noted.
    """

    model_config = ConfigDict(frozen=True)

    marts: dict[str, Published] = {}
    watermark: Watermark | None = None
    published_at: datetime | None = None

    @property
    def seen_from(self) -> datetime | None:
        """When readers began to see it, or as near to that as is known."""
        return self.published_at or (self.watermark.read_at if self.watermark else None)
