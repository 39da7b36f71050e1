"""Composite scores of several processes of care: all-or-none and opportunity."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompositeSums:
    """What sites add; both scores are proportions, to be treated like any other.

    Parameters
    ----------
    patients
        Patients eligible for at least one component.
    complete
        Of these, those who received every component they were eligible for.
    opportunities, met
        Pairs of patient and component for which the patient was eligible, and those delivered.
    """

    patients: int
    complete: int
    opportunities: int
    met: int

    def __add__(self, other: "CompositeSums") -> "CompositeSums":
        """Return the sums of both sites together."""
        return CompositeSums(
            self.patients + other.patients,
            self.complete + other.complete,
            self.opportunities + other.opportunities,
            self.met + other.met,
        )

    @property
    def all_or_none(self) -> float | None:
        """Share of patients who received everything; None without patients.

        References
        ----------
        Nolan T, Berwick DM (2006). JAMA 295:1168-1170. doi:10.1001/jama.295.10.1168
        """
        return self.complete / self.patients if self.patients else None

    @property
    def opportunity(self) -> float | None:
        """Share of opportunities taken; None without any.

        Components with more eligible patients weigh more. The opportunities of one patient are
        not independent, so binomial limits are too narrow: read the ones adjusted for
        overdispersion.

        References
        ----------
        Eapen ZJ et al. (2011). Circ Cardiovasc Qual Outcomes 4:610-618.
        """
        return self.met / self.opportunities if self.opportunities else None


def composite_sums(patients: Sequence[Sequence[bool | None]]) -> CompositeSums:
    """Return what a site adds.

    Parameters
    ----------
    patients
        Per patient one entry per component: whether it was delivered, None where the patient was
        not eligible. A patient eligible for nothing counts nowhere.
    """
    eligible = [[done for done in row if done is not None] for row in patients]
    counted = [row for row in eligible if row]
    return CompositeSums(
        len(counted),
        sum(all(row) for row in counted),
        sum(len(row) for row in counted),
        sum(sum(row) for row in counted),
    )


def cluster_sums(
    met: int, opportunities: int, products: tuple[int, int, int]
) -> tuple[float, float]:
    """Return what a provider adds for the design effect, about its own share p.

    With o opportunities of a patient and m of them taken: ``Σ(m - po)²`` over its patients, and
    what it would be if opportunities were independent, ``p(1-p)Σo``.

    Parameters
    ----------
    met, opportunities
        Σm and Σo.
    products
        Σm², Σmo and Σo².
    """
    if not opportunities:
        return 0.0, 0.0
    share = met / opportunities
    squares, mixed, own = products
    around = squares - 2 * share * mixed + share * share * own
    return max(0.0, around), met * (opportunities - met) / opportunities


def design_effect(clustered: float, independent: float) -> float:
    """Return by how much the variance of an opportunity score exceeds a binomial one.

    The ratio estimator's variance ``Σ(m - po)²/(Σo)²`` over ``p(1-p)/Σo``, both within providers.

    Returns
    -------
    float
        At least 1: that few patients happen to balance makes no figure more precise. 1 where
        everything or nothing was done.

    References
    ----------
    Cochran WG (1977). Sampling Techniques, 3rd ed., section 3.12.
    """
    return max(1.0, clustered / independent) if independent > 0 else 1.0
