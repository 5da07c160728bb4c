"""From beam items to beams: which take part, and how their devices become leaves and jaws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.provenance import Caveat
from propel_core.readers._control_points import read_control_points
from propel_core.readers._devices import Device, declared_devices
from propel_core.readers.elements import Dataset, integer, number, present, quotable, sequence, tag_name, text
from propel_core.rt import Beam, Excluded, LeafAxis, MlcLayer, Radiation
from propel_core.units import FloatArray

__all__ = ["BeamsRead", "read_beams"]

_MACHINE = 0x300A00B2
_DOSIMETER_UNIT = 0x300A00B3
_NUMBER = 0x300A00C0
_NAME = 0x300A00C2
_RADIATION = 0x300A00C6
_DELIVERY = 0x300A00CE
_FINAL_WEIGHT = 0x300A010E
_METERSET = 0x300A0086

_DELIVERIES = frozenset(("TREATMENT", "OPEN_PORTFILM", "TRMT_PORTFILM", "CONTINUATION", "SETUP"))
_RADIATIONS = frozenset(("PHOTON", "ELECTRON", "NEUTRON", "PROTON", "ION"))
_UNITS = frozenset(("MU", "MINUTE"))

_MODIFIERS = {
    "wedge": (0x300A00D0, 0x300A00D1),
    "compensator": (0x300A00E0, 0x300A00E3),
    "block": (0x300A00F0, 0x300A00F4),
    "applicator": (None, 0x300A0107),
}
"""By name: the attribute that counts them, and the sequence that holds them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeamsRead:
    """The beams that take part, the others with reasons, and the caveats."""

    beams: tuple[Beam, ...]
    excluded: tuple[Excluded, ...]
    caveats: tuple[Caveat, ...]


def read_beams(items: Sequence[Dataset], metersets: Mapping[int, Sequence[float | None]]) -> BeamsRead:
    """Return the beams among `items`, given the meterset of every reference to each beam number.

    Raises
    ------
    InvalidInputError
        A beam has no number or shares it, a treatment beam has no meterset, or its control points contradict its
        devices.
    UnsupportedInputError
        A beam has leaves along both axes.
    """
    beams, excluded, caveats = [], [], list[Caveat]()
    for number_, item in _numbered(items).items():
        where = f"Beam {number_}"
        reason = _exclusion(item, metersets.get(number_, ()))
        devices, others = declared_devices(item, where) if reason is None else ((), ())
        if reason is None and not any(device.is_mlc for device in devices):
            reason = "no_mlc", "no multileaf collimator among its beam limiting devices"
        if reason is not None:
            excluded.append(Excluded(number=number_, code=reason[0], reason=reason[1]))
            continue
        _check_meterset(metersets.get(number_, ()), where)
        beam, notes = _beam(number_, item, devices, where)
        beams.append(beam)
        caveats += notes
        if others:
            text_ = f"{where}: beam limiting device {', '.join(sorted(set(others)))} is ignored"
            caveats.append(Caveat(code="device_ignored", text=text_))
    return BeamsRead(beams=tuple(beams), excluded=tuple(excluded), caveats=tuple(caveats))


def _numbered(items: Sequence[Dataset]) -> dict[int, Dataset]:
    numbered: dict[int, Dataset] = {}
    for place, item in enumerate(items, start=1):
        number_ = integer(item, _NUMBER, where=f"Beam item {place}")
        if number_ is None:
            message = f"no beam number, expected one {tag_name(_NUMBER)}"
            raise InvalidInputError(message, where=f"Beam item {place}")
        if number_ in numbered:
            message = f"a second beam of number {number_}, expected different numbers {tag_name(_NUMBER)}"
            raise InvalidInputError(message, where=f"Beam item {place}")
        numbered[number_] = item
    return numbered


def _exclusion(item: Dataset, metersets: Sequence[float | None]) -> tuple[str, str] | None:
    """Return why the beam takes no part whatever its devices, as code and sentence, or None."""
    delivery, radiation = text(item, _DELIVERY), text(item, _RADIATION)
    if delivery not in {"", "TREATMENT"}:
        return "not_treatment", f"treatment delivery type {quotable(delivery, among=_DELIVERIES)}, not TREATMENT"
    if radiation != Radiation.PHOTON.value:
        return "not_photons", f"radiation type {quotable(radiation, among=_RADIATIONS)}, not PHOTON"
    if metersets and all(meterset == 0.0 for meterset in metersets):
        return "no_monitor_units", "a meterset of 0: the beam delivers nothing"
    return None


def _check_meterset(metersets: Sequence[float | None], where: str) -> None:
    if not metersets:
        message = f"no fraction group refers to this treatment beam, expected its meterset {tag_name(_METERSET)}"
        raise InvalidInputError(message, where=where)
    if any(meterset is None for meterset in metersets):
        message = f"no meterset for this treatment beam, expected monitor units {tag_name(_METERSET)}"
        raise InvalidInputError(message, where=where)


def _beam(number_: int, item: Dataset, devices: Sequence[Device], where: str) -> tuple[Beam, list[Caveat]]:
    points = read_control_points(item, devices, where)
    positioned = list(zip(devices, points.positions_mm, strict=True))
    layers = tuple(
        MlcLayer(axis=device.axis, boundaries_mm=device.boundaries_mm, positions_mm=positions)
        for device, positions in positioned
        if device.boundaries_mm is not None and positions is not None
    )
    if len({layer.axis for layer in layers}) > 1:
        message = "leaves along both axes (MLCX and MLCY), expected one direction of motion in a beam"
        raise UnsupportedInputError(message, where=where)
    nothing_stated = np.zeros(points.cumulative_weight.size)
    angles = {name: nothing_stated if angle is None else angle for name, angle in points.angles_deg.items()}
    beam = Beam(
        number=number_,
        name=text(item, _NAME),
        machine=text(item, _MACHINE),
        radiation=Radiation.PHOTON,
        cumulative_weight=points.cumulative_weight,
        gantry_deg=angles["gantry"],
        collimator_deg=angles["collimator"],
        couch_deg=angles["couch"],
        layers=layers,
        jaws_x_mm=_jaws(positioned, LeafAxis.X),
        jaws_y_mm=_jaws(positioned, LeafAxis.Y),
        modifiers=tuple(name for name, tags in _MODIFIERS.items() if _is_modified(item, *tags)),
    )
    unset = [device.name for device, positions in positioned if positions is None]
    unstated = [name for name, angle in points.angles_deg.items() if angle is None]
    return beam, _notes(item, beam, unset, unstated)


def _jaws(positioned: Sequence[tuple[Device, FloatArray | None]], axis: LeafAxis) -> FloatArray | None:
    """Return the jaws along `axis`; two pairs along one axis leave open what both leave open."""
    pairs = [
        positions[:, :, 0]
        for device, positions in positioned
        if device.axis is axis and not device.is_mlc and positions is not None
    ]
    if not pairs:
        return None
    lower = np.maximum.reduce([pair[:, 0] for pair in pairs])
    upper = np.minimum.reduce([pair[:, 1] for pair in pairs])
    return np.stack([lower, upper], axis=1)


def _is_modified(item: Dataset, count_tag: int | None, sequence_tag: int) -> bool:
    return bool((count_tag and integer(item, count_tag)) or sequence(item, sequence_tag))


def _notes(item: Dataset, beam: Beam, unset: Sequence[str], unstated: Sequence[str]) -> list[Caveat]:
    """Return what the beam leaves open and how that was read."""
    where = f"Beam {beam.number}"
    notes = []
    if unset:
        text_ = f"{where}: declares {', '.join(unset)} without ever positioning it; taken as unlimited"
        notes.append(Caveat(code="jaw_unset", text=text_))
    if unstated:
        notes.append(Caveat(code="angle_unstated", text=f"{where}: no {', '.join(unstated)} angle; taken as 0"))
    if any(jaws is not None and np.any(jaws[:, 0] > jaws[:, 1]) for jaws in (beam.jaws_x_mm, beam.jaws_y_mm)):
        notes.append(Caveat(code="jaws_crossed", text=f"{where}: a lower jaw beyond its upper jaw; nothing is exposed"))
    if text(item, _DOSIMETER_UNIT) not in {"", "MU"}:
        unit = quotable(text(item, _DOSIMETER_UNIT), among=_UNITS)
        notes.append(Caveat(code="meterset_unit", text=f"{where}: meterset unit {unit}, not MU"))
    final = number(item, _FINAL_WEIGHT, where=where) if present(item, _FINAL_WEIGHT) else None
    reached = float(beam.cumulative_weight[-1])
    if final is not None and abs(final - reached) > 1e-4 * abs(final):
        text_ = f"{where}: the last control point reaches weight {reached:g} of {final:g} (300A,010E)"
        notes.append(Caveat(code="final_weight", text=text_))
    return notes
