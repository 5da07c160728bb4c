"""The place of a study among the panels: centre, time, technique, site, structure names, targets, prescription."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum

from propel_core.provenance import Caveat
from propel_core.rt import InterpretedType, Plan, Structure
from propel_service.pipeline.aliases import AliasIndex
from propel_service.pipeline.facts import Classified
from propel_service.pipeline.rulebook import RuleBook, load_rulebook
from propel_service.pipeline.sites import classify_site
from propel_service.pipeline.study import ClassifiedStudy, ReadStudy
from propel_service.pipeline.technique import plan_technique

__all__ = ["TargetKind", "classify", "target_kind"]


class TargetKind(Enum):
    """The kinds of target volume that PROPEL tells apart."""

    PTV = "PTV"
    CTV = "CTV"
    GTV = "GTV"


_TARGET_TYPES: Mapping[InterpretedType, TargetKind] = {
    InterpretedType.PTV: TargetKind.PTV,
    InterpretedType.CTV: TargetKind.CTV,
    InterpretedType.GTV: TargetKind.GTV,
}
# Types that say nothing about whether the structure is a target: there the name decides.
_SILENT_TYPES = frozenset({InterpretedType.NONE, InterpretedType.OTHER})
# Nobody planned on computed tomography before it existed: such a date is a placeholder or a slip.
_EARLIEST = datetime(1970, 1, 1)  # noqa: DTZ001  # compared with the local times that DICOM gives
# A plan cannot be made after it arrived. DICOM times are local, and no clock is as much as a day ahead of UTC.
_LATEST_AFTER_RECEIPT = timedelta(days=1)


def classify(
    study: ReadStudy,
    *,
    centre: str,
    centre_source: str,
    received_at: datetime,
    rules: RuleBook | None = None,
) -> ClassifiedStudy:
    """Return `study` with every classification and its source.

    Parameters
    ----------
    received_at
        When the plan arrived; it dates the plan only where the plan carries no plausible date of its own.
    rules
        None for the shipped rules.
    """
    rules = rules or load_rulebook()
    plan, structures = study.plan, study.structures.structures
    aliases, caveats = _name_structures(structures, rules.aliases)
    targets = tuple(structure.number for structure in structures if target_kind(structure) is not None)
    site = classify_site(
        rules.sites,
        texts=_texts(plan, [structure.name for structure in structures if structure.number in targets]),
        present={aliases[s.number].value for s in structures if s.number in aliases and not s.is_empty},
    )
    time, time_source, reservations = _time(plan, received_at)
    return ClassifiedStudy(
        study=study,
        centre=Classified(value=centre, source=centre_source),
        site=site,
        technique=plan_technique(plan),
        time=time,
        time_source=time_source,
        prescription_gy=plan.prescription_gy,
        prescription_source=plan.prescription_source.value if plan.prescription_source else "not stated in the plan",
        aliases=aliases,
        targets=targets,
        protocol=rules.protocol(site.value).label,
        rules_digest=rules.digest,
        caveats=(*caveats, *reservations),
    )


def target_kind(structure: Structure) -> TargetKind | None:
    """Return the kind of target that `structure` is, by its RT ROI Interpreted Type, else by its TG-263 prefix.

    A type that says organ, avoidance, external, support or marker is believed, whatever the name.
    """
    if structure.interpreted_type not in _SILENT_TYPES:
        return _TARGET_TYPES.get(structure.interpreted_type)
    name = structure.name.strip().upper()
    return next((kind for kind in TargetKind if name.startswith(kind.value)), None)


def _name_structures(
    structures: Sequence[Structure], index: AliasIndex
) -> tuple[dict[int, Classified], tuple[Caveat, ...]]:
    """Name each structure once and give each TG-263 name to one structure only.

    Of several that would have one name, those with contours come first, then the one that already bears the name;
    where that does not decide, none gets it.
    """
    claims: dict[str, list[tuple[Structure, Classified]]] = defaultdict(list)
    for structure in structures:
        found = index.find(structure.name)
        if found is not None:
            claims[found.value].append((structure, found))
    aliases: dict[int, Classified] = {}
    caveats: list[Caveat] = []
    for canonical, claimants in claims.items():
        candidates = [claim for claim in claimants if not claim[0].is_empty] or claimants
        candidates = [claim for claim in candidates if claim[0].name.strip() == canonical] or candidates
        if len(candidates) == 1:
            structure, found = candidates[0]
            aliases[structure.number] = found
            continue
        numbers = ", ".join(str(structure.number) for structure, _ in candidates)
        text = f"structures {numbers} would all be {canonical}, so none is; rename them or mend the alias table"
        caveats.append(Caveat(code="ambiguous_structure_name", text=text))
    return aliases | _only_ptv(structures, aliases), tuple(caveats)


def _only_ptv(structures: Sequence[Structure], aliases: Mapping[int, Classified]) -> dict[int, Classified]:
    """Call the only drawn PTV of a plan ``PTV`` where it goes by a free name, so that centres can be compared."""
    ptvs = [s.number for s in structures if not s.is_empty and target_kind(s) is TargetKind.PTV]
    name = TargetKind.PTV.value
    if len(ptvs) != 1 or ptvs[0] in aliases or any(alias.value == name for alias in aliases.values()):
        return {}
    return {ptvs[0]: Classified(value=name, source="the only PTV of the plan")}


def _texts(plan: Plan, target_names: Sequence[str]) -> dict[str, Sequence[str]]:
    return {
        "treatment sites": plan.treatment_sites,
        "plan label": [plan.label],
        "plan description": [plan.description],
        "target names": target_names,
    }


def _time(plan: Plan, received_at: datetime) -> tuple[datetime, str, tuple[Caveat, ...]]:
    """Return the first plausible date the plan offers, without time zone: DICOM gives the local time of the centre.

    Each implausible one before it leaves a caveat.
    """
    received = (received_at.astimezone(UTC) if received_at.tzinfo else received_at).replace(tzinfo=None)
    candidates = (
        (plan.planned_at, "RT plan date (300A,0006)"),
        (plan.approved_at, "approval review date (300E,0004)"),
        (plan.studied_at, "study date (0008,0020)"),
    )
    passed_over: list[Caveat] = []
    for stated, source in candidates:
        if stated is None:
            continue
        time = stated.replace(tzinfo=None)
        if _EARLIEST <= time <= received + _LATEST_AFTER_RECEIPT:
            return time, source, tuple(passed_over)
        side = "before 1970" if time < _EARLIEST else "after the plan was received"
        text = f"the {source} lies {side}, so it does not date the plan"
        passed_over.append(Caveat(code="implausible_date", text=text))
    return received, "time received (UTC)", tuple(passed_over)
