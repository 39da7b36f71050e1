"""The floor under any protocol with pairwise masks: its keystreams and additions, nothing else."""

import time

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from benchmarks.secagg_cost import Cost

BLOCK_BYTES = 16


def measure(sites: int, length: int, steps: int) -> Cost:
    """Return the cost of one step: every site adds n keystreams, the server adds n vectors.

    Parameters
    ----------
    sites
        n.
    length
        Words of the vector.
    steps
        Steps to average over.
    """
    client = [_client_seconds(sites, length) for _ in range(steps)]
    server = [_server_seconds(sites, length) for _ in range(steps)]
    return Cost(
        system="limit",
        client_cpu_s=sites * sum(client) / steps,
        server_cpu_s=sum(server) / steps,
        bytes_up=sites * length * 8,
        bytes_down=sites * length * 8,
    )


def _client_seconds(sites: int, length: int) -> float:
    zeros, buffer = bytes(8 * length), bytearray(8 * length + BLOCK_BYTES - 1)
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
