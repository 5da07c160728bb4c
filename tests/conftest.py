"""Fixtures and settings that every test shares."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "propel", derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("propel")

SHARED = Path(os.environ.get("PROPEL_SHARED") or Path(__file__).resolve().parents[1].parent / "shared")


@pytest.fixture
def shared() -> Path:
    """Return the folder of shared DICOM sets; where it is absent skip, or fail if everything is required."""
    if not (SHARED / "data").is_dir():
        reason = "shared data absent: set PROPEL_SHARED to the folder that holds data/"
        if os.environ.get("PROPEL_REQUIRE_ALL"):
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED
