"""The treatment site of a plan: ordered rules on what the plan says, then on which structures it has."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from pydantic import Field, model_validator

from propel_service.pipeline.facts import Classified
from propel_service.pipeline.rulefiles import Reviewed, RuleModel, RulePattern

__all__ = ["UNCLASSIFIED", "SiteFile", "SiteRule", "StructureRule", "classify_site"]

UNCLASSIFIED = "unclassified"

_NOISE = re.compile(r"[^a-z0-9&+]+")
_WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z])")


class StructureRule(RuleModel):
    """Which TG-263 structures, having contours, speak for a site: all of `all`, one of `any`, none of `none`."""

    all: list[str] = Field(default_factory=list)
    any: list[str] = Field(default_factory=list)
    none: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _ask_for_something(self) -> "StructureRule":
        if not self.all and not self.any:
            message = "a structure rule without `all` or `any`, expected at least one structure that must be present"
            raise ValueError(message)
        return self

    def fits(self, present: AbstractSet[str]) -> bool:
        """Return whether `present` satisfies the rule."""
        needed = set(self.all) <= present and (not self.any or not present.isdisjoint(self.any))
        return needed and present.isdisjoint(self.none)

    def names(self) -> Iterator[str]:
        """Yield every structure that the rule names."""
        yield from (*self.all, *self.any, *self.none)


class SiteRule(RuleModel):
    """What speaks for one site.

    `text` holds regular expressions, tried on words in lower case: everything but letters, digits, ``&`` and ``+`` has
    become a single space and ``LeftBreast`` has become ``left breast``.
    """

    site: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    text: list[RulePattern] = Field(default_factory=list)
    structures: list[StructureRule] = Field(default_factory=list)


class SiteFile(RuleModel):
    """The file ``sites.yaml``: rules in order of precedence."""

    version: int
    reviewed: Reviewed
    sites: list[SiteRule]


def classify_site(
    files: Iterable[tuple[str, SiteFile]],
    *,
    texts: Mapping[str, Sequence[str]],
    present: AbstractSet[str],
) -> Classified:
    """Return the first site that a rule finds, or ``unclassified``.

    The plan's words are tried field by field in the order of `texts` (within a field: file by file, rule by rule),
    and only then the structures. The source names the rule and the field and never quotes the plan.

    Parameters
    ----------
    texts
        Field (for example ``plan label``) to its texts.
    present
        TG-263 names of the structures that have contours.
    """
    rules = [(name, number, rule) for name, file in files for number, rule in enumerate(file.sites, start=1)]
    for field, values in texts.items():
        words = [_words(value) for value in values]
        for name, number, rule in rules:
            if any(re.search(pattern, text) for pattern in rule.text for text in words):
                return Classified(value=rule.site, source=f"{name} rule {number}: {field}")
    for name, number, rule in rules:
        for combination in rule.structures:
            if combination.fits(present):
                return Classified(value=rule.site, source=f"{name} rule {number}: structures present")
    return Classified(value=UNCLASSIFIED, source="no site rule fits")


def _words(text: str) -> str:
    return _NOISE.sub(" ", _WORD_STARTS.sub(" ", text).lower()).strip()
