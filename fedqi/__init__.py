"""Federated benchmarking for quality-improvement collaboratives.

Hospitals learn where they stand among their peers; nobody ever holds another's figures.
``fedqi.benchmark`` runs a masked benchmark in this process; the services are ``fedqi-site`` and
``fedqi-aggregator``. The functions are loaded when they are first used, so that importing the
package stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fedqi.api import Hospital, Policy, Run, benchmark, load_mapping, load_measure, split
    from fedqi.benchmarking.result import Position, Result

__version__ = "0.1.0"

__all__ = [
    "Hospital",
    "Policy",
    "Position",
    "Result",
    "Run",
    "__version__",
    "benchmark",
    "load_mapping",
    "load_measure",
    "split",
]

_HOMES = {"Position": "fedqi.benchmarking.result", "Result": "fedqi.benchmarking.result"}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "fedqi.api")), name)
    raise AttributeError(f"module 'fedqi' has no attribute {name!r}")
