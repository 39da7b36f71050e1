"""Binomial coefficients and hypergeometric tails as logarithms to base 2."""

import math
from collections.abc import Iterable

NEVER = -math.inf
NEGLIGIBLE = 2.0**-60


def log2_choose(total: int, part: int) -> float:
    """Return log2 of the number of subsets.

    Parameters
    ----------
    total, part
        Sizes of the set and of its subsets.
    """
    rest = total - part
    logarithm = math.lgamma(total + 1) - math.lgamma(part + 1) - math.lgamma(rest + 1)
    return logarithm / math.log(2)


def log2_tail(population: int, marked: int, drawn: int, least: int) -> float:
    """Return log2 P[at least ``least`` of those drawn without replacement are marked].

    Parameters
    ----------
    population, marked, drawn
        Of the hypergeometric distribution.
    least
        Where the tail starts.
    """
    lowest, highest = max(0, drawn - (population - marked)), min(marked, drawn)
    if least <= lowest:
        return 0.0
    if least > highest:
        return NEVER
    first = (
        log2_choose(marked, least)
        + log2_choose(population - marked, drawn - least)
        - log2_choose(population, drawn)
    )
    ratio, total = 1.0, 1.0
    for hits in range(least, highest):
        misses_left = population - marked - drawn + hits + 1
        ratio *= (marked - hits) * (drawn - hits) / ((hits + 1) * misses_left)
        total += ratio
        if ratio < total * NEGLIGIBLE:
            break
    return min(0.0, first + math.log2(total))


def log2_sum(logarithms: Iterable[float], enough: float) -> float:
    """Return log2 of the sum of numbers given by their logarithms.

    Parameters
    ----------
    logarithms
        To base 2.
    enough
        The sum may stop as soon as it exceeds this.
    """
    total = NEVER
    for item in logarithms:
        high, low = max(total, item), min(total, item)
        if high > NEVER:
            total = high + math.log2(1 + 2.0 ** (low - high))
        if total > enough:
            break
    return total
