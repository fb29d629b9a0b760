"""The reference of the metrics as a page of Markdown, written from their definitions alone."""

from collections.abc import Iterable

from pipelines.metrics.definition import Direction, Lens, Metric, Shape

_HOW = {
    Shape.SUM: "Sum over the rows.",
    Shape.RATIO: "Sum of the numerator divided by the sum of the denominator, at every grain.",
    Shape.DURATION: "Median, 90th percentile by nearest rank and mean of the rows' times.",
    Shape.LEAST: "The least of the rows.",
    Shape.SURVIVAL: "Median and 90th percentile by Kaplan and Meier; what goes on counts with what it has lasted.",
}
_GOOD = {Direction.UP: "more is better", Direction.DOWN: "less is better", Direction.NEITHER: "neither way is better"}
_HEAD = """# Metrics

Every number of every page, report and alert is one of these, computed by `oms kpi CODE --from --to --by …` and opened
to its rows by `oms drill CODE …`. Cohort: what began in the period; flow: what happened in it; now: what stands,
whatever the period. A cohort younger than a metric needs is marked as immature. This page is written by
`oms metrics --markdown`.
"""


def write_reference(metrics: Iterable[Metric]) -> str:
    """Write the page: a section per metric in their order."""
    return "\n".join([_HEAD, *(_section(metric) for metric in metrics)])


def _section(metric: Metric) -> str:
    facts = [
        f"Counts: {metric.unit}; {_GOOD[metric.direction]}.",
        _HOW[metric.shape],
        f"Rows of `{metric.mart}`" + (", prepared" if metric.prepare else "") + f". Credit: `{metric.credit}`.",
        "Lenses: " + ", ".join(_lens(lens, day) for lens, day in metric.days.items()) + f"; at home: {metric.home}.",
        *([f"A cohort is final after {metric.matures_days} days."] if metric.matures_days else []),
        *(["Only for those who may see costs."] if metric.shows_cost else []),
        f"Definition {metric.version}.",
    ]
    return (
        f"## {metric.label} (`{metric.code}`)\n\n{metric.definition}\n\n"
        + "\n".join(f"- {one}" for one in facts)
        + "\n"
    )


def _lens(lens: Lens, day: str | None) -> str:
    return f"{lens} by `{day}`" if day else str(lens)
