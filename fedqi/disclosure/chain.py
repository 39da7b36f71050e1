"""Hash chains: lines of JSON of which none can be changed, dropped or moved unseen."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from fedqi.errors import PolicyError


@dataclass(frozen=True, slots=True)
class Chain:
    """A kind of chain and its end.

    Parameters
    ----------
    tag
        Separates the chains of different use.
    count
        Lines so far.
    head
        SHA-256 of the last line's content and all before it, 32 bytes.
    """

    tag: bytes
    count: int
    head: bytes

    @classmethod
    def empty(cls, tag: bytes) -> "Chain":
        """Start a chain.

        Parameters
        ----------
        tag
            Its use.

        Returns
        -------
        Chain
            Without lines; its head is the hash of the tag.
        """
        return cls(tag, 0, sha256(tag).digest())

    def append(self, body: Mapping[str, object]) -> tuple["Chain", str]:
        """Add one line.

        Parameters
        ----------
        body
            JSON values.

        Returns
        -------
        Chain
            The longer chain.
        str
            The line to store, without line break.
        """
        content = {"sequence": self.count + 1, "previous": self.head.hex(), "body": body}
        head = sha256(self.tag + _canonical(content).encode()).digest()
        return Chain(self.tag, self.count + 1, head), _canonical({**content, "hash": head.hex()})


def read_chain(tag: bytes, lines: Iterable[str]) -> Iterator[tuple[Chain, dict[str, object]]]:
    """Verify the lines of a chain from its start.

    Parameters
    ----------
    tag
        Use of the chain.
    lines
        In the order written, with or without line breaks.

    Yields
    ------
    Chain
        The chain up to and including this line.
    dict
        The line's body.

    Raises
    ------
    PolicyError
        Naming the first line that is not what was written.
    """
    chain = Chain.empty(tag)
    for line in lines:
        body = _body(line)
        following = None if body is None else _append(chain, body)
        if body is None or following is None or line.rstrip("\r\n") != following[1]:
            raise PolicyError(
                f"entry {chain.count + 1}: does not continue the hash chain; it was changed, "
                "lost, moved or cut short, so the site must restore the file from a backup and "
                "tell the other members"
            )
        chain = following[0]
        yield chain, body


def _body(line: str) -> dict[str, object] | None:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    body = content.get("body") if isinstance(content, dict) else None
    return body if isinstance(body, dict) else None


def _append(chain: Chain, body: dict[str, object]) -> tuple[Chain, str] | None:
    try:
        return chain.append(body)
    except ValueError:  # NaN or half a surrogate pair, which Python's JSON reader lets pass
        return None


def _canonical(value: object) -> str:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
