"""PROPEL's validated core: arithmetic on radiotherapy plans, structures and doses.

It opens no network connection and no database, reads no clock and keeps no global state. Each concept is a package:
`propel_core.dvh`, `propel_core.complexity`, `propel_core.overlap`, `propel_core.spc`; the nouns they work on are in
`propel_core.rt`, and `propel_core.readers` makes those nouns from DICOM bytes.
"""

__all__: list[str] = []
