"""Dose-volume histograms and the metric grammar."""

from propel_core.dvh.compute import ALGORITHM, ALGORITHM_VERSION, compute_dvh
from propel_core.dvh.curve import Dvh
from propel_core.dvh.metrics import Denominator, Metric, MetricKind, MetricValue
from propel_core.dvh.settings import DvhSettings

__all__ = [
    "ALGORITHM",
    "ALGORITHM_VERSION",
    "Denominator",
    "Dvh",
    "DvhSettings",
    "Metric",
    "MetricKind",
    "MetricValue",
    "compute_dvh",
]
