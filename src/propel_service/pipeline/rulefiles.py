"""Reading rule files: YAML into strict models, with errors that name the file and the entry."""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from propel_core.errors import InvalidInputError

__all__ = ["Reviewed", "RuleFile", "RuleModel", "RulePattern", "parse_rules", "read_rule_file"]


class RuleModel(BaseModel):
    """Base of every rule: unknown entries are refused, nothing is coerced and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Reviewed(RuleModel):
    """Who answers for a table (a role, never a person) and the date of the last review."""

    reviewer: str = Field(min_length=1)
    date: date


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        message = f"{pattern!r} is not a regular expression: {error}"
        raise ValueError(message) from error
    return pattern


RulePattern = Annotated[str, Field(min_length=1), AfterValidator(_check_pattern)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """The name (within its folder) and the bytes of one rule file."""

    name: str
    content: bytes


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice, of which YAML silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  # PyYAML's signature
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                problem = f"{key!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


Model = TypeVar("Model", bound=RuleModel)


def read_rule_file(source: Traversable | Path, name: str) -> RuleFile:
    """Read a rule file; `name` is how errors and digests call it.

    Raises
    ------
    InvalidInputError
        The file cannot be read.
    """
    try:
        return RuleFile(name=name, content=source.read_bytes())
    except OSError as error:
        message = f"rule file that cannot be read ({type(error).__name__}), expected a YAML file"
        raise InvalidInputError(message, where=name) from error


def parse_rules(file: RuleFile, model: type[Model]) -> Model:
    """Return the rules in `file`.

    Raises
    ------
    InvalidInputError
        Malformed YAML (with its line) or an entry that the model refuses (with its path).
    """
    try:
        content = yaml.load(file.content, Loader=_UniqueKeyLoader)  # noqa: S506  # a subclass of the safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file.name}, line {mark.line + 1}" if mark else file.name
        message = f"{getattr(error, 'problem', None) or 'text that is not UTF-8'}, expected valid YAML"
        raise InvalidInputError(message, where=where) from error
    if not isinstance(content, dict):
        message = f"{type(content).__name__}, expected a mapping with entries"
        raise InvalidInputError(message, where=file.name)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise InvalidInputError(message, where=f"{file.name}: {path}" if path else file.name) from error
