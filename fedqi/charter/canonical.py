"""Canonical JSON, and the reading of documents that come from outside."""

import hashlib
import json
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from fedqi.errors import DefinitionError

MAXIMUM_DOCUMENT_BYTES = 1_000_000
"""Larger documents are refused unread: they come over the network from an untrusted party."""


def canonical_json(value: object) -> bytes:
    """Serialise plain JSON values so that equal values give equal bytes.

    Parameters
    ----------
    value
        Built from mappings with string keys, lists, tuples, strings, integers, booleans
        and None.

    Returns
    -------
    bytes
        UTF-8, keys sorted by code point, no white space.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


class Document(BaseModel):
    """Base of everything that is hashed: unknown keys are refused, values cannot change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def canonical(self) -> bytes:
        """Return the canonical JSON of the document, defaults written out.

        Returns
        -------
        bytes
            The bytes that the hash of the document covers.
        """
        return canonical_json(self.model_dump(mode="json"))

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the canonical JSON, 32 bytes."""
        return hashlib.sha256(self.canonical()).digest()


DocumentT = TypeVar("DocumentT", bound=Document)


def read_document(model: type[DocumentT], content: bytes | Mapping[str, object]) -> DocumentT:
    """Read a document from JSON bytes or from an already parsed mapping.

    Parameters
    ----------
    model
        ``Charter``, ``Roster``, ``Programme``, ``Genesis`` or ``JobSpec``.
    content
        JSON in UTF-8, or what a YAML file gave.

    Returns
    -------
    Document
        An instance of `model`.

    Raises
    ------
    DefinitionError
        If it is too large or not such a document; every offending place is named.
    PolicyError
        If its version is one that this release cannot yet follow.
    """
    name = model.__name__
    if isinstance(content, bytes) and len(content) > MAXIMUM_DOCUMENT_BYTES:
        raise DefinitionError(
            f"{name}: {len(content)} bytes found, at most {MAXIMUM_DOCUMENT_BYTES} expected; "
            "whoever wrote it must shorten it"
        )
    try:
        if isinstance(content, bytes):
            return model.model_validate_json(content)
        return model.model_validate(content)
    except ValidationError as error:
        raise DefinitionError(f"{name}: {_places(error)}; its author must act") from None


def _places(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(map(str, detail['loc'])) or 'document'}: {detail['msg']}" for detail in details
    )
