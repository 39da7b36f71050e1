"""The total of a step, recomputed from what was masked; the same code at both ends.

The aggregator computes the total with it and every site checks it with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import NoReturn

import numpy as np

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import canonical
from fedqi.secagg.checks import ROUND_VERIFICATION
from fedqi.secagg.encoding import WORD_BYTES, Layout, UInt64Array
from fedqi.secagg.keys import KEY_BYTES, agree, load_key
from fedqi.secagg.masking import Expander, MaskContext, add_pair_masks
from fedqi.secagg.messages import MaskedInput, StepTranscript
from fedqi.secagg.sharing import SECRET_BYTES
from fedqi.secagg.signing import input_bytes, input_digest, is_signed, seed_commitment
from fedqi.secagg.vectors import RunningSum
from fedqi.secagg.view import AttemptView


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a party knows of a step before it sees the transcript.

    Parameters
    ----------
    view
        Of the attempt.
    masks
        What the step's masks depend on.
    layout
        Of the step.
    active
        The sites masked against.
    digests
        Open step: survivor -> digest of its masked input, as t statements list them.
        None in a closed step, where the signatures are checked instead.
    """

    view: AttemptView
    masks: MaskContext
    layout: Layout
    active: tuple[str, ...]
    digests: Mapping[str, bytes] | None

    @property
    def contributors(self) -> tuple[str, ...]:
        """The sites whose inputs make the total, sorted."""
        return self.active if self.digests is None else tuple(self.digests)

    @property
    def cohort_digest(self) -> bytes:
        """Digest of the contributors, 32 bytes."""
        return canonical.set_digest(self.contributors)


def checked_total(facts: StepFacts, transcript: StepTranscript) -> UInt64Array:
    """Check a transcript and return the total it leads to.

    Parameters
    ----------
    facts
        Of the step.
    transcript
        As received; its claimed total is compared last.

    Raises
    ------
    RemoteProtocolError
        Naming the check that failed, and the site whose part it is.
    """
    total = recomputed_total(facts, transcript)
    if transcript.total != total.astype("<u8").tobytes():
        _fail("the claimed total is not the sum of the inputs")
    _check_bounds(facts, total)
    return total


def read_total(facts: StepFacts, words: bytes) -> UInt64Array:
    """Return a total that others recomputed, once its size and bounds are right.

    Parameters
    ----------
    facts
        Of the step.
    words
        Little-endian uint64.

    Raises
    ------
    RemoteProtocolError
        Naming the check that failed.
    """
    if len(words) != facts.layout.length * WORD_BYTES:
        _fail(f"a total of {len(words)} bytes, expected {facts.layout.length * WORD_BYTES}")
    total = np.frombuffer(words, dtype="<u8").astype(np.uint64)
    _check_bounds(facts, total)
    return total


def _check_bounds(facts: StepFacts, total: UInt64Array) -> None:
    block = facts.layout.out_of_bounds(total)
    if block is not None:
        _fail(f"the total of block {block} cannot come from values within its bounds")


def recomputed_total(facts: StepFacts, transcript: StepTranscript) -> UInt64Array:
    """Check the parts of a transcript and add them up one by one, whatever total it claims.

    Parameters
    ----------
    facts
        Of the step.
    transcript
        As received.

    Raises
    ------
    RemoteProtocolError
        Naming the check that failed, and the site whose part it is.
    """
    summed = RunningSum(facts.layout.length)
    for site, item in zip_longest(facts.contributors, transcript.inputs):
        if site is None or item is None or item.site != site:
            _fail("the inputs are not those of exactly the sites of this step")
        _check_input(facts, item)
        summed.add(item)
    check_edges(facts, summed.edges)
    if facts.digests is not None:
        _check_secrets(facts, transcript)
        seeds, keys = transcript.self_mask_seeds, transcript.mask_secret_keys
        remove_masks(facts, summed, seeds, keys)
    elif transcript.self_mask_seeds or transcript.mask_secret_keys or transcript.statements:
        _fail("a closed step reveals no secrets and has no statements")
    return summed.total


def has_shape(facts: StepFacts, item: MaskedInput) -> bool:
    """Tell whether a masked input is of the step and of its sizes.

    Parameters
    ----------
    facts
        Of the step.
    item
        As received.
    """
    sizes = (facts.layout.length * WORD_BYTES, facts.view.bitmap_bytes)
    return item.step == facts.masks.step and (len(item.vector), len(item.peers)) == sizes


def _check_input(facts: StepFacts, item: MaskedInput) -> None:
    # protocol 7.2
    if not has_shape(facts, item):
        _fail("a masked input is of another step or size", item.site)
    digest = input_digest(item)
    if facts.digests is not None:
        if facts.digests[item.site] != digest:
            _fail("a masked input differs from the list of the statements", item.site)
        # protocol 7.2: in the complete graph all statements are over one active set
        if facts.view.is_complete:
            return
    identity = facts.view.parameters.identities[item.site]
    if not is_signed(identity, item.signature, input_bytes(facts.masks, item.site, digest)):
        _fail("a masked input is not signed by its site for this step and state", item.site)


def check_edges(facts: StepFacts, edges: Mapping[str, int]) -> None:
    """Check that every mask between contributors has its counterpart.

    Parameters
    ----------
    facts
        Of the step.
    edges
        Contributor -> whom it masked against, as bits.

    Raises
    ------
    RemoteProtocolError
        Naming both ends of an edge that only one of them has.
    """
    # protocol 7.9
    view, active = facts.view, facts.view.bits(facts.active)
    inside = view.bits(edges)
    for site, bits in edges.items():
        others = active & ~(1 << view.places[site])
        if bits & ~others or (view.is_complete and bits != others):
            _fail("it masked against others than its neighbours of the active set", site)
        if view.is_complete:
            continue
        own = 1 << view.places[site]
        for peer in view.sites(bits & inside):
            if not edges[peer] & own:
                _fail(f"it masked against {peer}, which did not mask against it", site)


def _check_secrets(facts: StepFacts, transcript: StepTranscript) -> None:
    # protocol 7.3
    dropped = set(facts.active) - set(facts.contributors)
    if set(transcript.self_mask_seeds) != set(facts.contributors):
        _fail("the seeds are not those of exactly the survivors")
    if set(transcript.mask_secret_keys) != dropped:
        _fail("the mask keys are not those of exactly the dropped sites")
    for site, seed in transcript.self_mask_seeds.items():
        if not is_seed_of(facts.view, site, seed):
            _fail("its self-mask seed does not match its commitment", site)
    for site, key in transcript.mask_secret_keys.items():
        if not is_mask_key_of(facts.view, site, key):
            _fail("its mask key does not match its advert", site)


def is_seed_of(view: AttemptView, site: str, seed: bytes) -> bool:
    """Tell whether a seed is the one a site committed to.

    Parameters
    ----------
    view
        Of the attempt.
    site
        Whose seed.
    seed
        As rebuilt.
    """
    expected = view.by_site[site].seed_commitment
    return len(seed) == SECRET_BYTES and seed_commitment(view.parameters, site, seed) == expected


def is_mask_key_of(view: AttemptView, site: str, key: bytes) -> bool:
    """Tell whether a secret key belongs to the mask key a site advertised.

    Parameters
    ----------
    view
        Of the attempt.
    site
        Whose key.
    key
        As rebuilt.
    """
    if len(key) != KEY_BYTES:
        return False
    return load_key(key).public_key().public_bytes_raw() == view.by_site[site].mask_key


def remove_masks(
    facts: StepFacts,
    summed: RunningSum,
    seeds: Mapping[str, bytes],
    keys: Mapping[str, bytes],
) -> None:
    """Take the masks that do not cancel out of a sum, in place.

    Parameters
    ----------
    facts
        Of the open step.
    summed
        Over the contributors; its edges were checked.
    seeds, keys
        Contributor -> self-mask seed; dropped site -> secret mask key.
    """
    # protocol 7.4
    expander, total = Expander(facts.layout.length), summed.total
    for site, seed in seeds.items():
        mask = expander.mask(facts.masks.self_key(seed, site))
        np.subtract(total, mask, out=total)
    for site, secret in keys.items():
        own, bit = load_key(secret), 1 << facts.view.places[site]
        shared = {
            peer: agree(own, facts.view.by_site[peer].mask_key) or b""
            for peer, edges in summed.edges.items()
            if edges & bit
        }
        # what the dropped site would have added cancels what its peers added for it
        add_pair_masks(total, expander, facts.masks, site, shared)


def _fail(reason: str, site: str | None = None) -> NoReturn:
    raise RemoteProtocolError(reason, site=site, round_name=ROUND_VERIFICATION)
