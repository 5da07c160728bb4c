from collections.abc import Sequence
from types import SimpleNamespace

import pluggy
import pytest

from propel_core.errors import InvalidRequestError, PropelError
from propel_service.pipeline.ports import Calculator
from propel_service.pipeline.rulebook import load_rulebook
from propel_service.plugins import calculators, destinations, hookimpl, hookspecs, manager, plugin_manager
from support.calculators import Counter


class Extra:
    """A plugin of a site: one calculator and one destination, without the arguments it does not need."""

    @hookimpl
    def propel_calculators(self) -> Sequence[Calculator]:
        """Offer a calculator."""
        return [Counter()]

    @hookimpl
    def propel_destinations(self) -> Sequence[str]:
        """Offer a destination; nothing is sent to it here."""
        return ["elsewhere"]


def test_built_in_calculators_are_installed_plugins() -> None:
    """The calculators that ship with PROPEL come through the entry points, like anybody else's."""
    plugins = plugin_manager()
    assert {"dvh", "complexity", "overlap"} <= {name for name, _ in plugins.list_name_plugin()}
    assert [calculator.name for calculator in calculators(plugins)] == ["complexity", "dvh", "overlap"]


def test_further_plugin_takes_part() -> None:
    """A registered plugin adds its calculator and its destination; calculators are ordered by name."""
    plugins = plugin_manager()
    plugins.register(Extra())
    assert [calculator.name for calculator in calculators(plugins)] == ["complexity", "counter", "dvh", "overlap"]
    assert destinations(plugins) == ("elsewhere",)


def test_two_calculators_of_one_name_are_refused() -> None:
    """Facts are stored under the calculator's name, so that it must be unique."""
    plugins = plugin_manager()
    plugins.register(Extra(), name="one")
    plugins.register(Extra(), name="two")
    with pytest.raises(InvalidRequestError, match="expected different names"):
        calculators(plugins)


def test_no_plugin_at_all_is_an_error() -> None:
    """An installation that lost its entry points must not quietly compute nothing."""
    bare = pluggy.PluginManager(hookspecs.PROJECT)
    bare.add_hookspecs(hookspecs)
    with pytest.raises(PropelError, match="no calculator, expected the built-in ones"):
        calculators(bare, rules=load_rulebook())


def test_plugin_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken plugin is an error with its name, not a gap in the facts."""

    def load() -> None:
        raise ImportError

    broken = SimpleNamespace(name="theirs", load=load)
    monkeypatch.setattr(manager, "entry_points", lambda group: [broken] if group == "propel" else [])
    with pytest.raises(PropelError, match=r"Plugin theirs: module that cannot be loaded \(ImportError\)"):
        plugin_manager()


def test_plugin_with_an_unknown_hook_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt hook would never be called: the plugin is refused."""

    @hookimpl
    def propel_calculator() -> list[Calculator]:
        return []

    misspelt = SimpleNamespace(propel_calculator=propel_calculator)
    point = SimpleNamespace(name="theirs", load=lambda: misspelt)
    monkeypatch.setattr(manager, "entry_points", lambda group: [point] if group == "propel" else [])
    with pytest.raises(PropelError, match="Plugin theirs"):
        plugin_manager()


def test_every_hook_is_explained() -> None:
    """The page of hooks documents each of them."""
    hooks = [name for name in hookspecs.__all__ if name.startswith("propel_")]
    assert hooks
    assert all(getattr(hookspecs, name).__doc__ for name in hooks)
