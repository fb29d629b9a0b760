"""The small shapes that every resource shares: decimals as strings, text the database can keep, pages."""

from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

ItemT = TypeVar("ItemT")


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold the character NUL")
    return text


def _plain(value: Decimal) -> str:
    return format(value, "f")  # never 1E+3


_DECIMAL_SCHEMA = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}

Text = Annotated[str, AfterValidator(_without_nul)]
Quantity = Annotated[
    Decimal,
    PlainSerializer(_plain, return_type=str),
    WithJsonSchema({**_DECIMAL_SCHEMA, "examples": ["2.000"]}, mode="serialization"),
]
Money = Annotated[
    Decimal,
    PlainSerializer(_plain, return_type=str),
    WithJsonSchema({**_DECIMAL_SCHEMA, "examples": ["19.90"]}, mode="serialization"),
]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The version you saw; if it is stale: 409.")]
Cursor = Annotated[Text | None, Field(max_length=500, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Field(ge=1, le=200, description="How many at most.")]


class RequestBody(BaseModel):
    """What a client sends; a field that is not known is refused, so that a misspelt one is not lost."""

    model_config = ConfigDict(extra="forbid")


class ResponseBody(BaseModel):
    """What we answer, read from the plain values of a use case."""

    model_config = ConfigDict(from_attributes=True)


class PageOf(BaseModel, Generic[ItemT]):
    """One page; ask for the next with its cursor, until that is null."""

    items: list[ItemT]
    next_cursor: str | None
