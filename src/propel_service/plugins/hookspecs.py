"""Every hook of PROPEL, on one page.

A plugin is a module named in the entry-point group ``propel`` of an installed distribution. It implements any of these
functions, decorated with `hookimpl`; it may leave out arguments that it does not need.

    [project.entry-points.propel]
    my_plugin = "my_package.my_module"
"""

from collections.abc import Sequence

import pluggy

from propel_service.pipeline.ports import Calculator, Destination
from propel_service.pipeline.rulebook import RuleBook

__all__ = ["PROJECT", "hookimpl", "hookspec", "propel_calculators", "propel_destinations"]

PROJECT = "propel"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def propel_calculators(rules: RuleBook) -> Sequence[Calculator]:  # type: ignore[empty-body]  # a specification
    """Return calculators: each turns a classified study into facts, curves and caveats.

    A calculator must not alter the study (it is hashed before and after), must give equal output for equal input, and
    refuses a study by raising `PropelError`. Its name must be unique.

    Parameters
    ----------
    rules
        The rules in force, with the protocol of each site.
    """


@hookspec
def propel_destinations() -> Sequence[Destination]:  # type: ignore[empty-body]  # a specification
    """Return destinations: each receives the result of every study, beside the warehouse.

    A destination that gets the same result twice changes nothing the second time.
    """
