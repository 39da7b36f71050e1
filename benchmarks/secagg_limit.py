"""The floor under any protocol with pairwise masks: its keystreams and additions, nothing else."""

import time

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from benchmarks.secagg_cost import Cost

BLOCK_BYTES = 16
WORD_BYTES = 8


def measure(sites: int, length: int) -> Cost:
    """Return the cost of one step: every site adds n keystreams, the server adds n vectors.

    Parameters
    ----------
    sites
        n.
    length
        Words of the vector.
    """
    client, server = _client_seconds(sites, length), _server_seconds(sites, length)
    size = sites * length * WORD_BYTES
    agreement = {"x25519_client_cpu_s": _agreement_seconds(sites)}
    return Cost("limit", client, server, sites * client + server, size, size, agreement)


def _client_seconds(sites: int, length: int) -> float:
    zeros = bytes(WORD_BYTES * length)
    buffer = bytearray(WORD_BYTES * length + BLOCK_BYTES - 1)
    keystream = np.frombuffer(buffer, dtype="<u8", count=length)
    vector = np.zeros(length, dtype=np.uint64)
    keys = [number.to_bytes(32, "big") for number in range(sites)]
    start = time.process_time()
    for key in keys:
        Cipher(AES256(key), CTR(bytes(BLOCK_BYTES))).encryptor().update_into(zeros, buffer)
        np.add(vector, keystream, out=vector)
    return time.process_time() - start


def _server_seconds(sites: int, length: int) -> float:
    total, vector = np.zeros(length, np.uint64), np.ones(length, np.uint64)
    start = time.process_time()
    for _ in range(sites):
        np.add(total, vector, out=total)
    return time.process_time() - start


def _agreement_seconds(sites: int) -> float:
    own, peer = X25519PrivateKey.generate(), X25519PrivateKey.generate().public_key()
    start = time.process_time()
    for _ in range(sites):
        own.exchange(peer)
    return time.process_time() - start
