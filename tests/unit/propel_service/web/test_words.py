import pytest

from propel_service.warehouse import PanelKey
from propel_service.web.words import fixed, panel_name, panel_where, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (58.913, "58.91"),
        (12345.6, "12346"),
        (0.000012, "1.200e-05"),
        (2.5e7, "2.500e+07"),
        (-0.25, "-0.25"),
    ],
)
def test_numbers_have_four_digits_that_count(value: float | None, text: str) -> None:
    """A missing number is a dash, and no number is longer than a person reads."""
    assert shown(value) == text


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (-7e-15, "0.00"), (28.456, "28.46"), (-1.0, "-1.00")])
def test_doses_are_never_a_negative_zero(value: float | None, text: str) -> None:
    """Rounding noise below zero must read 0.00."""
    assert fixed(value) == text


@pytest.mark.parametrize(
    ("kind", "metric", "subject", "name"),
    [
        ("dvh", "V50Gy[%]", "Rectum", "Rectum V50Gy [%]"),
        ("dvh", "D95%[Gy]", "PTV", "PTV D95% [Gy]"),
        ("dvh", "Mean[Gy]", "Heart", "Heart mean dose [Gy]"),
        ("complexity", "MCS", "plan", "MCS"),
        ("complexity", "MCS[masi2013]", "plan", "MCS (masi2013)"),
        ("overlap", "overlap_fraction", "Rectum|PTV", "Overlap fraction, Rectum with PTV"),
        ("other", "thing", "beam 2", "thing, beam 2"),
    ],
)
def test_panels_are_named_apart(kind: str, metric: str, subject: str, name: str) -> None:
    """Two panels of one stratum must never carry the same name."""
    key = PanelKey(kind=kind, metric=metric, subject=subject, site="prostate", technique="VMAT")
    assert panel_name(key) == name
    assert panel_where(key) == "Prostate · VMAT"
