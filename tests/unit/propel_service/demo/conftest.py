"""A small cohort, written once for the tests that only read it."""

from pathlib import Path

import pytest

from propel_service.demo import CohortSummary, write_cohort


@pytest.fixture(scope="session")
def small_cohort(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CohortSummary]:
    """Two prostate plans and one breast plan at each centre: the folder and its summary."""
    folder = tmp_path_factory.mktemp("cohort")
    return folder, write_cohort(folder, prostate_plans=2, breast_plans=1)
