"""One step of the plan: what all parties derive alike, and this site's masked vector."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.errors import DefinitionError
from fedqi.secagg import canonical
from fedqi.secagg.encoding import Layout, UInt64Array
from fedqi.secagg.masking import Expander, MaskContext, add_pair_masks
from fedqi.secagg.messages import Survivors
from fedqi.secagg.state import PublicPlan, PublicState, state_hash
from fedqi.secagg.transcript import StepFacts
from fedqi.secagg.view import AttemptView


def next_step(
    view: AttemptView, plan: PublicPlan, state: PublicState, active: tuple[str, ...]
) -> StepFacts | None:
    """Return the facts of the step that follows a state, or None when the plan is finished.

    Parameters
    ----------
    view
        Of the attempt.
    plan
        Gives the layout.
    state
        Before the step.
    active
        The sites masked against.

    Raises
    ------
    DefinitionError
        If the layout has an unknown atom, or leaves no room for that many sites.
    """
    layout = plan.layout(state)
    if layout is None:
        return None
    _check_layout(layout, state, len(active))
    masks = MaskContext(
        view.context,
        len(state.totals),
        canonical.set_digest(active),
        state_hash(view.parameters.session_hash, state, layout),
    )
    return StepFacts(view, masks, layout, active, None)


def _check_layout(layout: Layout, state: PublicState, sites: int) -> None:
    if layout.sites < sites:
        raise DefinitionError(
            f"the layout leaves room for {layout.sites} sites, but {sites} take part"
        )
    for block in layout.blocks:
        if block.atom is not None and block.atom not in state.offering:
            raise DefinitionError(f"layout block {block.name!r} has unknown atom {block.atom!r}")


def with_survivors(facts: StepFacts, survivors: Survivors) -> StepFacts:
    """Return the facts of the open step once U3 is listed.

    Parameters
    ----------
    facts
        Of :func:`next_step`.
    survivors
        U3 with its digests.
    """
    digests = {entry.site: entry.digest for entry in survivors.entries}
    return replace(facts, digests=digests)


def own_vector(
    facts: StepFacts, state: PublicState, site: str, values: Mapping[str, NDArray[Any]]
) -> UInt64Array:
    """Encode a site's values, with zeros where its atoms are void or not offered.

    Parameters
    ----------
    facts
        Of the step.
    state
        Before the step.
    site
        This site.
    values
        Block -> array.
    """
    # protocol 5.2
    absent = [
        block.name
        for block in facts.layout.blocks
        if block.atom is not None and site not in state.offering[block.atom]
    ]
    return facts.layout.encode(values, absent)


def mask_vector(
    facts: StepFacts, site: str, vector: UInt64Array, pairs: Mapping[str, bytes], seed: bytes | None
) -> bytes:
    """Mask a vector, in place, and return its little-endian bytes.

    Parameters
    ----------
    facts
        Of the step.
    site
        This site.
    vector
        Encoded values; overwritten.
    pairs
        Peer -> X25519 secret of the mask keys, for the whole active set.
    seed
        Self-mask seed in the open step, else None.
    """
    # protocol 5.5
    expander = Expander(facts.layout.length)
    if seed is not None:
        np.add(vector, expander.mask(facts.masks.self_key(seed, site)), out=vector)
    add_pair_masks(vector, expander, facts.masks, site, pairs)
    expander.erase()
    return vector.astype("<u8", copy=False).tobytes()
