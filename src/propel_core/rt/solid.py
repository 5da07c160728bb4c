"""A structure as a solid, with errors that name the structure."""

from propel_core.errors import PropelError
from propel_core.geometry import BetweenSlices, EndCaps, Solid, solid_from_contours
from propel_core.rt.structure import Structure

__all__ = ["solid_of"]


def solid_of(
    structure: Structure,
    *,
    end_caps: EndCaps = EndCaps.HALF_SLICE,
    between_slices: BetweenSlices = BetweenSlices.PRISM,
    fallback_spacing_mm: float | None = None,
) -> Solid:
    """Build the solid of a structure; see `propel_core.geometry.solid_from_contours`.

    Raises
    ------
    InvalidInputError, UnsupportedInputError
        As `solid_from_contours`, with the structure's number in front.
    """
    try:
        return solid_from_contours(
            structure.points_mm,
            structure.starts,
            end_caps=end_caps,
            between_slices=between_slices,
            fallback_spacing_mm=fallback_spacing_mm,
        )
    except PropelError as error:
        where = f"Structure {structure.number}" + (f", {error.where.lower()}" if error.where else "")
        raise type(error)(error.message, where=where) from error
