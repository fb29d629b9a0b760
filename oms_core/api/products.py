"""Products over HTTP."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from oms_core.api.callers import ActingCaller
from oms_core.api.shapes import Cursor, Limit, Money, PageOf, Quantity, RequestBody, ResponseBody, Text
from oms_core.catalog.products import list_products, put_product

router = APIRouter(tags=["products"])


class ProductBody(RequestBody):
    """A product as it is to be; what is left out keeps its value, or gets its default in a new product."""

    name: Text = Field(examples=["Blue mug"])
    price: Money = Field(description="Valid from now in the standard price list.", examples=["19.90"])
    uom: Text | None = Field(default=None, description="Unit of measure.", examples=["pcs"])
    tax_rate: Annotated[Decimal, Field(examples=["0.23"])] | None = Field(default=None, description="0.23 is 23 %.")
    barcode: Text | None = Field(default=None, description="An empty one takes it away.")


class ProductShape(ResponseBody):
    """A product and what it costs now (null: it has no price)."""

    sku: str
    name: str
    price: Money | None
    uom: str
    tax_rate: Quantity
    barcode: str | None
    is_active: bool


@router.put(
    "/products/{sku:path}",
    summary="Put a product and its price",
    responses={201: {"model": ProductShape, "description": "The SKU is new."}},
)
def put_one_product(
    sku: Annotated[Text, Path(description="Stock-keeping unit, at most 100 characters.", examples=["MUG-BLUE"])],
    body: ProductBody,
    caller: ActingCaller,
    response: Response,
) -> ProductShape:
    """Add a product, or change the one of this SKU. A new price holds from now on; orders keep the price they had."""
    put = caller.do(
        put_product, sku=sku, name=body.name, price=body.price, uom=body.uom, tax_rate=body.tax_rate,
        barcode=body.barcode,
    )  # fmt: skip
    if put.created:
        response.status_code = 201
    return ProductShape.model_validate(put.product)


@router.get("/products", summary="List products by SKU")
def get_products(
    caller: ActingCaller,
    q: Annotated[Text, Query(max_length=200, description="A part of the SKU or name, or a barcode.")] = "",
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> PageOf[ProductShape]:
    """List the products that match, with the price of now."""
    rows = caller.read(list_products, now=datetime.now(UTC), q=q, after=cursor, limit=limit + 1)
    shown = [ProductShape.model_validate(row) for row in rows[:limit]]
    return PageOf(items=shown, next_cursor=shown[-1].sku if len(rows) > limit else None)
