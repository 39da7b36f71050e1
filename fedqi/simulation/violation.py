"""What is raised when something happened that never may."""


class Violation(Exception):  # noqa: N818  a finding of the simulator, not an error of the library
    """An invariant does not hold.

    Parameters
    ----------
    invariant
        Which one, in words.
    found
        What was found instead.
    """

    def __init__(self, invariant: str, found: str) -> None:
        self.invariant, self.found = invariant, found
        super().__init__(f"{invariant}: {found}")
