"""Masks: AES-256-CTR streams added to a vector of Z/2^64.

References
----------
Bonawitz et al. (2017), "Practical Secure Aggregation for Privacy-Preserving Machine
Learning", doi:10.1145/3133956.3133982.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from fedqi.secagg import canonical
from fedqi.secagg.encoding import WORD_BYTES, UInt64Array
from fedqi.secagg.keys import Context, derive

BLOCK_BYTES = 16
FROM_ZERO = CTR(bytes(BLOCK_BYTES))


class Expander:
    """Expands keys into masks of one length through one reused buffer.

    Parameters
    ----------
    length
        Words of a mask.
    """

    def __init__(self, length: int) -> None:
        self._zeros = bytes(length * WORD_BYTES)
        self._buffer = bytearray(length * WORD_BYTES + BLOCK_BYTES - 1)
        self._words = np.frombuffer(self._buffer, dtype="<u8", count=length)

    def mask(self, key: bytes) -> UInt64Array:
        """Return the key's mask: a view that the next call overwrites.

        Parameters
        ----------
        key
            32 bytes, used for nothing else: the counter starts at zero.
        """
        # protocol 5.6
        encryptor = Cipher(AES256(key), FROM_ZERO).encryptor()
        encryptor.update_into(self._zeros, self._buffer)
        return self._words

    def erase(self) -> None:
        """Overwrite the last mask."""
        self._buffer[:] = bytes(len(self._buffer))


@dataclass(frozen=True)
class MaskContext:
    """What the masks of one step depend on besides their secret.

    Parameters
    ----------
    context
        Session, attempt and U1.
    step
        From 0.
    active_digest
        Of the active set, 32 bytes.
    state_hash
        Of the public state before the step, 32 bytes.
    """

    context: Context
    step: int
    active_digest: bytes
    state_hash: bytes

    def pair_key(self, shared: bytes, site: str, peer: str) -> bytes:
        """Return the mask key of a pair, the same at both ends.

        Parameters
        ----------
        shared
            X25519 secret of the pair's mask keys.
        site, peer
            In any order.
        """
        # protocol 5.7
        pair = [site, peer] if site < peer else [peer, site]
        return derive(shared, canonical.extend(self._pair_prefix, pair))

    def self_key(self, seed: bytes, site: str) -> bytes:
        """Return the key of a site's self mask.

        Parameters
        ----------
        seed
            32 bytes.
        site
            Whose.
        """
        # protocol 5.8
        return derive(seed, self.pack("self-mask", [site]))

    def pack(self, tag: str, *fields: canonical.Field) -> bytes:
        """Return canonical bytes over the step and ``fields``.

        Parameters
        ----------
        tag
            The purpose.
        fields
            Values in the order the tag fixes.
        """
        step = (self.step, self.active_digest, self.state_hash)
        return self.context.pack(tag, *step, *fields)

    @cached_property
    def _pair_prefix(self) -> bytes:
        return self.pack("pair-mask")


def add_pair_masks(
    vector: UInt64Array,
    expander: Expander,
    masks: MaskContext,
    site: str,
    shared: Mapping[str, bytes],
) -> None:
    """Add to ``vector``, in place, what ``site`` adds for every peer.

    Parameters
    ----------
    vector
        Shape ``(length,)``.
    expander
        Of the same length.
    masks
        Of the step.
    site
        Whose view is taken; of a pair, the first by name adds and the other subtracts.
    shared
        Peer -> X25519 secret of the pair's mask keys.
    """
    for peer, secret in shared.items():
        mask = expander.mask(masks.pair_key(secret, site, peer))
        if site < peer:
            np.add(vector, mask, out=vector)
        else:
            np.subtract(vector, mask, out=vector)
