"""The whole story of the demo shop, lived through in memory: a pure function of the horizon, the size and the seed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.simulation.assortment import Assortment, make_assortment
from pipelines.simulation.cancellations import plan_cancellations
from pipelines.simulation.clock import Horizon
from pipelines.simulation.course import Circumstances, Course, set_course
from pipelines.simulation.customers import Customers, make_customers
from pipelines.simulation.demand import Wanted, want
from pipelines.simulation.handling import Handling, handle
from pipelines.simulation.returns import ReturnPlan, plan_returns
from pipelines.simulation.shelf import StockHistory
from pipelines.simulation.stages import Pace, draw_pace, follow
from pipelines.simulation.stockroom import Returned, StockRoom, draw_temper
from pipelines.simulation.team import MANAGERS, Team, make_team
from pipelines.simulation.trouble import NO_TROUBLE, Trouble

_ORDERS_PER_CUSTOMER = 9
_FEWEST_CUSTOMERS = 120


@dataclass(frozen=True)
class Story:
    """Everything that happened; arrays are indexed by order or line as wanted, recorded or not."""

    horizon: Horizon
    seed: int
    team: Team
    goods: Assortment
    customers: Customers
    wanted: Wanted
    handling: Handling
    pace: Pace
    returns: ReturnPlan
    history: StockHistory
    course: Course

    def rng(self, name: str) -> np.random.Generator:
        """Stream of chance of one's own, the same for the same seed."""
        return _stream(self.seed, name)


def live(
    horizon: Horizon, *, orders_per_day: float, seed: int, trouble: Trouble = NO_TROUBLE,
    progress: Callable[[str, float], None] | None = None,
) -> Story:  # fmt: skip
    """Live through the horizon; a ``trouble`` is there to be found."""
    tell = progress or _say_nothing
    tell("people and goods", 0.02)
    team = make_team(horizon, _stream(seed, "team"))
    goods = make_assortment(horizon, _stream(seed, "assortment"))
    count = max(_FEWEST_CUSTOMERS, round(horizon.days * orders_per_day / _ORDERS_PER_CUSTOMER))
    customers = make_customers(count, len(MANAGERS), _stream(seed, "customers"))
    tell("demand", 0.05)
    wanted = want(horizon, team, goods, customers, orders_per_day=orders_per_day, rng=_stream(seed, "demand"))
    handling = handle(
        team, customers, wanted, orders_per_day=orders_per_day, trouble=trouble, rng=_stream(seed, "handling")
    )
    pace = draw_pace(horizon, goods, wanted, trouble, _stream(seed, "pace"))
    way = follow(horizon, team, wanted, pace, handling.gate)
    office = team.clocks["demo"]
    plan = plan_cancellations(office, wanted, handling, way=way, pace=pace, rng=_stream(seed, "cancellations"))
    returns = plan_returns(office, wanted, way, plan, _stream(seed, "returns"))
    temper = draw_temper(wanted, _stream(seed, "temper"))
    tell("stock", 0.10)
    room = StockRoom(
        horizon, team, goods, wanted, plan=plan, temper=temper, picked_from=way.picked_from,
        returned=Returned(returns.line, returns.quantity, returns.restocked_at()), rng=_stream(seed, "stock"),
    )  # fmt: skip
    history = room.run()
    course = set_course(Circumstances(horizon, team, wanted, handling, pace), temper, history, _stream(seed, "course"))
    return Story(horizon, seed, team, goods, customers, wanted, handling, pace, returns, history, course)


def _stream(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, *name.encode()])


def _say_nothing(_stage: str, _share: float) -> None:
    """Take no notice."""
