"""Dose-volume histograms and the metric grammar."""

__all__: list[str] = []
