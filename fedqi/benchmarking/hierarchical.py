"""The ``hierarchical`` analysis: a random intercept for every provider, by exact likelihood.

Steps and sums are those of ``standardised``, with the spread between providers fitted in between.
"""

from typing import Any

from fedqi.benchmarking.hierarchical_figures import hierarchical_position, hierarchical_result
from fedqi.benchmarking.standardised import StandardisedAnalysis
from fedqi.benchmarking.standardised_state import ModelState
from fedqi.stats.regression_blocks import Patterns


class HierarchicalAnalysis(StandardisedAnalysis):
    """Predicted against expected events, as in the outcome measures of CMS."""

    name = "hierarchical"
    hierarchical = True

    def detail(self, state: ModelState) -> Any:
        """Return the released figures."""
        return hierarchical_result(state)

    def place(
        self, state: ModelState, detail: Any, patterns: Patterns, reference: Patterns | None
    ) -> Any:
        """Return where one provider stands."""
        return hierarchical_position(state, detail, patterns, reference)
