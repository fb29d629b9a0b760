from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.money import CENT, RoundingRule, line_total, order_total, round_money

prices = st.decimals("0", "99999.99", places=2)
quantities = st.decimals("0.001", "9999.999", places=3)
rates = st.decimals("0", "0.5", places=4)


@pytest.mark.parametrize(
    ("rule", "up", "even"),
    [
        (RoundingRule.HALF_UP, "0.13", "0.12"),
        (RoundingRule.HALF_EVEN, "0.12", "0.12"),
        (RoundingRule.DOWN, "0.12", "0.11"),
    ],
)
def test_each_rule_rounds_a_half_cent_its_own_way(rule, up, even):
    assert round_money(Decimal("0.125"), rule) == Decimal(up)
    assert round_money(Decimal("0.115"), rule) == Decimal(even)


def test_tax_is_taken_out_of_a_price_that_includes_it():
    total = line_total(quantity=Decimal(3), unit_price=Decimal("10.00"), tax_rate=Decimal("0.2"))
    assert (total.net, total.tax, total.gross) == (Decimal("25.00"), Decimal("5.00"), Decimal("30.00"))


def test_tax_is_added_to_a_price_without_it():
    total = line_total(
        quantity=Decimal(3), unit_price=Decimal("10.00"), tax_rate=Decimal("0.2"), prices_include_tax=False
    )
    assert (total.net, total.tax, total.gross) == (Decimal("30.00"), Decimal("6.00"), Decimal("36.00"))


def test_the_discount_is_off_the_whole_line():
    total = line_total(quantity=Decimal(3), unit_price=Decimal("10.00"), discount=Decimal("5.00"))
    assert total.gross == Decimal("25.00")


@given(quantities, prices, rates, st.booleans(), st.sampled_from(RoundingRule))
def test_a_line_adds_up_and_is_within_a_cent_of_the_exact_sum(quantity, price, rate, include_tax, rule):
    total = line_total(quantity=quantity, unit_price=price, tax_rate=rate, prices_include_tax=include_tax, rule=rule)
    assert total.gross == total.net + total.tax
    assert all(value == value.quantize(CENT) for value in (total.net, total.tax, total.gross))
    exact = Fraction(quantity) * Fraction(price)
    stated = total.gross if include_tax else total.net
    assert abs(Fraction(stated) - exact) < Fraction(1, 100)
    share = Fraction(rate) / (1 + Fraction(rate)) if include_tax else Fraction(rate)
    assert abs(Fraction(total.tax) - Fraction(stated) * share) < Fraction(1, 100)


@given(st.lists(st.tuples(quantities, prices, rates), max_size=5), prices)
def test_an_order_is_the_sum_of_its_rounded_lines_and_shipping(rows, shipping):
    lines = [line_total(quantity=quantity, unit_price=price, tax_rate=rate) for quantity, price, rate in rows]
    total = order_total(lines, shipping)
    assert total.gross == sum((line.gross for line in lines), Decimal(0)) == total.net + total.tax
    assert total.total == total.gross + shipping
