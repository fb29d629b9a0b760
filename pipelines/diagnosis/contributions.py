"""Why a number changed: what each part of a cut contributed, by its mix and by its rate. Pure: two measured frames in.

A sum changes by what its parts change. A ratio is its parts' rates weighed by their shares of the denominator, so it
changes because rates move and because the weights do: with the means of both periods as weights of either effect
nothing is left over (Bennet, 1920), and a part that only moves weight counts by how far its rate is from the whole's.
"""

import polars as pl

from pipelines.metrics import Shape

PARTS = ("part", "before", "now", "rate_effect", "mix_effect", "contribution", "unexpected")


def explain_change(now: pl.DataFrame, before: pl.DataFrame, *, cut: str, shape: Shape) -> pl.DataFrame:
    """Split the change of a sum or a ratio by the parts of a cut, those that explain most of it first.

    ``now`` and ``before`` are the metric measured by ``cut``: that column, numerator and denominator. Of the rows
    returned, one a part, ``before`` and ``now`` are its values (None where it had nothing), ``contribution`` is
    ``rate_effect + mix_effect`` and adds up to the whole change; ``unexpected`` is how far it is from what the part
    would have contributed, had all parts changed alike. Raises ``ValueError`` for other shapes than sums and ratios.
    """
    if shape not in {Shape.SUM, Shape.RATIO}:
        raise ValueError(f"a {shape} is no sum of its parts")
    parts = _beside(now, before, cut)
    explained = _of_sum(parts) if shape is Shape.SUM else _of_ratio(parts)
    return explained.select(PARTS).sort(pl.col("unexpected").abs(), descending=True, maintain_order=True)


def _beside(now: pl.DataFrame, before: pl.DataFrame, cut: str) -> pl.DataFrame:
    named = [
        frame.select(
            part=pl.col(cut),
            **{f"numerator_{when}": pl.col("numerator").cast(pl.Float64)},
            **{f"denominator_{when}": pl.col("denominator").cast(pl.Float64)},
        )
        for frame, when in ((now, "now"), (before, "before"))
    ]
    joined = named[0].join(named[1], on="part", how="full", coalesce=True, nulls_equal=True)
    return joined.with_columns(pl.exclude("part").fill_null(0.0)).sort("part", nulls_last=True)


def _of_sum(parts: pl.DataFrame) -> pl.DataFrame:
    now, before = pl.col("numerator_now"), pl.col("numerator_before")
    change, whole = now - before, before.sum()
    share = pl.when(whole != 0).then(before / whole).otherwise(1 / pl.len())
    return parts.with_columns(
        now=now, before=before, rate_effect=change, mix_effect=pl.lit(0.0), contribution=change,
        unexpected=change - share * change.sum(),
    )  # fmt: skip


def _of_ratio(parts: pl.DataFrame) -> pl.DataFrame:
    rates = {
        when: pl.when(pl.col(f"denominator_{when}") != 0).then(
            pl.col(f"numerator_{when}") / pl.col(f"denominator_{when}")
        )
        for when in ("now", "before")
    }
    totals = {
        when: pl.col(f"numerator_{when}").sum() / pl.col(f"denominator_{when}").sum() for when in ("now", "before")
    }
    weights = {when: pl.col(f"denominator_{when}") / pl.col(f"denominator_{when}").sum() for when in ("now", "before")}
    parts = parts.with_columns(
        **rates,
        whole=(totals["now"] + totals["before"]) / 2,
        weight_now=weights["now"],
        weight_before=weights["before"],
    )
    # A part that was not there before, or is not any more, has one rate: it moves weight alone.
    rate_now, rate_before = pl.coalesce("now", "before"), pl.coalesce("before", "now")
    rate_effect = (rate_now - rate_before) * (pl.col("weight_now") + pl.col("weight_before")) / 2
    mix_effect = (pl.col("weight_now") - pl.col("weight_before")) * ((rate_now + rate_before) / 2 - pl.col("whole"))
    explained = parts.with_columns(
        rate_effect=rate_effect, mix_effect=mix_effect, contribution=rate_effect + mix_effect
    ).filter(pl.col("contribution").is_not_null())
    alike = pl.col("contribution").sum() * pl.col("weight_before")
    return explained.with_columns(unexpected=pl.col("contribution") - alike)
