"""The analyses by name: those of this library and those of installed packages."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from fedqi.benchmarking.analysis import Analysis
from fedqi.benchmarking.crude import CrudeAnalysis
from fedqi.benchmarking.hierarchical import HierarchicalAnalysis
from fedqi.benchmarking.meta import MetaAnalysis
from fedqi.benchmarking.standardised import StandardisedAnalysis
from fedqi.errors import DefinitionError

ENTRY_POINT_GROUP = "fedqi.analyses"

OWN: Mapping[str, type[Analysis[Any]]] = {
    analysis.name: analysis
    for analysis in (CrudeAnalysis, MetaAnalysis, StandardisedAnalysis, HierarchicalAnalysis)
}
"""The analyses of this library."""


def analysis_named(name: str) -> Analysis[Any]:
    """Return the analysis of this name.

    Raises
    ------
    DefinitionError
        If no analysis of this name is installed.
    """
    if name in OWN:
        return OWN[name]()
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=name):
        found: Analysis[Any] = entry.load()()
        return found
    known = sorted({*OWN, *entry_points(group=ENTRY_POINT_GROUP).names})
    raise DefinitionError(
        f"no analysis is called {name!r}; installed are: {', '.join(known)}. "
        "The author of the programme must correct the name or install its package"
    )
