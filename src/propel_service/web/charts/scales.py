"""Scales of the charts: from values and times to pixels, with ticks a person would choose."""

import math
from dataclasses import dataclass
from datetime import datetime, time

__all__ = ["LinearScale", "Tick", "TimeScale", "label_of", "nice_ticks"]

_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 24000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A labelled position, in pixels."""

    position: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearScale:
    """A straight map from [low, high] to [start, end] pixels; a flat domain maps to the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of `value`."""
        if self.high == self.low:
            return (self.start + self.end) / 2.0
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, count: int = 5) -> list[Tick]:
        """Return about `count` ticks at round values inside the domain."""
        values = nice_ticks(self.low, self.high, count)
        step = values[1] - values[0] if len(values) > 1 else 0.0
        return [Tick(position=self(value), label=label_of(value, step)) for value in values]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeScale:
    """A straight map from times to pixels."""

    first: datetime
    last: datetime
    start: float
    end: float

    def __call__(self, time: datetime) -> float:
        """Return the pixel of `time`."""
        span = (self.last - self.first).total_seconds()
        if span == 0.0:
            return (self.start + self.end) / 2.0
        return self.start + (time - self.first).total_seconds() / span * (self.end - self.start)

    def ticks(self, count: int = 5) -> list[Tick]:
        """Return at most about `count` ticks at starts of days or months, whichever suits the span."""
        days = (self.last - self.first).total_seconds() / 86400.0
        if days / _DAY_STEPS[-1] <= count:
            return self._day_ticks(next(step for step in _DAY_STEPS if days / step <= count))
        months = days / 30.44
        step = next((step for step in _MONTH_STEPS if months / step <= count), _MONTH_STEPS[-1])
        return self._month_ticks(step)

    def _day_ticks(self, step: int) -> list[Tick]:
        first = self.first.toordinal() + (self.first.time() > time.min)
        ticks: list[Tick] = []
        for ordinal in range(first, self.last.toordinal() + 1, step):
            day = datetime.fromordinal(ordinal).replace(tzinfo=self.first.tzinfo)
            ticks.append(Tick(position=self(day), label=f"{day.day} {day:%b}"))
        return ticks

    def _month_ticks(self, step: int) -> list[Tick]:
        index = self.first.year * 12 + self.first.month - 1
        index += -index % step
        ticks: list[Tick] = []
        for months in range(index, self.last.year * 12 + self.last.month, step):
            month = datetime(months // 12, months % 12 + 1, 1, tzinfo=self.first.tzinfo)
            if month >= self.first:
                # The year is said once a year, and always when ticks are years apart.
                label = f"{month:%Y}" if step >= 12 else f"{month:%b %Y}" if month.month <= step else f"{month:%b}"
                ticks.append(Tick(position=self(month), label=label))
        return ticks


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten inside [low, high], about `count` of them."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    raw = (high - low) / max(count, 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in (1.0, 2.0, 5.0, 10.0) if factor * magnitude >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def label_of(value: float, step: float) -> str:
    """Return `value` with as many decimals as `step` needs."""
    if step <= 0.0:
        return f"{value:.4g}"
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:.{decimals}f}" if decimals <= 6 else f"{value:.2e}"
