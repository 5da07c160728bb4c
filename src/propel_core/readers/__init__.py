"""From bytes to nouns: RTPLAN, RTSTRUCT and RTDOSE. The only place of the core that knows pydicom."""

from propel_core.readers.rtdose import read_dose
from propel_core.readers.rtplan import read_plan
from propel_core.readers.rtstruct import read_structure_set

__all__ = ["read_dose", "read_plan", "read_structure_set"]
