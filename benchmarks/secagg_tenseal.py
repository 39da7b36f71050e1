"""TenSEAL: sites encrypt under one public CKKS key, the server adds, the key holder decrypts.

It needs tenseal, hence an environment of its own (:mod:`benchmarks.competitors`).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import tenseal

from benchmarks.secagg_cost import Cost, cheapest
from benchmarks.stopwatch import Stopwatch, undisturbed

SERVER, SITE, STEP = "server", "site", "step"
LARGEST = 1_000_000
Ciphertexts = list[Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """CKKS parameters at 128-bit security.

    Parameters
    ----------
    system
        Name.
    degree
        Of the polynomials; half as many numbers fit into a ciphertext.
    primes
        Bits of the coefficient modulus.
    scale
        Bits of the fixed-point scale.
    """

    system: str
    degree: int
    primes: tuple[int, ...]
    scale: int

    def context(self) -> Any:
        """Return a context with both keys."""
        made = tenseal.context(
            tenseal.SCHEME_TYPE.CKKS, self.degree, coeff_mod_bit_sizes=list(self.primes)
        )
        made.global_scale = 2**self.scale
        return made


SETTINGS = (
    # of TenSEAL's own tutorials, with room for two multiplications
    Setting("tenseal", 8192, (60, 40, 40, 60), 40),
    # the cheapest that still adds these counts exactly, once they are rounded
    Setting("tenseal-sums-only", 4096, (55, 54), 25),
)


def measure(setting: Setting, sites: int, length: int) -> Cost:
    """Run one step: encrypt, add, decrypt.

    Bytes on the way cost nobody time, as for the other systems.

    Parameters
    ----------
    setting
        CKKS parameters.
    sites
        n.
    length
        Numbers of the vector.
    """
    watch, context = Stopwatch(), setting.context()
    public = context.copy()
    public.make_context_public()
    counts = np.arange(length, dtype=np.float64) % LARGEST
    slots = setting.degree // 2
    pieces = [counts[start : start + slots].tolist() for start in range(0, length, slots)]
    with undisturbed():
        total = _sum(public, pieces, sites, watch)
        total = _across(context, total, watch, "down")
        clear = watch.time(SERVER, STEP, _decrypt, total)
    if not np.array_equal(np.rint(clear), sites * counts):
        raise ArithmeticError("the rounded total is not the sum of what the sites encrypted")
    return _cost(setting, watch, sites)


def _sum(public: Any, pieces: Sequence[list[float]], sites: int, watch: Stopwatch) -> Ciphertexts:
    total: Ciphertexts = []
    for _ in range(sites):
        encrypted = watch.time(SITE, STEP, _encrypt, public, pieces)
        received = _across(public, encrypted, watch, "up")
        total = watch.time(SERVER, STEP, _add, total, received) if total else received
    return total


def _encrypt(public: Any, pieces: Sequence[list[float]]) -> Ciphertexts:
    return [tenseal.ckks_vector(public, piece) for piece in pieces]


def _add(left: Ciphertexts, right: Ciphertexts) -> Ciphertexts:
    return [one + other for one, other in zip(left, right, strict=True)]


def _decrypt(total: Ciphertexts) -> np.ndarray:
    return np.concatenate([one.decrypt() for one in total])


def _across(context: Any, vector: Ciphertexts, watch: Stopwatch, direction: str) -> Ciphertexts:
    texts = [one.serialize() for one in vector]
    watch.count(direction, STEP, sum(map(len, texts)))
    return [tenseal.ckks_vector_from(context, text) for text in texts]


def _cost(setting: Setting, watch: Stopwatch, sites: int) -> Cost:
    site, server = watch.seconds[SITE, STEP], watch.seconds[SERVER, STEP]
    sizes = watch.sizes
    parameters = f"CKKS, degree {setting.degree}, primes {setting.primes}, scale 2^{setting.scale}"
    return Cost(
        setting.system,
        site / sites,
        server,
        site + server,
        sizes["up", STEP],
        sizes["down", STEP],
        notes={"version": tenseal.__version__, "parameters": parameters},
    )


if __name__ == "__main__":
    n, d, runs = map(int, sys.argv[1:])
    for each in SETTINGS:
        print(cheapest(partial(measure, each, n, d), runs).to_json())
