"""The total of a step, recomputed from what was masked; the same code at both ends.

The aggregator computes the total with it and every site checks it with it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fedqi.errors import RemoteProtocolError
from fedqi.secagg.checks import ROUND_VERIFICATION
from fedqi.secagg.encoding import WORD_BYTES, Layout, UInt64Array
from fedqi.secagg.keys import KEY_BYTES, agree, load_key
from fedqi.secagg.masking import Expander, MaskContext, add_pair_masks, sum_vectors
from fedqi.secagg.messages import MaskedInput, StepTranscript
from fedqi.secagg.sharing import SECRET_BYTES
from fedqi.secagg.signing import input_bytes, is_signed, seed_commitment
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
        Open step: survivor -> SHA-256 of its masked input, as t statements list them.
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
        return self.active if self.digests is None else tuple(sorted(self.digests))


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
    block = facts.layout.out_of_bounds(total)
    if block is not None:
        _fail(f"the total of block {block} cannot come from values within its bounds")
    return total


def recomputed_total(facts: StepFacts, transcript: StepTranscript) -> UInt64Array:
    """Check the parts of a transcript and add them up, whatever total it claims.

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
    if tuple(item.site for item in transcript.inputs) != facts.contributors:
        _fail("the inputs are not those of exactly the sites of this step")
    for item in transcript.inputs:
        _check_input(facts, item)
    total = sum_vectors((item.vector for item in transcript.inputs), facts.layout.length)
    if facts.digests is None:
        if transcript.self_mask_seeds or transcript.mask_secret_keys:
            _fail("a closed step reveals no secrets")
        return total
    _check_secrets(facts, transcript)
    _remove_masks(facts, transcript, total)
    return total


def _check_input(facts: StepFacts, item: MaskedInput) -> None:
    # protocol 7.2
    if item.step != facts.masks.step or len(item.vector) != facts.layout.length * WORD_BYTES:
        _fail("a masked input is of another step or size", item.site)
    digest = hashlib.sha256(item.vector).digest()
    if facts.digests is not None:
        if facts.digests[item.site] != digest:
            _fail("a masked input differs from the list of the statements", item.site)
        return
    identity = facts.view.parameters.identities[item.site]
    if not is_signed(identity, item.signature, input_bytes(facts.masks, item.site, digest)):
        _fail("a masked input is not signed by its site for this step and state", item.site)


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


def _remove_masks(facts: StepFacts, transcript: StepTranscript, total: UInt64Array) -> None:
    # protocol 7.4
    expander = Expander(facts.layout.length)
    for site, seed in transcript.self_mask_seeds.items():
        mask = expander.mask(facts.masks.self_key(seed, site))
        np.subtract(total, mask, out=total)
    for site, secret in transcript.mask_secret_keys.items():
        own = load_key(secret)
        shared = {
            peer: agree(own, facts.view.by_site[peer].mask_key) or b""
            for peer in facts.contributors
        }
        # what the dropped site would have added cancels what its peers added for it
        add_pair_masks(total, expander, facts.masks, site, shared)


def _fail(reason: str, site: str | None = None) -> None:
    raise RemoteProtocolError(reason, site=site, round_name=ROUND_VERIFICATION)
