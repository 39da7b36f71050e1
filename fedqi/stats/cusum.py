"""Patient by patient over time: risk-adjusted CUSUM and VLAD. Purely local, nothing is summed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log, sqrt


@dataclass(frozen=True, slots=True)
class Cusum:
    """A risk-adjusted CUSUM.

    Parameters
    ----------
    odds_ratio
        The change it looks for: 2 doubled odds, 1/2 halved odds of the event.
    threshold
        h; a value of at least h signals.
    values
        After each patient, from 0 upwards; it starts again at 0 after a signal.
    signals
        Index of each patient after whom it signalled.
    """

    odds_ratio: float
    threshold: float
    values: tuple[float, ...]
    signals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Vlad:
    """A variable life-adjusted display.

    Parameters
    ----------
    values
        After each patient: events expected less events observed so far. A rising curve means
        fewer events than expected ("lives gained" where the event is death).
    chance_sd
        Standard deviation of each value by chance, √Σp(1-p). Pointwise: a curve of many patients
        leaves ±2 of them more often than one time in twenty.
    """

    values: tuple[float, ...]
    chance_sd: tuple[float, ...]


def likelihood_score(risk: float, event: bool, odds_ratio: float) -> float:
    """Return the log-likelihood ratio of one patient's outcome.

    With risk p and odds multiplied by R: ``ln(R/(1-p+Rp))`` after the event, else
    ``-ln(1-p+Rp)``.

    Parameters
    ----------
    risk
        Predicted probability p of the event, from a model fitted elsewhere or earlier.
    event
        Whether it happened.
    odds_ratio
        R > 0, the odds ratio under the alternative; 1 under the null hypothesis.

    Raises
    ------
    ValueError
        If p is not strictly between 0 and 1, or R not above 0.

    References
    ----------
    Steiner SH, Cook RJ, Farewell VT, Treasure T (2000). Biostatistics 1:441-452.
    doi:10.1093/biostatistics/1.4.441
    """
    if not 0 < risk < 1 or not odds_ratio > 0:
        raise ValueError(f"a risk of {risk} with an odds ratio of {odds_ratio}")
    return (log(odds_ratio) if event else 0.0) - log(1 - risk + odds_ratio * risk)


def risk_adjusted_cusum(
    events: Sequence[bool], risks: Sequence[float], threshold: float, odds_ratio: float = 2.0
) -> Cusum:
    """Return the CUSUM ``X_t = max(0, X_{t-1} + W_t)``, with W the :func:`likelihood_score`.

    Parameters
    ----------
    events, risks
        Outcome and predicted risk of each patient, in order of time.
    threshold
        h > 0; how to choose it: :func:`fedqi.stats.run_length.threshold_for`.
    odds_ratio
        Above 1 to look for deterioration, below 1 for improvement. Two charts are two looks:
        each has its own false alarms.

    Raises
    ------
    ValueError
        If the lengths differ, h is not above 0, R is 1, or a risk is outside its range.

    References
    ----------
    Steiner SH, Cook RJ, Farewell VT, Treasure T (2000). Biostatistics 1:441-452.
    doi:10.1093/biostatistics/1.4.441
    """
    if not threshold > 0 or odds_ratio == 1:
        raise ValueError(f"a threshold of {threshold} for an odds ratio of {odds_ratio}")
    values: list[float] = []
    signals: list[int] = []
    level = 0.0
    for index, (event, risk) in enumerate(zip(events, risks, strict=True)):
        level = max(0.0, level + likelihood_score(risk, event, odds_ratio))
        values.append(level)
        if level >= threshold:
            signals.append(index)
            level = 0.0
    return Cusum(odds_ratio, threshold, tuple(values), tuple(signals))


def vlad(events: Sequence[bool], risks: Sequence[float]) -> Vlad:
    """Return expected less observed events, patient by patient.

    Parameters
    ----------
    events, risks
        Outcome and predicted risk in [0, 1] of each patient, in order of time.

    Raises
    ------
    ValueError
        If the lengths differ, or a risk is no probability.

    References
    ----------
    Lovegrove J, Valencia O, Treasure T, Sherlaw-Johnson C, Gallivan S (1997). Lancet
    350:1128-1130. doi:10.1016/S0140-6736(97)06507-0
    """
    pairs = list(zip(events, risks, strict=True))
    if any(not 0 <= risk <= 1 for _, risk in pairs):
        raise ValueError("a risk is no probability")
    return Vlad(
        tuple(accumulate(risk - event for event, risk in pairs)),
        tuple(sqrt(each) for each in accumulate(risk * (1 - risk) for _, risk in pairs)),
    )
