"""What a measure changed: intervals of means and of differences hold what they say as often as they say."""

import numpy as np
import pytest

from pipelines.cohorts import Difference, difference_of_differences, mean_difference

ORDERS, ROUNDS = 600, 400


def losses(random: np.random.Generator, share: float, orders: int = ORDERS) -> np.ndarray:
    """What each order lost: mostly nothing, seldom a skewed sum of 12 on average."""
    return np.where(random.random(orders) < share, random.gamma(2, 6, orders), 0)


@pytest.mark.parametrize("share", [0.03, 0.08])
def test_an_interval_of_mean_losses_holds_the_true_difference_about_as_often_as_it_says(share: float) -> None:
    random, held, asked = np.random.default_rng(3), 0, 0
    for _ in range(ROUNDS):
        found = mean_difference(losses(random, share), losses(random, share / 2))
        if found is not None:
            asked += 1
            held += found.low <= -12 * share / 2 <= found.high
    assert asked > ROUNDS * 0.9
    assert held / asked == pytest.approx(0.95, abs=0.025)


def test_a_handful_of_losses_tells_nothing() -> None:
    few = [0.0] * 500 + [9.0] * 9
    assert mean_difference(few, few) is None
    assert mean_difference([5.0] * 9, [0.0] * 900) is None
    assert mean_difference([*few, 9.0], [0.0] * 500) is not None


def test_what_changed_everywhere_alike_is_no_effect_and_what_changed_here_alone_is() -> None:
    rest, alike = Difference(0.10, 0.06, -0.06, -0.02), Difference(0.12, 0.08, -0.07, -0.01)
    assert not difference_of_differences(rest, alike).is_told
    assert difference_of_differences(rest, alike).value == pytest.approx(0)
    here = difference_of_differences(Difference(0.10, 0.10, -0.01, 0.01), Difference(0.12, 0.05, -0.09, -0.05))
    assert here.is_told
    assert (here.low, here.high) == (pytest.approx(-0.07 - 0.02236, abs=1e-4), pytest.approx(-0.07 + 0.02236, abs=1e-4))
