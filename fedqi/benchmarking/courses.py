"""One question has one course: what each analysis takes of the totals, so that it stays the same.

Later steps of a model depend on the totals before them. If colluders could have the same question
summed again with other figures of their own, the honest sites would evaluate it at another point
each time, and enough points can be solved for the figures behind a sum.
"""

import hashlib

import numpy as np

from fedqi.benchmarking.plan import CollectionPlan, Part, offering_of
from fedqi.secagg import canonical
from fedqi.secagg.outputs import StepVerified
from fedqi.secagg.state import PublicState


def course_of(part: Part, state: PublicState) -> str:
    """Return the name of a question over its sets of sites, whichever job asks it.

    Parameters
    ----------
    part
        The analysis and what it is about.
    state
        Who offers which atom.
    """
    subject = part.subject
    named = canonical.digest(
        "course",
        subject.measure.digest,
        part.analysis.name,
        subject.periods,
        offering_of(subject, state),
    )
    return named.hex()


def portions(plan: CollectionPlan, state: PublicState, taken: StepVerified) -> dict[str, str]:
    """Return course -> SHA-256, hex, of the words that its analysis takes of a total.

    Parameters
    ----------
    plan
        Of the job.
    state
        After the total.
    taken
        The total and its layout.
    """
    # protocol 7.15
    blocks, start = {}, 0
    for block in taken.layout.blocks:
        blocks[block.name] = taken.total[start : start + block.size]
        start += block.size
    found = {}
    for part in plan.parts:
        words = [block for name, block in blocks.items() if name.startswith(part.prefix)]
        if words:
            data = np.concatenate(words).astype("<u8").tobytes()
            found[course_of(part, state)] = hashlib.sha256(data).hexdigest()
    return found
