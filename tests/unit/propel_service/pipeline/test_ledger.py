"""Linking: which objects make a complete set, by what they refer to and by nothing else."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations

import pytest

from propel_service.pipeline.ledger import (
    UNSTATED,
    BeamScope,
    LinkedSet,
    ObjectKind,
    PlanLinks,
    Reference,
    Stored,
    algorithm_digest,
    complete_set,
)

ARRIVED = datetime(2026, 1, 1, tzinfo=UTC)
TWO_BEAMS = ((1, 1), (1, 2))


def stored(
    uid: str,
    *,
    summation: str = "",
    created: str = "",
    structures: Sequence[str] = (),
    scope: Sequence[tuple[int, int]] = (),
) -> Stored:
    """Return an object of the ledger."""
    return Stored(
        instance_id=len(uid),
        sop_uid=uid,
        sha256=uid,
        centre="N",
        received_at=ARRIVED,
        summation=summation,
        created=created,
        references=tuple(Reference(to_uid=name, kind=ObjectKind.STRUCTURES) for name in structures),
        scope=tuple(BeamScope(fraction_group=group, beam=beam) for group, beam in scope),
    )


STRUCTURES = {"rs": stored("rs")}
PLAN = stored("plan", structures=["rs"], scope=TWO_BEAMS)


def link(*doses: Stored, plan: Stored = PLAN) -> LinkedSet | None:
    """Return the complete set of `plan` with `doses`."""
    return complete_set(PlanLinks(plan=plan, doses=doses, structures=STRUCTURES))


def chosen(*doses: Stored, plan: Stored = PLAN) -> list[str]:
    """Return the doses of the complete set; the order in which they are offered must not matter."""
    found = {
        tuple(dose.sop_uid for dose in linked.doses) if (linked := link(*order, plan=plan)) else ()
        for order in permutations(doses)
    }
    assert len(found) == 1
    return list(found.pop())


def beam_dose(uid: str, *scope: tuple[int, int], created: str = "") -> Stored:
    """Return a dose of beams."""
    return stored(uid, summation="BEAM", scope=scope, created=created)


def test_a_plan_without_dose_or_without_structures_waits() -> None:
    """Both are needed, and being in the ledger is not being referred to."""
    assert link() is None
    elsewhere = stored("plan", structures=["another"], scope=TWO_BEAMS)
    assert link(stored("rd", summation="PLAN"), plan=elsewhere) is None


def test_the_dose_of_the_plan_is_preferred_and_never_mixed() -> None:
    """Beside it, the doses of beams play no part, complete or not."""
    beams = (beam_dose("b1", (1, 1)), beam_dose("b2", (1, 2)))
    assert chosen(stored("rd", summation="PLAN"), *beams) == ["rd"]
    assert chosen(stored("rd", summation="PLAN"), beams[0]) == ["rd"]


def test_beam_doses_count_when_each_beam_has_one() -> None:
    """One is missing: wait; all are there: the set, sorted by UID."""
    first, second = beam_dose("b1", (1, 1)), beam_dose("b2", (1, 2))
    assert chosen(first) == []
    assert chosen(second, first) == ["b1", "b2"]


def test_one_file_may_hold_the_dose_of_several_beams() -> None:
    """It covers them all; a further dose of one of them would count it twice and is left out."""
    assert chosen(beam_dose("both", (1, 1), (1, 2))) == ["both"]
    assert chosen(beam_dose("both", (1, 1), (1, 2), created="2"), beam_dose("b1", (1, 1), created="1")) == ["both"]


def test_doses_of_fraction_groups_count_when_each_group_has_one() -> None:
    """A dose that names no group stands for the only one; with two groups it stands for neither."""
    unstated = stored("f", summation="FRACTION", scope=[(UNSTATED, UNSTATED)])
    two_groups = stored("plan", structures=["rs"], scope=[(1, 1), (2, 2)])
    groups = [stored(f"f{group}", summation="FRACTION", scope=[(group, UNSTATED)]) for group in (1, 2)]
    assert chosen(unstated) == ["f"]
    assert chosen(unstated, plan=two_groups) == []
    assert chosen(*groups, plan=two_groups) == ["f1", "f2"]
    assert chosen(groups[0], beam_dose("b2", (2, 2)), plan=two_groups) == []


def test_a_beam_dose_without_group_is_that_of_the_one_beam_of_its_number() -> None:
    """Beam numbers are unique within a plan, so the group adds nothing where only one fits."""
    assert chosen(beam_dose("b1", (UNSTATED, 1)), beam_dose("b2", (1, 2))) == ["b1", "b2"]


def test_of_two_doses_of_one_extent_the_newer_is_taken_with_a_caveat() -> None:
    """Newer by its own time, then by UID; the choice is told."""
    old, new = (stored(f"rd{time}", summation="PLAN", created=time) for time in ("20240101", "20240102"))
    assert chosen(old, new) == ["rd20240102"]
    linked = link(old, new)
    assert linked is not None
    assert [caveat.code for caveat in linked.caveats] == ["several_doses"]
    assert chosen(stored("a", summation="PLAN"), stored("b", summation="PLAN")) == ["b"]


def test_a_plan_that_names_no_structures_takes_those_of_its_dose() -> None:
    """The reference graph may run through the dose; a plan's own reference is not overruled by it."""
    silent = stored("plan", scope=TWO_BEAMS)
    dose = stored("rd", summation="PLAN", structures=["rs"])
    assert chosen(dose, plan=silent) == ["rd"]
    assert chosen(dose, plan=stored("plan", structures=["another"], scope=TWO_BEAMS)) == []


def test_a_plan_without_beams_is_not_complete_without_a_plan_dose() -> None:
    """No beam dose at all is not 'a dose for every beam'."""
    assert chosen(beam_dose("b1", (1, 1)), plan=stored("plan", structures=["rs"])) == []


def test_the_digest_of_a_set_depends_on_every_part() -> None:
    """Another dose, or another number of doses, is another input."""
    sets = [
        link(stored("rd", summation="PLAN")),
        link(stored("rx", summation="PLAN")),
        link(beam_dose("both", *TWO_BEAMS)),
    ]
    assert len({linked.input_digest() for linked in sets if linked}) == 3


@pytest.mark.parametrize("changed", [("toy", "2"), ("tuy", "1")])
def test_the_digest_of_the_algorithms_follows_calculators_and_rules(changed: tuple[str, str]) -> None:
    """Another version, name or rule book is another algorithm; the order of the calculators is none."""
    first, second, other = _Named("toy", "1"), _Named("second", "1"), _Named(*changed)
    same = algorithm_digest([first, second], "rules")
    assert same == algorithm_digest([second, first], "rules")
    assert len({same, algorithm_digest([other, second], "rules"), algorithm_digest([first, second], "other")}) == 3


class _Named:
    """A calculator of which only name and version matter."""

    def __init__(self, name: str, version: str) -> None:
        self.name, self.version = name, version

    def calculate(self, study: object) -> None:
        """Calculate nothing."""
