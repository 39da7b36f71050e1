"""The ``hierarchical`` analysis: a random intercept for every provider, by exact likelihood.

Steps and sums are those of ``standardised``, with the spread between providers fitted in between.
"""

from typing import Any

from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.hierarchical_figures import hierarchical_position, hierarchical_result
from fedqi.benchmarking.standardised import StandardisedAnalysis
from fedqi.benchmarking.standardised_position import Own
from fedqi.benchmarking.standardised_state import ModelState
from fedqi.errors import DefinitionError


class HierarchicalAnalysis(StandardisedAnalysis):
    """Predicted against expected events, as in the outcome measures of CMS."""

    name = "hierarchical"
    hierarchical = True

    def initial(self, subject: Subject) -> ModelState:
        """Return the state before any step.

        Raises
        ------
        DefinitionError
            If the measure has no risk model, or is no proportion.
        """
        if subject.measure.scoring != "proportion":
            raise DefinitionError(
                f"measure {subject.measure.id}: the analysis {self.name} is for proportions, found "
                f"scoring {subject.measure.scoring}; the programme's author may choose the "
                "analysis standardised"
            )
        return super().initial(subject)

    def detail(self, state: ModelState) -> Any:
        """Return the released figures."""
        return hierarchical_result(state)

    def place(self, state: ModelState, detail: Any, own: Own) -> Any:
        """Return where one provider stands over all periods."""
        return hierarchical_position(state, detail, own)
