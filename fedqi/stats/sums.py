"""Field by field: how two sites' sums become the sums of both."""

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SumsT = TypeVar("SumsT", bound="DataclassInstance")


def added(first: SumsT, second: SumsT) -> SumsT:
    """Return the sums of both together, each field added to its like.

    Parameters
    ----------
    first, second
        Of one dataclass, whose fields are numbers or arrays.
    """
    names = [field.name for field in fields(first)]
    return type(first)(*(getattr(first, name) + getattr(second, name) for name in names))
