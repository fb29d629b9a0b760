"""Every metric, defined once: no page and no report computes a number of its own."""

from pipelines.metrics.cancelling import CANCELLING
from pipelines.metrics.customers import CUSTOMERS
from pipelines.metrics.definition import Direction, Lens, Metric, Shape, Tables, Unit
from pipelines.metrics.earning import EARNING
from pipelines.metrics.keeping import KEEPING
from pipelines.metrics.sales import SALES
from pipelines.metrics.standing import STANDING
from pipelines.metrics.stock import STOCK
from pipelines.metrics.waiting import WAITING

__all__ = ["METRICS", "Direction", "Lens", "Metric", "Shape", "Tables", "Unit"]

METRICS: dict[str, Metric] = {
    metric.code: metric for metric in (*SALES, *EARNING, *CUSTOMERS, *KEEPING, *CANCELLING, *WAITING, *STANDING, *STOCK)
}
