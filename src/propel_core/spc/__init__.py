"""Control charts and specified-distribution tails.

`individuals_chart` judges a series against the limits of its own process; `tails_chart` places each value in a
specified law, the law of a reference population. The two never merge: a *signal* says that the process has changed, a
*tail* says that one value is unusual, which is not the same as bad.
"""

from propel_core.spc.divisor import D2_OF_TWO, D3_OF_TWO, Divisor
from propel_core.spc.empirical_law import EmpiricalLaw, empirical_law
from propel_core.spc.individuals import IndividualsChart, individuals_chart
from propel_core.spc.law import Band, Family, InsufficientLaw, SpecifiedLaw, TailProbabilities
from propel_core.spc.rules import (
    NO_RULES,
    WESTERN_ELECTRIC,
    BeyondLimits,
    CountBeyondZone,
    Rule,
    RuleHit,
    RuleSet,
    RunOnOneSide,
    Signal,
)
from propel_core.spc.scaled_law import ScaledLaw, fitted_lognormal, fitted_normal, given_lognormal, given_normal
from propel_core.spc.series import Maturity, SeriesLike
from propel_core.spc.standing import Direction, Standing
from propel_core.spc.tails import TailsChart, tails_chart

__all__ = [
    "D2_OF_TWO",
    "D3_OF_TWO",
    "NO_RULES",
    "WESTERN_ELECTRIC",
    "Band",
    "BeyondLimits",
    "CountBeyondZone",
    "Direction",
    "Divisor",
    "EmpiricalLaw",
    "Family",
    "IndividualsChart",
    "InsufficientLaw",
    "Maturity",
    "Rule",
    "RuleHit",
    "RuleSet",
    "RunOnOneSide",
    "ScaledLaw",
    "SeriesLike",
    "Signal",
    "SpecifiedLaw",
    "Standing",
    "TailProbabilities",
    "TailsChart",
    "empirical_law",
    "fitted_lognormal",
    "fitted_normal",
    "given_lognormal",
    "given_normal",
    "individuals_chart",
    "tails_chart",
]
