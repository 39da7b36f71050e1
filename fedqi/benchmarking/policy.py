"""The numbers of a charter, and whether a group of that size can release anything."""

from dataclasses import dataclass

from fedqi.errors import ConfigurationError, InsufficientSitesError
from fedqi.secagg.parameters import (
    default_collusion_bound,
    group_minimum,
    reconstruction_threshold,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the charter.

    Parameters
    ----------
    collusion_bound
        c; None for the default, min(⌈N/3⌉ − 1, 5).
    min_others
        Honest others that at least stand beside a site in any sum.

    Raises
    ------
    ConfigurationError
        If no charter could have these numbers.
    """

    collusion_bound: int | None = None
    min_others: int = 2

    def __post_init__(self) -> None:
        if (self.collusion_bound or 0) < 0 or self.min_others < 2:
            raise ConfigurationError(
                f"found collusion bound {self.collusion_bound} and {self.min_others} others, "
                "expected 0 or more and 2 or more"
            )

    def bound(self, members: int) -> int:
        """Return c for that many members."""
        if self.collusion_bound is not None:
            return self.collusion_bound
        return default_collusion_bound(members)

    def minimum(self, members: int) -> int:
        """Return the group minimum m for that many members."""
        return group_minimum(self.bound(members), self.min_others)


def check_size(sites: int, policy: Policy) -> None:
    """Refuse a group that could not release anything.

    Raises
    ------
    InsufficientSitesError
        With the numbers.
    """
    bound = policy.bound(sites)
    needed = max(policy.minimum(sites), reconstruction_threshold(sites, bound))
    if sites < needed or sites < 2:
        raise InsufficientSitesError(
            f"{sites} {'site' if sites == 1 else 'sites'} found; with collusion bound {bound} and "
            f"at least {policy.min_others} honest others beside every site, {needed} are needed "
            "before anything is summed. Hand over more sources, or agree on other numbers in the "
            "charter"
        )
