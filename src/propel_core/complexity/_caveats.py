"""What a reader of the numbers must know about the plan they came from."""

from collections.abc import Iterable, Iterator, Sequence

from propel_core.complexity.report import BeamComplexity
from propel_core.provenance import Caveat
from propel_core.rt import Beam
from propel_core.units import IntArray

__all__ = ["caveats_of"]

_THRESHOLD_NAMES = ("2", "5", "10", "20")


def caveats_of(
    beams: Sequence[Beam], computed: Sequence[BeamComplexity], on_threshold: Sequence[IntArray]
) -> tuple[Caveat, ...]:
    """Return the caveats on the computed beams, in a fixed order."""
    return (*_modifiers(beams), *_thresholds(computed, on_threshold), *_long_travel(computed), *_closed(computed))


def _modifiers(beams: Iterable[Beam]) -> Iterator[Caveat]:
    modified = {name: [beam.number for beam in beams if name in beam.modifiers] for name in _names(beams)}
    for name, numbers in modified.items():
        text = f"{_listed(numbers)}: {name} present; the metrics describe leaves and jaws alone"
        yield Caveat(code="beam_modifier", text=text)


def _names(beams: Iterable[Beam]) -> list[str]:
    return sorted({name for beam in beams for name in beam.modifiers})


def _thresholds(computed: Sequence[BeamComplexity], on_threshold: Sequence[IntArray]) -> Iterator[Caveat]:
    """Warn where rounding decides: the comparison is strict, and common minimum gaps sit on the thresholds."""
    for index, threshold in enumerate(_THRESHOLD_NAMES):
        touched = [
            (beam.number, int(counts[index]))
            for beam, counts in zip(computed, on_threshold, strict=True)
            if counts[index] > 0
        ]
        if touched:
            gaps = sum(count for _, count in touched)
            noun = f"{gaps} open gap{'s' if gaps > 1 else ''}"
            where = _listed([number for number, _ in touched])
            text = f"{where}: {noun} within 1e-6 mm of {threshold} mm; rounding decides SAS{threshold}"
            yield Caveat(code="gap_on_threshold", text=text)


def _long_travel(computed: Iterable[BeamComplexity]) -> Iterator[Caveat]:
    numbers = [beam.number for beam in computed if beam.metrics["LT"] > 1000.0]
    if numbers:
        text = f"{_listed(numbers)}: leaves travel more than 1000 mm, so that LTMCS is 0"
        yield Caveat(code="travel_beyond_limit", text=text)


def _closed(computed: Iterable[BeamComplexity]) -> Iterator[Caveat]:
    numbers = [beam.number for beam in computed if beam.metrics["AAV"] == 0.0]
    if numbers:
        text = f"{_listed(numbers)}: no leaf pair is exposed and open while dose is delivered, so that MCS is 0"
        yield Caveat(code="aperture_closed", text=text)


def _listed(numbers: Sequence[int]) -> str:
    return f"Beam{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
