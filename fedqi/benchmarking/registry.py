"""The analyses by name: those of this library and those of installed packages."""

from collections.abc import Collection, Mapping
from importlib.metadata import entry_points
from typing import Any

from fedqi.benchmarking.analysis import Analysis
from fedqi.benchmarking.crude import CrudeAnalysis
from fedqi.benchmarking.direct import DirectAnalysis
from fedqi.benchmarking.hierarchical import HierarchicalAnalysis
from fedqi.benchmarking.meta import MetaAnalysis
from fedqi.benchmarking.standardised import StandardisedAnalysis
from fedqi.errors import DefinitionError

ENTRY_POINT_GROUP = "fedqi.analyses"

OWN: Mapping[str, type[Analysis[Any]]] = {
    analysis.name: analysis
    for analysis in (
        CrudeAnalysis,
        MetaAnalysis,
        DirectAnalysis,
        StandardisedAnalysis,
        HierarchicalAnalysis,
    )
}
"""The analyses of this library."""

APART = ("direct", frozenset({"standardised", "hierarchical"}))
"""An analysis, and those that stand in no job with it.

Strata that too few sites have are joined otherwise than levels of a model: a sum of the one less
sums of the other could be what a single site has.
"""


def check_together(names: Collection[str]) -> None:
    """Refuse analyses whose sums must not stand beside each other.

    Raises
    ------
    DefinitionError
        Naming them.
    """
    alone, others = APART
    beside = sorted(others.intersection(names))
    if alone in names and beside:
        raise DefinitionError(
            f"the analysis {alone} cannot stand in one job with {' and '.join(beside)}: strata and "
            "models join rare levels in different ways, and the difference could single out a "
            "hospital; the author of the programme must choose"
        )


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
