"""Canonical byte strings: what is signed, hashed and authenticated, never protobuf bytes.

A string starts with a tag that names the protocol's version and the purpose. Then follow
its fields: texts and bytes behind a 4-byte length, integers as 8 bytes, sequences behind a
4-byte count, mappings as sorted sequences of pairs; all big-endian. As a tag fixes the
types and the order of its fields, two different values never share a string.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

PREFIX = "fedqi.secagg/1/"
"""Every tag starts so; another version of the protocol gets other bytes."""

Field: TypeAlias = bytes | str | int | Sequence["Field"] | Mapping[str, "Field"]


def pack(tag: str, *fields: Field) -> bytes:
    """Return the canonical bytes of ``fields`` in the domain ``tag``.

    Parameters
    ----------
    tag
        The purpose, without the protocol's prefix.
    fields
        Values in the order the tag fixes.
    """
    # protocol 3.1
    parts: list[bytes] = []
    _append(parts, PREFIX + tag)
    for item in fields:
        _append(parts, item)
    return b"".join(parts)


def extend(prefix: bytes, *fields: Field) -> bytes:
    """Return canonical bytes with further fields behind them.

    Parameters
    ----------
    prefix
        Of :func:`pack`, over the first fields of a tag.
    fields
        The rest, in the order the tag fixes.
    """
    parts = [prefix]
    for item in fields:
        _append(parts, item)
    return b"".join(parts)


def digest(tag: str, *fields: Field) -> bytes:
    """Return the SHA-256 of :func:`pack`, 32 bytes.

    Parameters
    ----------
    tag
        The purpose, without the protocol's prefix.
    fields
        Values in the order the tag fixes.
    """
    return hashlib.sha256(pack(tag, *fields)).digest()


def set_digest(sites: Sequence[str]) -> bytes:
    """Return the digest of a set of sites: of an active set, or of the K of a bound atom.

    Parameters
    ----------
    sites
        Distinct names, in any order.
    """
    # protocol 3.4
    return digest("set", sorted(sites))


def _append(parts: list[bytes], item: Field) -> None:
    # The commonest first: an advert of a year of months has hundreds of fields.
    if isinstance(item, str):
        item = item.encode()
    if isinstance(item, bytes):
        parts += (len(item).to_bytes(4, "big"), item)
    elif isinstance(item, tuple | list):
        parts.append(len(item).to_bytes(4, "big"))
        for element in item:
            if isinstance(element, str):  # lists of names are long and everywhere
                name = element.encode()
                parts += (len(name).to_bytes(4, "big"), name)
            else:
                _append(parts, element)
    elif isinstance(item, int):
        parts.append(item.to_bytes(8, "big"))
    elif isinstance(item, Mapping):
        _append(parts, [(key, item[key]) for key in sorted(item)])
    else:
        _append(parts, tuple(item))
