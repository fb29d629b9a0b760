"""What every order costs: prices of the day, discounts of firms, tax, shipping. In cents."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.assortment import TAX_PERCENT
from pipelines.simulation.cancellations import cause_number
from pipelines.simulation.clock import Ints
from pipelines.simulation.columns import half_up
from pipelines.simulation.story import Story


@dataclass(frozen=True)
class Prices:
    """Cents by line and by order; ``gross = net + tax``, an order's total is its gross and shipping."""

    unit: Ints
    discount: Ints
    net: Ints
    tax: Ints
    gross: Ints
    cost: Ints
    """Of one unit."""
    order_net: Ints
    order_tax: Ints
    order_gross: Ints
    shipping: Ints


def price(story: Story) -> Prices:
    """Price every kept line; an order with the cause ``price_error`` shows a tenth of the right prices."""
    wanted, goods, order = story.wanted, story.goods, story.wanted.line_order
    kept = story.history.kept
    unit = goods.listed_cents[wanted.line_product, wanted.day[order]]
    mistaken = (story.course.cause == cause_number("price_error"))[order]
    unit = np.where(mistaken, np.maximum(unit // 10, 1), unit)
    percent = story.customers.discount_percent[wanted.customer[order]]
    discount = half_up(kept * unit * percent, 100)
    gross = kept * unit - discount
    tax = half_up(gross * TAX_PERCENT, 100 + TAX_PERCENT)
    sums = [_by_order(story, column) for column in (gross - tax, tax, gross)]
    free_from = np.where(wanted.is_firm, 50_000, 15_000)
    charge = np.where(wanted.is_firm, 1_990, 1_290)
    shipping = np.where(story.pace.is_pickup | (sums[2] >= free_from), 0, charge)
    cost = goods.cost_cents[wanted.line_product]
    return Prices(unit, discount, gross - tax, tax, gross, cost, sums[0], sums[1], sums[2], shipping)


def _by_order(story: Story, cents: Ints) -> Ints:
    total = np.zeros(len(story.wanted), dtype=np.int64)
    np.add.at(total, story.wanted.line_order, np.where(story.history.kept > 0, cents, 0))
    return total
