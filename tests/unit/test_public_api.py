"""The public API of the core is what `public_api.txt` lists: no name comes or goes unnoticed."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import propel_core

LISTED = Path(__file__).with_name("public_api.txt")


def public_modules() -> list[str]:
    """Return the packages that importers use: the core, its direct children that are public."""
    names = [module.name for module in pkgutil.iter_modules(propel_core.__path__) if not module.name.startswith("_")]
    return sorted(f"propel_core.{name}" for name in names)


def current_api() -> list[str]:
    """Return every public name, as module:name."""
    return [
        f"{module}:{name}" for module in public_modules() for name in sorted(importlib.import_module(module).__all__)
    ]


def test_public_api_is_the_listed_one() -> None:
    """Every `__all__` together equals the list: a difference is a decision, made in the list and the changelog."""
    assert current_api() == LISTED.read_text(encoding="utf-8").split()


@pytest.mark.parametrize("entry", current_api())
def test_every_public_name_exists_and_is_documented(entry: str) -> None:
    """What is announced can be imported, and a class or function says what it is."""
    module, name = entry.split(":")
    value = getattr(importlib.import_module(module), name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert inspect.getdoc(value)


@pytest.mark.parametrize("module", public_modules())
def test_every_package_opens_with_a_paragraph(module: str) -> None:
    """A package's own docstring says what it is for."""
    assert (importlib.import_module(module).__doc__ or "").strip()
