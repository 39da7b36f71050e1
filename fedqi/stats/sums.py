"""Field by field: how two sites' sums become the sums of both."""

from dataclasses import fields
from typing import Any, TypeVar

SumsT = TypeVar("SumsT", bound=Any)


def added(first: SumsT, second: SumsT) -> SumsT:
    """Return the sums of both together, each field added to its like.

    Parameters
    ----------
    first, second
        Of one dataclass, whose fields are numbers or arrays.
    """
    names = [field.name for field in fields(first)]
    found: SumsT = type(first)(*(getattr(first, name) + getattr(second, name) for name in names))
    return found
