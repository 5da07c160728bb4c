"""Finding the plugins and asking them for their calculators and destinations. Nothing is loaded at import."""

from functools import partial
from importlib.metadata import entry_points
from itertools import chain
from operator import attrgetter
from pathlib import Path

import pluggy

from propel_core.errors import InvalidRequestError, PropelError
from propel_service.pipeline.ports import Calculator, Destination, Processor
from propel_service.pipeline.rulebook import RuleBook, load_rulebook
from propel_service.pipeline.run import process
from propel_service.plugins import hookspecs

__all__ = ["calculators", "destinations", "make_processor", "plugin_manager"]


def plugin_manager() -> pluggy.PluginManager:
    """Return a manager that holds every installed plugin.

    Raises
    ------
    PropelError
        A plugin cannot be imported or does not fit the hooks. A plugin that was installed and is silently missing
        would be a gap in the facts that nobody sees.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    # An editable install may show one entry point twice; by name they are one plugin.
    found = {point.name: point for point in entry_points(group=hookspecs.PROJECT)}
    for name, point in sorted(found.items()):
        try:
            manager.register(point.load(), name=name)
            manager.check_pending()
        except Exception as error:
            message = f"module that cannot be loaded ({type(error).__name__}), expected one with the hooks of PROPEL"
            raise PropelError(message, where=f"Plugin {name}") from error
    return manager


def calculators(
    manager: pluggy.PluginManager | None = None, *, rules: RuleBook | None = None
) -> tuple[Calculator, ...]:
    """Return every calculator of the installed plugins, by name.

    Raises
    ------
    PropelError
        There is none: the distribution is not installed with its entry points.
    InvalidRequestError
        Two have one name.
    """
    manager = manager or plugin_manager()
    offered = manager.hook.propel_calculators(rules=rules or load_rulebook())
    found: list[Calculator] = sorted(chain.from_iterable(offered), key=attrgetter("name"))
    if not found:
        message = "no calculator, expected the built-in ones: install the distribution, a bare source tree has none"
        raise PropelError(message, where="Plugins")
    names = [calculator.name for calculator in found]
    if len(set(names)) != len(names):
        message = f"calculators {names}, expected different names"
        raise InvalidRequestError(message, where="Plugins")
    return tuple(found)


def destinations(manager: pluggy.PluginManager | None = None) -> tuple[Destination, ...]:
    """Return every destination of the installed plugins, in the order of the plugins' names."""
    manager = manager or plugin_manager()
    # pluggy asks the plugin registered last first.
    return tuple(chain.from_iterable(reversed(manager.hook.propel_destinations())))


def make_processor(rules_folder: Path | None = None) -> Processor:
    """Load plugins and rules and return the function that processes one study.

    Called once in each worker: give an executor ``partial(make_processor, folder)`` or the function itself.
    """
    rules = load_rulebook(rules_folder)
    return partial(process, calculators=calculators(rules=rules), rules=rules)
