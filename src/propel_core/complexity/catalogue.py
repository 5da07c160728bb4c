"""What each metric means: unit, range, definition and source."""

import math
from dataclasses import dataclass

__all__ = ["CATALOGUE", "MetricDefinition"]

_MCNIVEN = "doi:10.1118/1.3276775"
_MASI = "doi:10.1118/1.4810969"
_CROWE = "doi:10.1007/s13246-014-0274-9"
_YOUNGE = "doi:10.1118/1.4762566"
_DU = "doi:10.1118/1.4861821"
_DICOM = "DICOM PS3.3, Beam Meterset (300A,0086)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """A metric as it is listed for people.

    Parameters
    ----------
    unit
        Empty for a pure number.
    lowest, highest
        The closed range that no value leaves.
    """

    name: str
    unit: str
    description: str
    reference: str
    lowest: float = 0.0
    highest: float = math.inf


def _fraction(name: str, description: str, reference: str) -> MetricDefinition:
    return MetricDefinition(name=name, unit="", description=description, reference=reference, highest=1.0)


def _small_gaps(threshold: int) -> MetricDefinition:
    return _fraction(
        f"SAS{threshold}",
        f"Small aperture score: share of the exposed, open leaf pairs whose gap is below {threshold} mm",
        _CROWE,
    )


CATALOGUE: tuple[MetricDefinition, ...] = (
    _fraction("MCS", "Modulation complexity score: 1 for one fixed rectangle, towards 0 as modulation grows", _MCNIVEN),
    _fraction("LSV", "Leaf sequence variability: 1 when neighbouring tips of each bank are in line", _MCNIVEN),
    _fraction("AAV", "Aperture area variability: aperture relative to the beam's largest, by the convention", _MCNIVEN),
    MetricDefinition(
        name="LT", unit="mm", description="Leaf travel of a beam, mean over the leaves in use", reference=_MASI
    ),
    _fraction("LTMCS", "MCS weighted by leaf travel: MCS times (1000 mm - LT) / 1000 mm, not below 0", _MASI),
    _small_gaps(2),
    _small_gaps(5),
    _small_gaps(10),
    _small_gaps(20),
    MetricDefinition(
        name="MAD",
        unit="mm",
        description="Mean asymmetry distance: mean distance of the gap's centre from the beam axis",
        reference=_CROWE,
    ),
    _fraction("CAS", "Cross-axis score: share of the exposed, open leaf pairs with a tip beyond the beam axis", _CROWE),
    _fraction("CLS", "Closed leaf score: share of the exposed leaf pairs that are closed", _CROWE),
    MetricDefinition(
        name="ALPO",
        unit="mm",
        description="Average leaf pair opening: mean gap of the exposed, open leaf pairs",
        reference="elementary mean, without a primary source",
    ),
    MetricDefinition(
        name="MFA",
        unit="mm2",
        description="Mean field area: area inside leaves and jaws, weighted by monitor units",
        reference=_CROWE,
    ),
    MetricDefinition(
        name="EM",
        unit="1/mm",
        description="Edge metric: length of the leaf sides at the aperture's edge over its area (C1 = 0, C2 = 1)",
        reference=_YOUNGE,
    ),
    MetricDefinition(
        name="PI",
        unit="",
        description="Aperture irregularity: squared perimeter over 4 pi times the area; 4/pi for a square",
        reference=_DU,
    ),
    MetricDefinition(
        name="MU",
        unit="MU",
        description="Monitor units per fraction, summed over the beam references of the fraction groups",
        reference=_DICOM,
    ),
)
