"""The metric grammar and its answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propel_core.dvh import Denominator, Dvh, Metric, MetricKind
from propel_core.errors import InvalidRequestError
from propel_core.provenance import Provenance

COVERED = Denominator.COVERED


def curve(
    doses: list[float], volumes: list[float], *, whole: float | None = None, low: float | None = None, mean: float = 0.0
) -> Dvh:
    """Return a histogram of these edges; the minimum is the end of the first plateau unless stated."""
    covered = volumes[0]
    return Dvh(
        structure_number=1, structure_name="ROI", volume_cc=whole or covered,
        coverage_fraction=covered / (whole or covered),
        min_gy=max(d for d, v in zip(doses, volumes, strict=True) if v == covered) if low is None else low,
        mean_gy=mean, max_gy=max(d for d, v in zip(doses, volumes, strict=True) if v > 0) if volumes[0] else None,
        dose_gy=np.array(doses), volume_cc_at_dose=np.array(volumes),
        provenance=Provenance(algorithm="test", version="1", inputs=()),
    )  # fmt: skip


RAMP = curve([float(d) for d in range(11)] + [11.0], [100.0 - 10.0 * k for k in range(10)] + [0.001, 0.0], mean=5.0)
PLATEAU = curve([0, 10, 20, 30, 31], [100, 100, 40, 40, 0], mean=24.0)


def ask(text: str, dvh: Dvh, **options: object) -> float | None:
    """Return the value of a metric given as text."""
    return Metric.parse(text).evaluate(dvh, **options).value  # type: ignore[arg-type]  # options vary by test


@pytest.mark.parametrize(
    ("text", "kind", "at", "at_unit", "unit"),
    [
        ("D95%[Gy]", MetricKind.DOSE_AT_VOLUME, 95.0, "%", "Gy"),
        ("D2cc[%]", MetricKind.DOSE_AT_VOLUME, 2.0, "cc", "%"),
        ("D0.03cc", MetricKind.DOSE_AT_VOLUME, 0.03, "cc", "Gy"),
        ("DC10cc[Gy]", MetricKind.COLD_DOSE, 10.0, "cc", "Gy"),
        ("V20Gy", MetricKind.VOLUME_AT_DOSE, 20.0, "Gy", "%"),
        ("V95%[cc]", MetricKind.VOLUME_AT_DOSE, 95.0, "%", "cc"),
        ("CV20Gy[cc]", MetricKind.COLD_VOLUME, 20.0, "Gy", "cc"),
        ("Min", MetricKind.MIN, None, None, "Gy"),
        ("Mean[Gy]", MetricKind.MEAN, None, None, "Gy"),
        ("Max[%]", MetricKind.MAX, None, None, "%"),
        ("Median[Gy]", MetricKind.MEDIAN, None, None, "Gy"),
    ],
)
def test_metrics_are_read(text: str, kind: MetricKind, at: float | None, at_unit: str | None, unit: str) -> None:
    """Each form of the grammar reads as its parts; a missing bracket means Gy for doses and % for volumes."""
    assert Metric.parse(text) == Metric(kind=kind, at=at, at_unit=at_unit, unit=unit)


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    """Return any legal metric."""
    kind = draw(st.sampled_from(MetricKind))
    if kind in {MetricKind.DOSE_AT_VOLUME, MetricKind.COLD_DOSE}:
        at_unit, unit = draw(st.sampled_from(["%", "cc"])), draw(st.sampled_from(["Gy", "%"]))
        at = draw(st.floats(0.0, 100.0 if at_unit == "%" else 1e6))
    elif kind in {MetricKind.VOLUME_AT_DOSE, MetricKind.COLD_VOLUME}:
        at_unit, unit = draw(st.sampled_from(["Gy", "%"])), draw(st.sampled_from(["%", "cc"]))
        at = draw(st.floats(0.0, 1e30))
    else:
        return Metric(kind=kind, unit=draw(st.sampled_from(["Gy", "%"])))
    return Metric(kind=kind, at=at, at_unit=at_unit, unit=unit)


@given(metrics())
def test_printing_and_reading_are_inverse(metric: Metric) -> None:
    """What a metric prints reads back to the same metric, without an exponent."""
    assert Metric.parse(str(metric)) == metric
    assert "e" not in str(metric).replace("Mean", "").replace("Median", "")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1), ("95%", 1), (" D95%", 1), ("d95%", 1), ("D95% ", 5), ("D95%[Gy", 5), ("D95%[gy]", 5), ("D95%[Gy]x", 9),
        ("D95", 4), ("D", 2), ("Dcc", 2), ("D.5cc", 2), ("D5.cc", 3), ("D-5%", 2), ("D1e3cc", 3), ("D95Gy", 4),
        ("V20cc", 4), ("V20Gy[Gy]", 7), ("D95%[cc]", 6), ("D101%", 2), ("Mean5%", 5), ("Mean[cc]", 6),
        ("D5\u0662%", 3), ("V20[%]", 4), ("V" + "9" * 400 + "Gy", 2),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_position(text: str, position: int) -> None:
    """The message names the position of the first character that does not fit."""
    with pytest.raises(InvalidRequestError, match=rf"position {position}:") as caught:
        Metric.parse(text)
    assert caught.value.where == f"Metric {text!r}"


@given(st.text(alphabet="DCVMinMeanax0123456789.%ccGy[]-e ", max_size=12))
def test_any_text_is_a_metric_or_a_refusal(text: str) -> None:
    """No text makes the parser fail in another way, and every accepted text is stable."""
    try:
        metric = Metric.parse(text)
    except InvalidRequestError as error:
        assert "position" in str(error)  # noqa: PT017  # both outcomes are legal
    else:
        assert Metric.parse(str(metric)) == metric


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -1.0])
def test_numbers_must_be_numbers(at: float) -> None:
    """A metric built in code is held to the same grammar."""
    with pytest.raises(InvalidRequestError):
        Metric(kind=MetricKind.VOLUME_AT_DOSE, at=at, at_unit="Gy", unit="%")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("D50%[Gy]", 5.0), ("D95%[Gy]", 0.5), ("D20cc[Gy]", 8.0), ("D100%[Gy]", 0.0), ("D0%[Gy]", 10.0),
        ("D0cc[Gy]", 10.0), ("DC10cc[Gy]", 1.0), ("DC0%[Gy]", 0.0), ("DC100%[Gy]", 10.0), ("V3Gy[cc]", 70.0),
        ("V3Gy[%]", 70.0), ("V0Gy[%]", 100.0), ("V99Gy[cc]", 0.0), ("CV3Gy[cc]", 30.0), ("CV99Gy[%]", 100.0),
        ("Min[Gy]", 0.0), ("Mean[Gy]", 5.0), ("Max[Gy]", 10.0), ("Median[Gy]", 5.0),
    ],
)  # fmt: skip
def test_answers_from_a_ramp(text: str, value: float) -> None:
    """On a straight curve the answers are read off by eye."""
    assert ask(text, RAMP) == pytest.approx(value, abs=1e-9)


def test_a_plateau_gives_its_right_end() -> None:
    """D at the volume of a plateau is the highest dose that still covers it; just above it, the dose before."""
    assert ask("D40cc[Gy]", PLATEAU) == 30.0
    assert ask("D40.001cc[Gy]", PLATEAU) == pytest.approx(20.0, abs=1e-3)
    assert ask("D100%[Gy]", PLATEAU) == 10.0
    assert ask("V30Gy[cc]", PLATEAU) == 40.0


def test_more_than_there_is_has_no_dose() -> None:
    """A volume above the available one gives no value and says why; the cold dose likewise."""
    for text in ("D101cc[Gy]", "DC101cc[Gy]"):
        answer = Metric.parse(text).evaluate(RAMP)
        assert (answer.value, answer.reason) == (None, "volume_exceeds_structure")


@pytest.mark.parametrize("text", ["V95%[cc]", "D95%[%]", "Mean[%]", "CV50%[%]"])
@pytest.mark.parametrize("prescription", [None, 0.0, -2.0, float("nan"), float("inf")])
def test_percent_dose_needs_a_prescription(text: str, prescription: float | None) -> None:
    """Without a positive, finite prescription a dose in percent is refused, never guessed."""
    with pytest.raises(InvalidRequestError, match="prescription"):
        Metric.parse(text).evaluate(RAMP, prescription_gy=prescription)


def test_percent_dose_is_of_the_prescription() -> None:
    """50 % of 8 Gy is 4 Gy, both asked for and answered."""
    assert ask("V50%[cc]", RAMP, prescription_gy=8.0) == pytest.approx(60.0)
    assert ask("D60cc[%]", RAMP, prescription_gy=8.0) == pytest.approx(50.0)


def test_percent_volume_divides_by_the_whole_unless_asked_otherwise() -> None:
    """With 96 of 100 cc covered, V0 is 96 % of the structure and 100 % of its covered part."""
    partly = curve([0, 1, 10], [96.0, 96.0, 0.0], whole=100.0)
    assert ask("V0Gy[%]", partly) == pytest.approx(96.0)
    assert ask("V0Gy[%]", partly, denominator=COVERED) == pytest.approx(100.0)
    assert ask("D98%", partly) is None
    assert ask("D98%", partly, denominator=COVERED) is not None


def test_percent_volume_is_refused_where_little_is_covered() -> None:
    """Below 95 % coverage percent volumes of the whole structure have no value; absolute ones and extremes have."""
    half = curve([0, 1, 10], [50.0, 50.0, 0.0], whole=100.0, mean=5.0)
    for text in ("V5Gy[%]", "D95%[Gy]", "DC2%[Gy]", "Median[Gy]", "CV5Gy[%]"):
        answer = Metric.parse(text).evaluate(half)
        assert (answer.value, answer.reason) == (None, "coverage_below_95_percent")
        assert Metric.parse(text).evaluate(half, denominator=COVERED).value is not None
    for text in ("V5Gy[cc]", "D2cc[Gy]", "Mean[Gy]", "Max[Gy]"):
        assert ask(text, half) is not None


@pytest.mark.parametrize(("whole", "reason"), [(0.0, "no_volume"), (12.0, "no_volume_in_dose_grid")])
def test_no_dose_no_value(whole: float, reason: str) -> None:
    """An empty structure, or one outside the grid, answers nothing and says which."""
    nothing = Dvh(
        structure_number=1, structure_name="", volume_cc=whole, coverage_fraction=0.0, min_gy=None, mean_gy=None,
        max_gy=None, dose_gy=np.zeros(1), volume_cc_at_dose=np.zeros(1),
        provenance=Provenance(algorithm="test", version="1", inputs=()),
    )  # fmt: skip
    for text in ("D95%[Gy]", "V20Gy[%]", "V20Gy[cc]", "Mean[Gy]", "Median[Gy]", "DC2cc[Gy]"):
        answer = Metric.parse(text).evaluate(nothing, denominator=COVERED)
        assert (answer.value, answer.reason) == (None, reason)


def test_a_curve_that_rises_is_no_histogram() -> None:
    """Volumes that grow with dose, or that do not match the doses in number, are refused."""
    with pytest.raises(Exception, match="rises with dose"):
        curve([0, 1, 2], [10.0, 5.0, 6.0], low=0.0)
    with pytest.raises(Exception, match="as many of each"):
        Dvh(
            structure_number=1, structure_name="", volume_cc=1.0, coverage_fraction=1.0, min_gy=0.0, mean_gy=0.0,
            max_gy=0.0, dose_gy=np.zeros(2), volume_cc_at_dose=np.zeros(3),
            provenance=Provenance(algorithm="test", version="1", inputs=()),
        )  # fmt: skip
