"""The statement of the consistency round, and counting statements."""

from collections.abc import Iterable

from fedqi.secagg.keys import Context
from fedqi.secagg.messages import Statement, Survivors
from fedqi.secagg.signing import is_signed, statement_bytes
from fedqi.secagg.view import AttemptView


def statement_digest(
    context: Context, active_digest: bytes, state_hash: bytes, survivors: Survivors
) -> bytes:
    """Return what every member of U3 must state alike, 32 bytes.

    Parameters
    ----------
    context
        Session, attempt and U1.
    active_digest
        Of U2, 32 bytes.
    state_hash
        Of the open step, 32 bytes.
    survivors
        U3 with the digests of its masked inputs.
    """
    # protocol 6.4
    entries = [(entry.site, entry.digest) for entry in survivors.entries]
    return context.digest("statement-list", active_digest, state_hash, entries)


def is_signed_statement(view: AttemptView, statement: Statement) -> bool:
    """Tell whether a statement carries its site's signature.

    Parameters
    ----------
    view
        Of the attempt.
    statement
        Of a member of U1.
    """
    text = statement_bytes(view.context, statement)
    return is_signed(view.parameters.identities[statement.site], statement.signature, text)


def signers(
    view: AttemptView, digest: bytes, survivors: Survivors, statements: Iterable[Statement]
) -> frozenset[str]:
    """Return the members of U3 that signed exactly this digest.

    Parameters
    ----------
    view
        Of the attempt.
    digest
        Of :func:`statement_digest`.
    survivors
        U3.
    statements
        As received.
    """
    listed = {entry.site for entry in survivors.entries}
    return frozenset(
        item.site
        for item in statements
        if item.site in listed
        and item.statement_digest == digest
        and is_signed_statement(view, item)
    )
