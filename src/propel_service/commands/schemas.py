"""The JSON Schema of every document that a command prints, made from `propel_service.commands.models`.

``python -m propel_service.commands.schemas docs/schemas`` writes them; a test holds the published files to the models.
"""

import json
import sys
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter, with_config

from propel_service.commands.models import DOCUMENTS

__all__ = ["schema_of", "schemas", "write"]


def schema_of(document: type) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one document; unknown fields are allowed: later versions add some."""
    described = with_config(ConfigDict(use_attribute_docstrings=True))(document)
    schema = TypeAdapter(described).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": _identifier(document), **schema}


def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by its identifier, for example ``propel.dvh/1``."""
    return {_identifier(document): schema_of(document) for document in DOCUMENTS}


def write(folder: Path) -> None:
    """Write one file per schema to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for identifier, schema in schemas().items():
        file = folder / f"{identifier.replace('/', '.')}.json"
        file.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _identifier(document: type) -> str:
    identifier: str = get_args(get_type_hints(document)["schema"])[0]
    return identifier


if __name__ == "__main__":
    write(Path(sys.argv[1]))
