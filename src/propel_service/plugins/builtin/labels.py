"""How the built-in calculators label their facts: the subject, and the rules that asked for it."""

from dataclasses import replace

from propel_core.provenance import Provenance
from propel_core.rt import Structure
from propel_service.pipeline.study import ClassifiedStudy

__all__ = ["stamped", "subject_of"]


def stamped(provenance: Provenance, study: ClassifiedStudy) -> Provenance:
    """Return `provenance` with the protocol and the digest of the rules among its settings."""
    settings = {**provenance.settings, "protocol": study.protocol, "rules": study.rules_digest}
    return replace(provenance, settings=settings)


def subject_of(structure: Structure, study: ClassifiedStudy) -> str:
    """Return the TG-263 name of `structure`, else its raw name, with the number where two share that name."""
    canonical = study.aliases.get(structure.number)
    if canonical is not None:
        return canonical.value
    shared = len(study.study.structures.named(structure.name)) > 1
    return f"{structure.name} #{structure.number}" if shared else structure.name
