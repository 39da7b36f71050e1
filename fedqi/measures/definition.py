"""What is measured, as a versioned document with a digest. See docs/measures.md."""

import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from fedqi.measures.dataset import (
    Bound,
    Codes,
    Column,
    ColumnName,
    Dataset,
    Expression,
    Part,
    as_tuple,
)
from fedqi.measures.derive import Derivation, derived_columns
from fedqi.measures.risk import MissingRule, RiskModel, design_of
from fedqi.measures.values import (
    Component,
    Item,
    Rule,
    Scale,
    Value,
    change_bounds,
    scale_of,
    score_scale,
)
from fedqi.measures.versions import Supersedes, Version
from fedqi.stats.regression_design import Design

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Direction = Literal["lower", "higher", "none"]
Scoring = Literal["proportion", "rate", "continuous", "composite", "survey"]


class Sum(Part):
    """A number added up over the rows, in a table that is counted already.

    Parameters
    ----------
    sum
        Expression over the columns of a row.
    """

    sum: Expression


class Ascertainment(Part):
    """How complete the cases are; shown before any figure.

    Parameters
    ----------
    expected
        Cases that were to be expected, added up over the initial population.
    """

    expected: Sum


class Words(Part):
    """How a report speaks of a measure.

    Parameters
    ----------
    event
        Completes "29 of 100 were ...": "readmitted within 30 days".
    patients
        Plural noun of what the denominator counts: "heart-failure patients".
    unit
        Of a value: plural noun of what it is counted in, "days"; not needed with `minutes`.
    """

    event: Text = "counted in the numerator"
    patients: Text = "patients"
    unit: Text | None = None


LATER = (
    *("derive", "ascertainment", "supersedes"),
    *("value", "items", "rule", "components"),
    *("dataset.time.follow_up", "dataset.time.lock"),
    "words.unit",
)
"""Keys that came after the first definitions were signed: unused, they change no digest."""


def without_unused(document: dict[str, Any]) -> dict[str, Any]:
    """Return a dumped definition without the keys of :data:`LATER` that say nothing."""
    for path in LATER:
        *parents, key = path.split(".")
        place: Any = document
        for parent in parents:
            place = place[parent] if place is not None else None
        if place is not None and not place[key] and place[key] != 0:
            del place[key]
    return document


class Measure(Part):
    """A quality measure.

    Build it with :func:`fedqi.measures.parse_measure`, which also checks the expressions.

    Parameters
    ----------
    fedqi
        Version of this format.
    id
        Its name in programmes and results: letters, digits, ``.``, ``_``, ``-``; at most 64.
    version
        Semantic version, such as ``1.0.0``; in YAML without a third number it needs quotes.
    title
        What is measured, in one line.
    steward
        Who answers for the definition.
    references
        Sources, the specification first.
    direction
        Which is better: ``lower``, ``higher`` or ``none``.
    scoring
        ``proportion``; ``rate``: events over exposure, of which one patient may have several;
        ``continuous``: a value; ``composite``: several components; ``survey``: answers.
    lineage
        The events that are counted, whatever the version; the id unless stated.
    words
        How a report speaks of the measure.
    dataset
        The rows that it reads.
    code_lists
        Name to a CSV file with a column ``code``, relative to the measure, or to the codes; an
        expression writes ``column IN code_list('name')``. Codes are part of the digest.
    derive
        Name to what a row takes from other rows of the same subject; a column like others.
    initial_population
        Criterion: which rows the measure is about at all.
    denominator
        Criterion: which of these count; or a sum, for a table that is counted already.
    denominator_exclusion
        Criterion: which of these do not count after all.
    denominator_exception
        Criterion: which rows are excused, unless what counts has happened in them.
    numerator
        Criterion: in which rows of the denominator what counts has happened; or a sum, in a
        proportion exactly where `denominator` is one.
    numerator_exclusion
        Criterion: which rows of the numerator do not count there, but stay in the denominator.
    value
        Of a continuous measure: the number per row.
    items
        Of a survey: its questions. The score is the mean answer, where half are answered.
    rule
        Of a composite: whether a patient counts once, for everything (``all_or_none``), or with
        every component he or she is eligible for (``opportunity``).
    components
        Of a composite: what each patient should have received.
    exposure
        What a rate is over, added up: bed days, catheter days. In whole units.
    expected
        Events that a published model expects, added up over the denominator.
    missing
        Column to what a missing value does: ``category`` makes it a level of the risk model,
        ``exclude`` takes the row out of the population, ``error`` (a covariate's default) refuses.
    risk_model
        Covariates for the analyses standardised, hierarchical and direct.
    minimum_denominator
        Below it a hospital's own figure is called insufficient; of a rate, in units of exposure.
    targets
        Name to an external standard: a share or rate from 0 to 1, or a value within its bounds.
    ascertainment
        How many cases were to be expected; a site sees its completeness first.
    supersedes
        The earlier version, and whether figures stay comparable.
    """

    fedqi: Literal[1]
    id: Identifier
    version: Version
    title: Text
    steward: Text | None = None
    references: Annotated[tuple[Text, ...], BeforeValidator(as_tuple)] = ()
    direction: Direction
    scoring: Scoring
    lineage: Annotated[Identifier, Field(json_schema_extra={"default_in_words": "the id"})]
    words: Words = Words()
    dataset: Dataset
    code_lists: dict[Identifier, Codes] = Field(default_factory=dict)
    derive: dict[ColumnName, Derivation] = Field(default_factory=dict)
    initial_population: Expression = "TRUE"
    denominator: Expression | Sum = "TRUE"
    denominator_exclusion: Expression = "FALSE"
    denominator_exception: Expression = "FALSE"
    numerator: Expression | Sum = "TRUE"
    numerator_exclusion: Expression = "FALSE"
    value: Value | None = None
    items: Annotated[tuple[Item, ...], BeforeValidator(as_tuple)] = ()
    rule: Rule | None = None
    components: Annotated[tuple[Component, ...], BeforeValidator(as_tuple)] = ()
    exposure: Sum | None = None
    expected: Sum | None = None
    missing: dict[ColumnName, MissingRule] = Field(default_factory=dict)
    risk_model: RiskModel | None = None
    minimum_denominator: Annotated[int, Field(ge=1)] = 25
    targets: dict[Identifier, Bound] = Field(default_factory=dict)
    ascertainment: Ascertainment | None = None
    supersedes: Supersedes | None = None

    @model_validator(mode="before")
    @classmethod
    def _lineage_is_the_id(cls, document: Any) -> Any:
        if isinstance(document, dict) and "lineage" not in document and "id" in document:
            return {**document, "lineage": document["id"]}
        return document

    @model_validator(mode="after")
    def _counted_alike(self) -> Self:
        if self.scoring == "proportion" and isinstance(self.denominator, Sum) != self.counted:
            raise ValueError("numerator and denominator must both be {sum: ...} or both criteria")
        return self

    @property
    def counted(self) -> bool:
        """Whether the rows are counts already, to be added up."""
        return isinstance(self.numerator, Sum)

    @cached_property
    def columns(self) -> dict[str, Column]:
        """What expressions and the risk model may name: the dataset's columns and the derived."""
        return {**self.dataset.columns, **derived_columns(self.derive, self.dataset)}

    @cached_property
    def design(self) -> Design | None:
        """Columns of the risk model; None where the measure has none."""
        if self.risk_model is None:
            return None
        return design_of(self.risk_model, self.columns, self.missing)

    @cached_property
    def scale(self) -> Scale | None:
        """How the value, or the score of a survey, is written; None of other measures."""
        if self.items:
            return score_scale(self.items)
        if self.value is None:
            return None
        lower, upper = self.value.bounds or change_bounds(self.value, self.dataset.columns)
        return scale_of(lower, upper, self.value.grid)

    @property
    def name(self) -> str:
        """Id and version, as messages name the measure."""
        return f"{self.id} {self.version}"

    @cached_property
    def canonical_json(self) -> bytes:
        """The definition as canonical JSON: defaults and codes written out, UTF-8.

        A key of :data:`LATER` that is unused is left out.
        """
        text = json.dumps(
            without_unused(self.model_dump(mode="json", by_alias=True)),
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        )
        return text.encode()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, lower-case hex."""
        return hashlib.sha256(self.canonical_json).hexdigest()
