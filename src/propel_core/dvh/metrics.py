"""The metric grammar: ``D95%[Gy]``, ``D2cc[%]``, ``DC10cc[Gy]``, ``V20Gy[%]``, ``CV20Gy[cc]``, ``Mean[Gy]``.

Names and meanings follow Mayo et al. 2016 (doi 10.1016/j.prro.2015.11.001) and AAPM TG-263, section 9.
"""

import re
from dataclasses import dataclass
from enum import Enum
from math import inf, isfinite

import numpy as np

from propel_core.dvh.curve import Dvh
from propel_core.errors import InvalidRequestError

__all__ = ["Denominator", "Metric", "MetricKind", "MetricValue"]


class Denominator(Enum):
    """What 100 % of the volume is: the whole structure, or its part inside the dose grid."""

    STRUCTURE = "structure"
    COVERED = "covered"


class MetricKind(Enum):
    """The quantity that a metric asks for."""

    DOSE_AT_VOLUME = "D"
    COLD_DOSE = "DC"
    VOLUME_AT_DOSE = "V"
    COLD_VOLUME = "CV"
    MIN = "Min"
    MEAN = "Mean"
    MAX = "Max"
    MEDIAN = "Median"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricValue:
    """A metric's value, or None with a stable reason code."""

    value: float | None
    unit: str
    reason: str | None = None


_DOSE_KINDS = frozenset((MetricKind.DOSE_AT_VOLUME, MetricKind.COLD_DOSE))
_VOLUME_KINDS = frozenset((MetricKind.VOLUME_AT_DOSE, MetricKind.COLD_VOLUME))
_FORM = re.compile(
    r"(?P<kind>Min|Mean|Max|Median|DC|CV|D|V)(?P<at>[0-9]+(?:\.[0-9]+)?)?(?P<at_unit>%|cc|Gy)?(?:\[(?P<unit>%|cc|Gy)\])?"
)
_LEAST_COVERAGE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One question to a dose-volume histogram.

    Parameters
    ----------
    at, at_unit
        The volume (``%`` or ``cc``) or the dose (``Gy`` or ``%`` of the prescription) that the question names; None
        for minimum, mean, median and maximum.
    unit
        The unit of the answer: ``Gy`` or ``%`` for a dose, ``%`` or ``cc`` for a volume.
    """

    kind: MetricKind
    unit: str
    at: float | None = None
    at_unit: str | None = None

    def __post_init__(self) -> None:
        allowed, answers = _units_of(self.kind)
        if self.at_unit not in allowed or (self.at is None) != (self.at_unit is None):
            named = " or ".join(unit for unit in allowed if unit)
            expected = f"a number in {named}" if named else "nothing between the name and the bracket"
            message = f"{self.kind.value} of {self.at} {self.at_unit or ''}, expected {expected}"
            raise InvalidRequestError(message)
        if self.unit not in answers:
            message = f"{self.kind.value} in {self.unit}, expected {' or '.join(answers)}"
            raise InvalidRequestError(message)
        if self.at is not None and not (isfinite(self.at) and self.at >= 0.0):
            message = f"{self.kind.value} of {self.at}, expected a number not below zero"
            raise InvalidRequestError(message)
        if self.kind in _DOSE_KINDS and self.at_unit == "%" and self.at is not None and self.at > 100.0:
            message = f"{self.at:g} % of a volume, expected at most 100"
            raise InvalidRequestError(message)

    @classmethod
    def parse(cls, text: str) -> "Metric":
        """Read a metric such as ``D95%[Gy]``; without a bracket a dose is in Gy and a volume in percent.

        Raises
        ------
        InvalidRequestError
            The text is no metric; the message gives the position of the first character that does not fit.
        """
        found = _FORM.match(text)
        if found is None:
            message = "position 1: no metric begins here, expected D, DC, V, CV, Min, Mean, Median or Max"
            raise InvalidRequestError(message, where=f"Metric {text!r}")
        if found.end() != len(text):
            message = f"position {found.end() + 1}: {text[found.end() :]!r} does not fit, expected a form as D95%[Gy]"
            raise InvalidRequestError(message, where=f"Metric {text!r}")
        kind = MetricKind(found["kind"])
        misfit = _misfit(found, kind)
        if misfit is not None:
            message = f"position {misfit[0] + 1}: {misfit[1]}"
            raise InvalidRequestError(message, where=f"Metric {text!r}")
        return cls(
            kind=kind,
            unit=found["unit"] or ("%" if kind in _VOLUME_KINDS else "Gy"),
            at=float(found["at"]) if found["at"] else None,
            at_unit=found["at_unit"],
        )

    def __str__(self) -> str:
        at = "" if self.at is None else f"{_shortest(self.at)}{self.at_unit}"
        return f"{self.kind.value}{at}[{self.unit}]"

    @property
    def needs_prescription(self) -> bool:
        """Whether the metric names a dose in percent."""
        dose_unit = self.at_unit if self.kind in _VOLUME_KINDS else self.unit
        return dose_unit == "%"

    def evaluate(
        self, dvh: Dvh, *, prescription_gy: float | None = None, denominator: Denominator = Denominator.STRUCTURE
    ) -> MetricValue:
        """Answer the metric from a histogram.

        Doses come from the covered part of the structure. A percent volume is refused (``coverage_below_95_percent``)
        when less than 95 % of the structure lies in the dose grid, unless `denominator` is the covered part.

        Raises
        ------
        InvalidRequestError
            The metric needs a prescription and none is given, or one that is not positive.
        """
        if self.needs_prescription and not (prescription_gy is not None and 0.0 < prescription_gy < inf):
            message = f"prescription {prescription_gy}, expected a positive dose in Gy for a dose in percent"
            raise InvalidRequestError(message, where=f"Metric {self}")
        if dvh.max_gy is None:
            return self._null("no_volume_in_dose_grid" if dvh.volume_cc > 0.0 else "no_volume")
        of_whole = self._names_percent_volume() and denominator is Denominator.STRUCTURE
        if of_whole and dvh.coverage_fraction < _LEAST_COVERAGE:
            return self._null("coverage_below_95_percent")
        whole_cc = dvh.volume_cc if denominator is Denominator.STRUCTURE else dvh.covered_cc
        if self.kind in _VOLUME_KINDS:
            return self._volume(dvh, whole_cc, prescription_gy)
        dose = self._dose(dvh, whole_cc)
        if dose is None:
            return self._null("volume_exceeds_structure")
        return self._value(dose if self.unit == "Gy" else 100.0 * dose / (prescription_gy or 1.0))

    def _names_percent_volume(self) -> bool:
        if self.kind in _VOLUME_KINDS:
            return self.unit == "%"
        return self.kind is MetricKind.MEDIAN or (self.kind in _DOSE_KINDS and self.at_unit == "%")

    def _volume(self, dvh: Dvh, whole_cc: float, prescription_gy: float | None) -> MetricValue:
        at = self.at or 0.0
        volume = dvh.volume_at(at if self.at_unit == "Gy" else at / 100.0 * (prescription_gy or 1.0))
        if self.kind is MetricKind.COLD_VOLUME:
            volume = dvh.covered_cc - volume
        return self._value(volume if self.unit == "cc" else min(100.0 * volume / whole_cc, 100.0))

    def _dose(self, dvh: Dvh, whole_cc: float) -> float | None:
        if self.kind is MetricKind.MIN:
            return dvh.min_gy
        if self.kind is MetricKind.MEAN:
            return dvh.mean_gy
        if self.kind is MetricKind.MAX:
            return dvh.max_gy
        if self.kind is MetricKind.MEDIAN:
            return dvh.dose_at(0.5 * whole_cc)
        at = self.at or 0.0
        volume = at if self.at_unit == "cc" else at / 100.0 * whole_cc
        if self.kind is MetricKind.DOSE_AT_VOLUME:
            return dvh.dose_at(volume)
        return dvh.dose_at(dvh.covered_cc - volume) if volume <= dvh.covered_cc else None

    def _value(self, value: float) -> MetricValue:
        return MetricValue(value=value, unit=self.unit)

    def _null(self, reason: str) -> MetricValue:
        return MetricValue(value=None, unit=self.unit, reason=reason)


def _units_of(kind: MetricKind) -> tuple[tuple[str | None, ...], tuple[str, ...]]:
    """Return the units that a metric may name, and those it may answer in."""
    if kind in _DOSE_KINDS:
        return ("%", "cc"), ("Gy", "%")
    if kind in _VOLUME_KINDS:
        return ("Gy", "%"), ("%", "cc")
    return (None,), ("Gy", "%")


def _misfit(found: re.Match[str], kind: MetricKind) -> tuple[int, str] | None:
    """Return where a metric of the right letters stops making sense, counted from 0, and what was expected there."""
    allowed, answers = _units_of(kind)
    named = " or ".join(unit for unit in allowed if unit)
    number, at_unit, unit = found["at"], found["at_unit"], found["unit"]
    doubts = (
        (not named and bool(number or at_unit), found.end("kind"), "nothing fits here but a bracket or the end"),
        (bool(named) and not number, found.end("kind"), f"no number, expected one in {named}"),
        (bool(named) and at_unit not in allowed, found.end("at"), f"{at_unit or 'no unit'}, expected {named}"),
        (bool(number) and not isfinite(float(number or 0)), found.start("at"), "a number too large to be one"),
        (
            kind in _DOSE_KINDS and at_unit == "%" and float(number or 0) > 100.0,
            found.start("at"),
            f"{number} % of a volume, expected at most 100",
        ),
        (bool(unit) and unit not in answers, found.start("unit"), f"{unit}, expected {' or '.join(answers)}"),
    )
    return next(((place, doubt) for holds, place, doubt in doubts if holds), None)


def _shortest(number: float) -> str:
    """Return the shortest decimal form that reads back to the same number, without an exponent."""
    return np.format_float_positional(number, trim="-")
