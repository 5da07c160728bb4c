"""The sentences that tell a physicist why a plan is marked."""

from propel_core.spc import BeyondLimits, Direction, IndividualsChart, RuleHit, TailsChart

__all__ = ["number", "signal_sentence", "tail_sentence"]


def number(value: float, unit: str = "") -> str:
    """Return `value` with four significant digits and its unit."""
    text = f"{value:.4g}"
    return f"{text} {unit}" if unit else text


def tail_sentence(tails: TailsChart, index: int, *, population: str, unit: str, in_reference: bool) -> str:
    """Say that the value lies in a tail and what that means.

    Parameters
    ----------
    population
        The reference, for example ``the 20 reference plans of Centre B``.
    """
    side = "upper" if tails.direction[index] == Direction.HIGH else "lower"
    # a value in a tail implies a band
    lower, upper = number(tails.lower_limit or 0.0, unit), number(tails.upper_limit or 0.0, unit)
    own = " The plan is itself one of them." if in_reference else ""
    return (
        f"Unusual, not bad: {number(float(tails.statistic[index]), unit)} lies in the {side} "
        f"{50.0 * tails.alpha:g} % tail of what {population} predict ({lower} to {upper}; "
        f"probability of a value at least as {'high' if side == 'upper' else 'low'}: "
        f"{_probability(float(tails.tail_probability[index]))}). "
        f"By chance alone {100.0 * tails.alpha:g} % of ordinary plans lie in one of the two tails.{own}"
    )


def signal_sentence(chart: IndividualsChart, hit: RuleHit, *, centre: str, unit: str) -> str:
    """Say which rule of the control chart was met, against which line."""
    sentence = chart.rules.describe(hit.rule, hit.side).replace("point", "plan").rstrip(".")
    if hit.rule == BeyondLimits().name:
        line = chart.upper_limit if hit.side is Direction.HIGH else chart.lower_limit
    else:
        line = chart.centre
    # a signal implies a centre line and limits
    return f"Signal: {sentence[0].lower()}{sentence[1:]} of {centre}'s own process ({number(line or 0.0, unit)})."


def _probability(value: float) -> str:
    return "below 0.0001" if value < 1e-4 else f"{value:.2g}"
