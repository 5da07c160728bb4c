"""Structure names: from the raw name of a planning system to TG-263, by table and never by guess.

References
----------
Mayo et al., American Association of Physicists in Medicine Task Group 263, doi:10.1016/j.ijrobp.2017.12.013.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field

from propel_core.errors import InvalidInputError
from propel_service.pipeline.facts import Classified
from propel_service.pipeline.rulefiles import Reviewed, RuleModel

__all__ = ["AliasFile", "AliasIndex", "alias_key", "build_index"]

_SIDES: Mapping[str, tuple[str, ...]] = {"L": ("l", "lt", "left"), "R": ("r", "rt", "right")}
# Separators count for nothing between two letters or digits. At either end they mean something in TG-263 (a leading
# underscore: not for evaluation) and stay, as do its marks ~ ! ^ + and the parentheses of other systems.
_SEPARATOR = re.compile(r"(?<=[^\W_])[\s_.\-]+(?=[^\W_])")
# A TG-263 target: type, optional class and number, optional dose level or organ, for example PTVn1_5000, CTV_Breast_L.
_TARGET = re.compile(r"(?:I?GTV|I?CTV|ITV|PTV)(?:n|p|sb|par|v|vas)?\d?(?:_(?P<rest>[A-Za-z0-9_]+))?")
_DOSE_LEVEL = re.compile(r"(?:High|Low|Mid(?:0[1-9])?|\d{3,5}(?:cGy)?|\d{1,3}Gy)")


class AliasFile(RuleModel):
    """The file ``structures.yaml``.

    `paired` organs are given without their side: ``Lung: [lung]`` stands for Lung_L and Lung_R with every usual way to
    write the side, and never for a bare ``Lung``. `not_organs` are names that no protocol follows unless it says so.
    """

    version: int
    reviewed: Reviewed
    single: dict[str, list[str]] = Field(default_factory=dict)
    paired: dict[str, list[str]] = Field(default_factory=dict)
    not_organs: dict[str, list[str]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasIndex:
    """Every known spelling, by its key, with the table that knows it."""

    vocabulary: frozenset[str]
    not_organs: frozenset[str]
    spellings: Mapping[str, Classified]

    def find(self, raw_name: str) -> Classified | None:
        """Return the TG-263 name of `raw_name` and the source, or None when no table knows it."""
        name = raw_name.strip()
        if name in self.vocabulary or self._is_target_name(name):
            return Classified(value=name, source="already a TG-263 name")
        return self.spellings.get(alias_key(name))

    def _is_target_name(self, name: str) -> bool:
        match = _TARGET.fullmatch(name)
        if match is None:
            return False
        rest = match["rest"]
        if rest is None or rest in self.vocabulary or _DOSE_LEVEL.fullmatch(rest):
            return True
        organ, _, level = rest.rpartition("_")
        return organ in self.vocabulary and _DOSE_LEVEL.fullmatch(level) is not None


def alias_key(name: str) -> str:
    """Return `name` without case and without separators between letters or digits: the form that is compared."""
    return _SEPARATOR.sub("", name.strip()).casefold()


def build_index(files: Iterable[tuple[str, AliasFile]]) -> AliasIndex:
    """Join alias files, the first one winning where two know a spelling.

    Raises
    ------
    InvalidInputError
        One file gives a spelling to two TG-263 names.
    """
    vocabulary: set[str] = set()
    not_organs: set[str] = set()
    spellings: dict[str, Classified] = {}
    for file_name, table in files:
        source = f"alias table {file_name} ({table.reviewed.reviewer}, {table.reviewed.date.isoformat()})"
        own: dict[str, Classified] = {}
        for canonical, spelling in _entries(table):
            known = own.setdefault(alias_key(spelling), Classified(value=canonical, source=source))
            if known.value != canonical:
                message = f"{spelling!r} stands for {known.value} and for {canonical}, expected one TG-263 name"
                raise InvalidInputError(message, where=f"{file_name}: {canonical}")
            vocabulary.add(canonical)
        not_organs.update(table.not_organs)
        spellings = own | spellings
    return AliasIndex(vocabulary=frozenset(vocabulary), not_organs=frozenset(not_organs), spellings=spellings)


def _entries(table: AliasFile) -> Iterator[tuple[str, str]]:
    for section in (table.single, table.not_organs):
        for canonical, spellings in section.items():
            for spelling in (canonical, *spellings):
                yield canonical, spelling
    for organ, spellings in table.paired.items():
        for side, words in _SIDES.items():
            canonical = f"{organ}_{side}"
            for spelling in (organ, *spellings):
                for word in words:
                    yield canonical, f"{spelling} {word}"
                    yield canonical, f"{word} {spelling}"
