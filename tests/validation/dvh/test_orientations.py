"""One dose, however its image lies, is one histogram."""

import numpy as np
import pytest

from propel_core.dvh import compute_dvh
from propel_core.readers import read_dose
from support.dicom_builder import FRAME, ORIENTATIONS, dose, written
from support.phantoms import circle, structure

X, Y, Z = np.arange(-20.0, 21.0, 2.5), np.arange(-18.0, 19.0, 3.0), np.arange(-12.0, 13.0, 3.0)
VALUES = np.random.default_rng(5).integers(0, 60_000, (Z.size, Y.size, X.size)) / 1000.0
ROI = structure({z: [circle(9.0, centre=(4.0, -2.0), points=24)] for z in (-6.0, -3.0, 0.0, 3.0)}, frame=FRAME)
EXPECTED = compute_dvh(ROI, read_dose(written(dose(VALUES, x=X, y=Y, z=Z))))


@pytest.mark.parametrize("reverse", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_orientation_does_not_matter(orientation: str, reverse: bool) -> None:  # noqa: FBT001  # a parameter
    """Patient position, image plane and order of frames leave every number of the histogram as it is, to the bit."""
    content = written(dose(VALUES, x=X, y=Y, z=Z, orientation=orientation, reverse_frames=reverse))
    found = compute_dvh(ROI, read_dose(content))
    assert found.volume_cc_at_dose.tobytes() == EXPECTED.volume_cc_at_dose.tobytes()
    assert (found.min_gy, found.mean_gy, found.max_gy) == (EXPECTED.min_gy, EXPECTED.mean_gy, EXPECTED.max_gy)
