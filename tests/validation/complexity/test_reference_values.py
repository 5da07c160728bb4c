"""The reference values on real plans, on which two separately written implementations agree to 4e-15."""

from pathlib import Path

import pytest

from propel_core.complexity import Convention, compute_complexity
from propel_core.readers import read_plan
from support.naive import complexity as naive

pytestmark = pytest.mark.shared

BREAST = "breast/rtplan.dcm"
PINNACLE = "plans/dvha-mlca/rtplan.dcm"
MONACO = "plans/pymedphys/vmat_example.dcm"

SIZES = {BREAST: (4, 384), PINNACLE: (26, 360), MONACO: (2, 63)}

BOTH = {
    BREAST: {
        "LSV": 0.7790150979,
        "LT": 36.885778971,
        "SAS2": 0.0273900915301,
        "SAS5": 0.0431860570995,
        "SAS10": 0.224881226118,
        "SAS20": 0.514840858128,
        "MAD": 34.2387133946,
        "CAS": 0.887376761185,
        "CLS": 0.0,
        "ALPO": 20.9255791747,
        "MFA": 1747.43307158,
        "EM": 0.0631383293072,
        "PI": 3.71565383424,
        "MU": 367.0,
    },
    PINNACLE: {
        "LSV": 0.60952879384,
        "LT": 176.463404628,
        "SAS2": 0.0,
        "SAS5": 0.0,
        "SAS10": 0.0,
        "SAS20": 0.419558141185,
        "MAD": 32.3624980465,
        "CAS": 0.676424856191,
        "CLS": 0.0,
        "ALPO": 35.0490705644,
        "MFA": 4295.40955868,
        "EM": 0.0685243285493,
        "PI": 2.57174883581,
        "MU": 1947.600002288815,
    },
    MONACO: {
        "LSV": 0.275627171273,
        "LT": 46.1213633975,
        "SAS2": 0.0,
        "SAS5": 0.0375656252353,
        "SAS10": 0.221685345513,
        "SAS20": 1.0,
        "MAD": 1.88688779228,
        "CAS": 0.0793742681927,
        "CLS": 0.0,
        "ALPO": 11.0709143918,
        "MFA": 246.865189188,
        "EM": 0.156018149525,
        "PI": 1.95294697494,
        "MU": 316.020904,
    },
}

MCNIVEN = {
    BREAST: {"MCS": 0.390679397003, "AAV": 0.49923940179, "LTMCS": 0.376228296549},
    PINNACLE: {"MCS": 0.179458361909, "AAV": 0.257801631403, "LTMCS": 0.150400044111},
    MONACO: {"MCS": 0.112224141328, "AAV": 0.361329957171, "LTMCS": 0.107041142002},
}

MASI = {
    BREAST: {"MCS": 0.504326741133, "AAV": 0.644583622591, "LTMCS": 0.48570732126},
    PINNACLE: {"MCS": 0.203203088353, "AAV": 0.292289181617, "LTMCS": 0.169612188544},
    MONACO: {"MCS": 0.142212885415, "AAV": 0.458219788145, "LTMCS": 0.1356475939},
}

TABLES = {Convention.MCNIVEN2010: MCNIVEN, Convention.MASI2013: MASI}


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("convention", Convention)
def test_every_metric_has_its_reference_value(shared: Path, name: str, convention: Convention) -> None:
    """Each metric of each plan agrees to 1e-9 relative; zeros are exact."""
    metrics = compute_complexity(read_plan(shared / "data" / name), convention=convention).metrics
    expected = {**BOTH[name], **TABLES[convention][name]}
    assert set(metrics) == set(expected)
    for metric, value in expected.items():
        assert metrics[metric] == pytest.approx(value, rel=1e-9, abs=0.0), metric


@pytest.mark.parametrize("name", SIZES)
def test_every_beam_and_control_point_is_counted(shared: Path, name: str) -> None:
    """The plans have the stated numbers of beams and control points."""
    beams = compute_complexity(read_plan(shared / "data" / name)).beams
    assert (len(beams), sum(beam.control_points for beam in beams)) == SIZES[name]


def test_each_fraction_group_has_its_own_values(shared: Path) -> None:
    """The Pinnacle plan has three groups, which together make up the headline."""
    report = compute_complexity(read_plan(shared / "data" / PINNACLE))
    assert [group.number for group in report.groups] == [1, 2, 3]
    total = sum(group.mu for group in report.groups)
    pooled = sum(group.mu * group.metrics["MCS"] for group in report.groups) / total
    assert pooled == pytest.approx(report.metrics["MCS"], rel=1e-12)


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("convention", Convention)
def test_the_naive_twin_agrees_on_real_plans(shared: Path, name: str, convention: Convention) -> None:
    """The twin, written from the definitions in plain Python, gives the same metrics."""
    plan = read_plan(shared / "data" / name)
    metrics = dict(compute_complexity(plan, convention=convention).metrics)
    assert metrics == pytest.approx(naive.plan_metrics(plan, convention.value), rel=1e-11, abs=1e-14)


@pytest.mark.parametrize(
    ("name", "height", "width"), [("24mm_x_20mm_rectangle.dcm", 26.0, 20.0), ("FFF_example.dcm", 24.0, 20.0)]
)
def test_a_static_rectangle_of_a_real_machine_is_not_complex(
    shared: Path, name: str, height: float, width: float
) -> None:
    """Monaco's static fields, without preamble, X jaws or a second statement: MCS 1, area and edge of the rectangle."""
    metrics = compute_complexity(read_plan(shared / "data" / "plans" / "pymedphys" / name)).metrics
    assert (metrics["MCS"], metrics["LSV"], metrics["AAV"]) == (1.0, 1.0, 1.0)
    assert metrics["MFA"] == pytest.approx(height * width, rel=1e-14)
    assert metrics["EM"] == pytest.approx(2.0 / height, rel=1e-14)
