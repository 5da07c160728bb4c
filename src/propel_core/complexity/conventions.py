"""The published conventions as data: which one, in which version, and where it differs."""

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

__all__ = ["PRESETS", "Convention", "Denominator", "Preset"]


class Convention(Enum):
    """A published way to compute the family of metrics; the value is the word used on the command line."""

    MCNIVEN2010 = "mcniven2010"
    MASI2013 = "masi2013"


class Denominator(Enum):
    """What the open gaps of a control point are divided by to give the aperture area variability.

    Both are sums over the strips, of an extreme over the control points of the beam that deliver dose and in which
    the strip is exposed and open.
    """

    OUTERMOST_TIPS = "outermost tips"
    """Rightmost right tip minus leftmost left tip, wherever each was reached."""
    WIDEST_GAP = "widest gap"
    """The widest gap reached at one control point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One version of a convention. A change of arithmetic gets a new version; values of two versions never mix."""

    convention: Convention
    version: int
    aav_denominator: Denominator
    reference: str


PRESETS = MappingProxyType(
    {
        Convention.MCNIVEN2010: Preset(
            convention=Convention.MCNIVEN2010,
            version=1,
            aav_denominator=Denominator.OUTERMOST_TIPS,
            reference="doi:10.1118/1.3276775",
        ),
        Convention.MASI2013: Preset(
            convention=Convention.MASI2013,
            version=1,
            aav_denominator=Denominator.WIDEST_GAP,
            reference="doi:10.1118/1.4810969",
        ),
    }
)
