"""The registry: tokens, members, and who was seen when."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from aggregator.ca import Issued
from aggregator.tables import members, tokens

SEEN_EVERY = 5.0  # seconds between two records of "last seen"


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as stored; its secret is not."""

    id: str
    site: str
    name: str
    public_key: bytes
    expires: float
    used: float | None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """An enrolled site."""

    site: str
    name: str
    identity_key: bytes
    serial: str
    expires: float
    revoked: bool
    last_seen: float | None


def add_token(connection: Connection, token: TokenRow) -> None:
    """Store a new token."""
    connection.execute(
        insert(tokens).values(
            id=token.id,
            site=token.site,
            name=token.name,
            public_key=token.public_key,
            expires=token.expires,
            used=token.used,
        )
    )


def find_token(connection: Connection, token_id: str) -> TokenRow | None:
    """Return a token by its id."""
    row = connection.execute(select(tokens).where(tokens.c.id == token_id)).one_or_none()
    return None if row is None else TokenRow(**row._mapping)


def use_token(connection: Connection, token_id: str, now: float) -> None:
    """Mark a token as used."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(used=now))


def invited(connection: Connection, now: float) -> list[TokenRow]:
    """Return the tokens that are still waiting to be used, sorted by site."""
    query = select(tokens).where(tokens.c.used.is_(None), tokens.c.expires > now)
    return [TokenRow(**row._mapping) for row in connection.execute(query.order_by(tokens.c.site))]


def put_member(
    connection: Connection, site: str, name: str, identity_key: bytes, certificate: Issued
) -> None:
    """Record an enrolment; a site's earlier certificate is no longer admitted."""
    values = {
        "name": name,
        "identity_key": identity_key,
        "serial": certificate.serial,
        "expires": certificate.expires.timestamp(),
        "revoked": False,
    }
    if find_member(connection, site) is None:
        connection.execute(insert(members).values(site=site, **values))
    else:
        connection.execute(update(members).where(members.c.site == site).values(**values))


def find_member(connection: Connection, site: str) -> MemberRow | None:
    """Return an enrolled site."""
    row = connection.execute(select(members).where(members.c.site == site)).one_or_none()
    return None if row is None else MemberRow(**row._mapping)


def all_members(connection: Connection) -> list[MemberRow]:
    """Return every enrolled site, sorted."""
    rows = connection.execute(select(members).order_by(members.c.site))
    return [MemberRow(**row._mapping) for row in rows]


def revoke(connection: Connection, site: str, now: float) -> bool:
    """Shut a site out, with the tokens it has not used; return whether it was known."""
    waiting = tokens.c.site == site, tokens.c.used.is_(None), tokens.c.expires > now
    void = connection.execute(update(tokens).where(*waiting).values(expires=now))
    found = connection.execute(update(members).where(members.c.site == site).values(revoked=True))
    return found.rowcount + void.rowcount > 0


def mark_seen(connection: Connection, site: str, now: float) -> None:
    """Record that a site called."""
    connection.execute(update(members).where(members.c.site == site).values(last_seen=now))
