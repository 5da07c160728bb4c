"""The published JSON Schemas."""

import json
from pathlib import Path

import jsonschema
import pytest

from propel_service.commands.schemas import schemas, write

PUBLISHED = Path(__file__).parents[4] / "docs" / "schemas"


def test_published_schemas_are_those_of_the_models(tmp_path: Path) -> None:
    """The files in docs/schemas must be exactly what the models generate: no more, no fewer, not one byte else."""
    write(tmp_path)
    generated = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    published = {file.name: file.read_text(encoding="utf-8") for file in PUBLISHED.iterdir()}
    assert published == generated


@pytest.mark.parametrize("identifier", sorted(schemas()))
def test_every_schema_is_valid_and_names_itself(identifier: str) -> None:
    """Each schema must be a valid JSON Schema and require the very identifier that its documents carry."""
    schema = schemas()[identifier]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["const"] == identifier
    assert "schema" in schema["required"]


@pytest.mark.parametrize("identifier", sorted(schemas()))
def test_every_result_carries_its_provenance(identifier: str) -> None:
    """Every document but an error must require the whole provenance block of the contract."""
    schema = schemas()[identifier]
    if identifier == "propel.error/1":
        assert "provenance" not in schema["properties"]
        return
    assert "provenance" in schema["required"]
    stamp = schema["$defs"]["ProvenanceBlock"]
    contract = {"algorithm", "version", "core_digest", "qualified", "inputs", "settings", "utc"}
    assert set(stamp["required"]) == contract


@pytest.mark.parametrize(
    ("identifier", "fields"),
    [
        ("propel.ingest/1", {"received", "duplicates", "quarantined", "plans", "dvhs", "facts"}),
        ("propel.status/1", {"received", "unique", "duplicates", "quarantined", "waiting", "plans", "facts"}),
        ("propel.overlap/1", {"overlap_cc", "overlap_fraction", "organ_cc", "target_cc"}),
        ("propel.dvh/1", {"structures"}),
        ("propel.complexity/1", {"plans"}),
        ("propel.error/1", {"error"}),
    ],
)
def test_fields_of_the_contract_are_required(identifier: str, fields: set[str]) -> None:
    """The fields that scripts rely on must be required by the schema, so that they can never silently go."""
    assert fields <= set(schemas()[identifier]["required"])


def test_nested_fields_of_the_contract_are_required() -> None:
    """The fields of a structure, a plan and a beam must be required by name."""
    structure = schemas()["propel.dvh/1"]["$defs"]["DvhStructure"]["required"]
    expected = (
        "name number volume_cc min_gy mean_gy max_gy dose_gy volume_cc_at_dose coverage_fraction metrics warnings"
    )
    assert set(expected.split()) <= set(structure)
    definitions = schemas()["propel.complexity/1"]["$defs"]
    plan = {"file", "convention", "metrics", "beams", "excluded_beams", "warnings"}
    assert plan <= set(definitions["ComplexityPlan"]["required"])
    assert set(definitions["ComplexityBeam"]["required"]) == {"number", "mu", "control_points", "metrics"}
    assert {"number", "reason"} <= set(definitions["ExcludedBeam"]["required"])


def test_schema_survives_json() -> None:
    """A schema must be plain JSON, or it could not be published."""
    for schema in schemas().values():
        assert json.loads(json.dumps(schema)) == schema
