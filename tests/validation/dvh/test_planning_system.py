"""Dose-volume histograms against those that a planning system stored beside the dose.

The set is `data/breast`: an RTDOSE with a DVHSequence. Its curves are in Gy; its minimum, mean and maximum are in
percent of a prescription of 14 Gy. Its volumes belong to the middle of each 10 mGy bin: half a bin, 5 mGy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt
import pydicom
import pytest

from propel_core.dvh import Dvh, DvhSettings, compute_dvh
from propel_core.geometry import EndCaps
from propel_core.readers import read_dose, read_structure_set

HALF_BIN_GY = 0.005
PRESCRIPTION_GY = 14.0

# Largest difference of the whole curve, in percentage points, and of the volume, in percent, by end caps.
# The system rounds its end caps: its volumes lie between `none` and `half-slice`. Full half slices put 3 mm more of the
# two tumour beds into the penumbra, which is all of their excess: without caps both agree like the others.
ROIS = ("Breast", "Heart", "Lt Lung", "Tumor Bed", "Tumor Bed Block")
WORST: Mapping[EndCaps, Mapping[str, tuple[float, float]]] = {
    EndCaps.HALF_SLICE: {
        "Breast": (0.55, 1.0),
        "Heart": (0.55, 0.6),
        "Lt Lung": (0.25, 0.3),
        "Tumor Bed": (1.15, 2.8),
        "Tumor Bed Block": (1.85, 1.6),
    },
    EndCaps.NONE: {
        "Breast": (0.3, 0.1),
        "Heart": (0.45, 0.8),
        "Lt Lung": (0.25, 0.4),
        "Tumor Bed": (0.3, 0.6),
        "Tumor Bed Block": (0.45, 0.4),
    },
}
EVERY = pytest.mark.parametrize(("caps", "name"), [(caps, name) for caps in WORST for name in ROIS])

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="clinical sizes take minutes without compilation"),
]


@dataclass(frozen=True)
class Stored:
    """A curve as the planning system stored it."""

    dose_gy: npt.NDArray[np.float64]
    volume_cc: npt.NDArray[np.float64]
    mean_gy: float
    max_gy: float

    def dose_at(self, share: float) -> float:
        """Return the dose that covers this share of the volume."""
        return float(np.interp(-share * self.volume_cc[0], -self.volume_cc, self.dose_gy)) + HALF_BIN_GY


Pairs = Mapping[tuple[EndCaps, str], tuple[Dvh, Stored]]


@pytest.fixture(name="pairs")
def _pairs(shared: Path) -> Pairs:
    return _computed(shared / "data" / "breast")


@cache
def _computed(folder: Path) -> Pairs:
    stored = {}
    for item in pydicom.dcmread(folder / "rtdose.dcm").DVHSequence:
        data = np.array(item.DVHData, dtype=float)
        stored[int(item.DVHReferencedROISequence[0].ReferencedROINumber)] = Stored(
            dose_gy=(np.cumsum(data[::2]) - data[0]) * float(item.DVHDoseScaling),
            volume_cc=data[1::2],
            mean_gy=float(item.DVHMeanDose) / 100.0 * PRESCRIPTION_GY,
            max_gy=float(item.DVHMaximumDose) / 100.0 * PRESCRIPTION_GY,
        )
    dose = read_dose(folder / "rtdose.dcm")
    structures = read_structure_set(folder / "rtss.dcm", names=ROIS).structures
    return {
        (caps, item.name): (compute_dvh(item, dose, settings=DvhSettings(end_caps=caps)), stored[item.number])
        for item in structures
        for caps in WORST
    }


@EVERY
def test_the_whole_curve(pairs: Pairs, caps: EndCaps, name: str) -> None:
    """Over the whole curve, as shares of the volume, the difference is no more than the stated percentage points."""
    ours, theirs = pairs[caps, name]
    found = np.array([ours.volume_at(dose + HALF_BIN_GY) for dose in theirs.dose_gy])
    worst = 100.0 * np.abs(found / ours.volume_cc - theirs.volume_cc / theirs.volume_cc[0]).max()
    assert worst <= WORST[caps][name][0]


@EVERY
def test_volume(pairs: Pairs, caps: EndCaps, name: str) -> None:
    """Volumes agree within the stated percentage."""
    ours, theirs = pairs[caps, name]
    assert ours.volume_cc == pytest.approx(theirs.volume_cc[0], rel=WORST[caps][name][1] / 100.0)


@pytest.mark.parametrize("name", ROIS)
@pytest.mark.parametrize("share", [0.95, 0.5, 0.02])
def test_doses_at_volumes(pairs: Pairs, name: str, share: float) -> None:
    """Without caps D95, D50 and D2 agree within 0.05 Gy."""
    ours, theirs = pairs[EndCaps.NONE, name]
    assert ours.dose_at(share * ours.covered_cc) == pytest.approx(theirs.dose_at(share), abs=0.05)


@pytest.mark.parametrize("name", ROIS)
def test_mean_and_maximum_are_percent_of_the_prescription(pairs: Pairs, name: str) -> None:
    """Read as percent of 14 Gy the system's mean and maximum are ours."""
    ours, theirs = pairs[EndCaps.NONE, name]
    assert ours.mean_gy == pytest.approx(theirs.mean_gy, abs=0.01)
    # The system takes the maximum of its sub-voxels, we that of the whole surface.
    assert theirs.max_gy - 0.01 <= ours.max_gy <= theirs.max_gy + 0.15
