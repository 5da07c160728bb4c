"""Plugins: who calculates and who receives. The built-in calculators are ordinary plugins."""

from propel_service.plugins.hookspecs import hookimpl
from propel_service.plugins.manager import calculators, destinations, make_processor, plugin_manager

__all__ = ["calculators", "destinations", "hookimpl", "make_processor", "plugin_manager"]
