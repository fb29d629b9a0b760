"""A hand-made Olist folder: two customers' orders that are in order, to be spoilt row by row."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

Row = dict[str, str]

_FILES = {
    "customers": "olist_customers_dataset.csv",
    "products": "olist_products_dataset.csv",
    "sellers": "olist_sellers_dataset.csv",
    "categories": "product_category_name_translation.csv",
    "orders": "olist_orders_dataset.csv",
    "items": "olist_order_items_dataset.csv",
    "payments": "olist_order_payments_dataset.csv",
}


@dataclass
class OlistFolder:
    """Rows by file; the first order is delivered (two equal items and another), the second only created."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = {
            "customers": [a_customer("c1", "person1"), a_customer("c2", "person1", city="rio")],
            "products": [a_product("p1", "moveis", "250"), a_product("p2", "", "")],
            "sellers": [{"seller_id": "s1", "seller_state": "SP"}, {"seller_id": "s2", "seller_state": "RJ"}],
            "categories": [{"product_category_name": "moveis", "product_category_name_english": "furniture_decor"}],
            "orders": [
                an_order(
                    "o1", "c1", "delivered", approved="2017-05-02 11:00:00", carrier="2017-05-03 09:00:00",
                    delivered="2017-05-08 20:00:00",
                ),
                an_order("o2", "c2", "created"),
            ],
            "items": [
                an_item("o1", "1", "p1", "s1", "10.50", "2.00"),
                an_item("o1", "2", "p1", "s1", "10.50", "2.00"),
                an_item("o1", "3", "p2", "s2", "5.00", "1.00"),
                an_item("o2", "1", "p2", "s2", "5.00", "1.00"),
            ],
            "payments": [a_payment("o1", "31.00"), a_payment("o2", "6.00")],
        }  # fmt: skip

    def add(self, file: str, *rows: Row) -> "OlistFolder":
        """Append rows to a file."""
        self.rows[file].extend(rows)
        return self

    def change(self, file: str, index: int, **values: str) -> "OlistFolder":
        """Change values of one row."""
        self.rows[file][index].update(values)
        return self

    def write(self, folder: Path) -> Path:
        """Write every file into the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, file in _FILES.items():
            (folder / file).write_text(self.text(name), encoding="utf-8")
        return folder

    def text(self, name: str) -> str:
        """One file as CSV."""
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, list(self.rows[name][0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows[name])
        return buffer.getvalue()


def a_customer(customer_id: str, person: str, *, city: str = "franca") -> Row:
    return {
        "customer_id": customer_id, "customer_unique_id": person, "customer_zip_code_prefix": "14409",
        "customer_city": city, "customer_state": "SP",
    }  # fmt: skip


def a_product(product_id: str, category: str, weight: str) -> Row:
    return {"product_id": product_id, "product_category_name": category, "product_weight_g": weight}


def an_order(
    order_id: str, customer_id: str, status: str, *, placed: str = "2017-05-02 10:00:00", approved: str = "",
    carrier: str = "", delivered: str = "", promised: str = "2017-05-10 00:00:00",
) -> Row:  # fmt: skip
    return {
        "order_id": order_id, "customer_id": customer_id, "order_status": status, "order_purchase_timestamp": placed,
        "order_approved_at": approved, "order_delivered_carrier_date": carrier,
        "order_delivered_customer_date": delivered, "order_estimated_delivery_date": promised,
    }  # fmt: skip


def an_item(order_id: str, item: str, product: str, seller: str, price: str, freight: str) -> Row:  # noqa: PLR0917
    return {
        "order_id": order_id, "order_item_id": item, "product_id": product, "seller_id": seller, "price": price,
        "freight_value": freight,
    }  # fmt: skip


def a_payment(order_id: str, value: str, *, sequence: str = "1") -> Row:
    return {
        "order_id": order_id, "payment_sequential": sequence, "payment_type": "credit_card",
        "payment_installments": "1", "payment_value": value,
    }  # fmt: skip
