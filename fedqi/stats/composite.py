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
