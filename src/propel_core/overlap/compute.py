"""How much of an organ lies inside a target."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from propel_core.errors import InvalidInputError
from propel_core.geometry import BetweenSlices, EndCaps, common_volume_cc, plane_spacing_mm, union_solid
from propel_core.provenance import Caveat, Provenance
from propel_core.rt import Structure, solid_of

__all__ = ["ALGORITHM", "ALGORITHM_VERSION", "Overlap", "compute_overlap"]

ALGORITHM = "propel.overlap"
ALGORITHM_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """The volume that an organ shares with a target (or with the union of several).

    Parameters
    ----------
    overlap_cc
        The shared volume; faces that only touch share none.
    overlap_fraction
        The share of the organ that it makes, 0 to 1.
    """

    overlap_cc: float
    overlap_fraction: float
    organ_cc: float
    target_cc: float
    provenance: Provenance
    caveats: tuple[Caveat, ...] = ()


def compute_overlap(
    *,
    targets: Sequence[Structure],
    organ: Structure,
    end_caps: EndCaps = EndCaps.HALF_SLICE,
    between_slices: BetweenSlices = BetweenSlices.PRISM,
) -> Overlap:
    """Compute the overlap of `organ` with `targets`; several targets act as their union.

    The solids are those of the dose-volume histogram, so the volumes agree with it; no dose grid is involved.

    Raises
    ------
    InvalidInputError
        No target; a structure without closed contours or without volume; different frames of reference.
    UnsupportedInputError
        Contours that are not axial; all contours of every structure in one plane.
    """
    if not targets:
        message = "no target, expected at least one"
        raise InvalidInputError(message, where="Overlap")
    for structure in (*targets, organ):
        _check(structure, organ)
    spacings = [plane_spacing_mm(structure.points_mm, structure.starts) for structure in (organ, *targets)]
    known = [spacing for spacing in spacings if spacing is not None]
    fallback = min(known) if known else None
    build = partial(solid_of, end_caps=end_caps, between_slices=between_slices, fallback_spacing_mm=fallback)
    organ_solid, target_solid = build(organ), union_solid([build(target) for target in targets])
    organ_cc, target_cc = organ_solid.volume_cc, target_solid.volume_cc
    for solid_cc, role in ((organ_cc, "organ"), (target_cc, "target")):
        if not solid_cc > 0.0:
            message = f"{role} of volume 0, expected a positive volume"
            raise InvalidInputError(message, where="Overlap")
    drawn = [caveat for structure in (organ, *targets) for caveat in structure.caveats]
    overlap_cc = min(common_volume_cc(organ_solid, target_solid), organ_cc, target_cc)
    return Overlap(
        overlap_cc=overlap_cc,
        overlap_fraction=overlap_cc / organ_cc,
        organ_cc=organ_cc,
        target_cc=target_cc,
        provenance=Provenance(
            algorithm=ALGORITHM,
            version=ALGORITHM_VERSION,
            inputs=tuple(dict.fromkeys(structure.identity() for structure in (organ, *targets))),
            settings={
                "end_caps": end_caps.value,
                "between_slices": between_slices.value,
                "organ_number": organ.number,
                "target_numbers": " ".join(str(target.number) for target in targets),
            },
        ),
        caveats=tuple(dict.fromkeys((*drawn, *organ_solid.caveats, *target_solid.caveats))),
    )


def _check(structure: Structure, organ: Structure) -> None:
    where = f"Structure {structure.number}"
    if structure.is_empty:
        message = "no closed contour, expected at least one"
        raise InvalidInputError(message, where=where)
    if structure.frame_of_reference_uid != organ.frame_of_reference_uid or not organ.frame_of_reference_uid:
        message = "a frame of reference missing or other than the organ's, expected the same (3006,0024)"
        raise InvalidInputError(message, where=where)
