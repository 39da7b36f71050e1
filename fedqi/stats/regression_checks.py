"""What has no finite or no single estimate, found from sums and refused by name."""

from collections.abc import Sequence

import numpy as np

from fedqi.errors import ConvergenceError
from fedqi.stats.regression_ascent import Ascent
from fedqi.stats.regression_blocks import Floats

_DEPENDENT = 1e-10
"""Share of a column's own size that must be left once earlier columns explain it."""

_FADED = 1e-6
"""Coefficients run away along a direction whose information has faded to this share."""

_RUNNING = 0.5
"""Length of a step that does not get shorter: towards infinity it is about 1."""

_INVOLVED = 0.1
"""Share of the largest column of a direction from which another one belongs to it."""

AUTHOR = "the measure's author must change the risk model"


def check_columns(names: Sequence[str], information: Floats, where: str) -> None:
    """Refuse columns that are empty or that earlier ones determine.

    Cholesky's pivots in model order, of the information scaled to a unit diagonal: a pivot is
    the share of a column that the columns before it do not explain.

    Raises
    ------
    ConvergenceError
        Naming the first such column.
    """
    diagonal = np.diag(information)
    for name, own in zip(names, diagonal, strict=True):
        if own <= 0:
            raise ConvergenceError(
                f"{where}: {name} is 0 for every patient (an empty level); {AUTHOR}"
            )
    scale = 1 / np.sqrt(diagonal)
    left = information * np.outer(scale, scale)
    for index, name in enumerate(names):
        pivot = left[index, index]
        if pivot <= _DEPENDENT:
            raise ConvergenceError(
                f"{where}: {name} is determined by the terms before it (collinearity); {AUTHOR}"
            )
        left = left - np.outer(left[:, index], left[index]) / pivot


def check_separation(
    names: Sequence[str], ascent: Ascent, first: Floats | None, where: str
) -> None:
    """Refuse a fit in which coefficients run away because columns predict perfectly.

    Towards infinity the patients of a direction lose their weight v = mu (1 - mu): the
    information along it fades, while Newton's steps stay about 1 long. The direction may be of
    several columns: where nobody at the reference level has the event, the intercept runs one way
    and every other level the other.

    Raises
    ------
    ConvergenceError
        Naming the column.
    """
    if first is None or ascent.reached is None or ascent.sums is None:
        return
    moves = np.abs(np.array(ascent.at) - np.array(ascent.reached))
    for weight in faded_directions(first, ascent.sums.information):
        involved = weight > _INVOLVED * weight.max()
        if moves[involved].max() > _RUNNING:
            # The intercept alone is no column to change: name what it runs against.
            weight[0] = 0.0 if involved[1:].any() else weight[0]
            raise ConvergenceError(
                f"{where}: {names[int(weight.argmax())]} tells events from non-events "
                f"perfectly (separation), so that no finite coefficient is the best; {AUTHOR}, "
                "for instance join the level to another"
            )


def faded_directions(first: Floats, now: Floats) -> list[Floats]:
    """Return how much each column takes part in every direction whose information has faded.

    Eigenvectors of the information now, whitened by the first one.
    """
    lower = np.linalg.cholesky(first)
    whitened = np.linalg.solve(lower, np.linalg.solve(lower, now).T)
    shares, vectors = np.linalg.eigh((whitened + whitened.T) / 2)
    directions = np.linalg.solve(lower.T, vectors[:, shares < _FADED])
    return list(np.abs(directions.T) * np.sqrt(np.diag(first)))
