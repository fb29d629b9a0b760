"""Guess which column of a file is which of ours, by the words its header uses (English, Russian, Polish, Chinese)."""

import re
from collections.abc import Sequence

from pipelines.imports.mapping import COLUMNS

# The first word of ours that a header has wins; spaces, case and punctuation do not count.
_WORDS = {
    "external_ref": ("order", "order number", "order id", "invoice", "invoice no", "номер заказа", "заказ",
                     "numer zamówienia", "zamówienie", "订单号", "订单编号"),
    "placed_at": ("date", "order date", "invoice date", "created at", "дата заказа", "дата", "data zamówienia",
                  "data", "下单时间", "订单日期", "日期"),
    "sku": ("stock code", "product code", "item code", "артикул", "код товара", "kod produktu", "indeks", "商品编码",
            "货号"),
    "product_name": ("product", "description", "item", "товар", "название", "наименование", "produkt",
                     "nazwa produktu", "商品名称", "商品"),
    "quantity": ("qty", "count", "количество", "кол-во", "ilość", "数量"),
    "unit_price": ("price", "unit cost", "цена", "cena", "cena jednostkowa", "单价", "价格"),
    "customer_ref": ("customer id", "client id", "код клиента", "id klienta", "客户编号"),
    "customer_name": ("customer", "name", "client", "клиент", "покупатель", "имя", "klient", "客户", "姓名"),
    "phone": ("telephone", "mobile", "телефон", "telefon", "电话", "手机"),
    "email": ("e-mail", "mail", "почта", "эл. почта", "邮箱"),
    "address": ("shipping address", "адрес", "адрес доставки", "adres", "地址"),
    "region": ("country", "state", "регион", "страна", "kraj", "地区", "国家"),
    "comment": ("note", "notes", "комментарий", "примечание", "komentarz", "uwagi", "备注"),
    "status": ("state of order", "статус", "状态"),
    "promised_at": ("promised", "due date", "срок", "обещано", "termin", "承诺日期"),
    "shipped_at": ("shipped", "ship date", "отгружено", "дата отгрузки", "wysłano", "发货时间"),
    "delivered_at": ("delivered", "delivery date", "доставлено", "дата доставки", "dostarczono", "送达时间"),
    "warehouse": ("склад", "magazyn", "仓库"),
    "discount": ("скидка", "rabat", "折扣"),
    "shipping": ("delivery", "shipping cost", "доставка", "стоимость доставки", "dostawa", "运费"),
}  # fmt: skip


def guess_columns(header: Sequence[str]) -> dict[str, str]:
    """Guess ours → theirs; each column of the file is taken once, and what no word names is left out."""
    theirs = {_plain(column): column for column in reversed(header)}
    guessed: dict[str, str] = {}
    for exactly in (True, False):
        for ours in [each for each in COLUMNS if each not in guessed]:
            words = (ours,) if exactly else _WORDS[ours]
            found = next((theirs.pop(_plain(word)) for word in words if _plain(word) in theirs), None)
            if found is not None:
                guessed[ours] = found
    return guessed


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
