"""The tables. Times are seconds since 1970 (UTC); documents and messages are kept as bytes."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

settings = Table(
    "settings",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", String, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("site", String(64), nullable=False),
    Column("name", String, nullable=False),
    Column("public_key", LargeBinary, nullable=False),  # of the secret, which is not stored
    Column("expires", Float, nullable=False),
    Column("used", Float),
)

members = Table(
    "members",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("name", String, nullable=False),
    Column("identity_key", LargeBinary, nullable=False),
    Column("serial", String(64), nullable=False),
    Column("expires", Float, nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
    Column("last_seen", Float),
)

documents = Table(
    "documents",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

signatures = Table(
    "signatures",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("signature", LargeBinary, nullable=False),
)

measures = Table(
    "measures",
    metadata,
    Column("id", String, primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job", String(64), primary_key=True),
    Column("spec", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String, nullable=False, default=""),
    Column("opened", Float, nullable=False),
    Column("join_until", Float),
    Column("close_requested", Boolean, nullable=False, default=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("job", ForeignKey("jobs.job"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("opening", LargeBinary, nullable=False),  # the AttemptOpened envelope
    Column("state", String(16), nullable=False),
    Column("reason", String, nullable=False, default=""),
    Column("progress", String, nullable=False, default=""),  # JSON, for `job status`
)

# What an attempt's session is folded from, in the order of `id`.
messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job", ForeignKey("jobs.job"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("site", String(64), nullable=False, default=""),
    Column("digest", LargeBinary, nullable=False, default=b""),
    Column("body", LargeBinary, nullable=False, default=b""),
    Index("messages_of_attempt", "job", "attempt", "id"),
    Index("messages_of_site", "job", "attempt", "site", "digest"),
)

# A transcript goes to every member of a cohort alike: its bytes are kept once.
payloads = Table(
    "payloads",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# A transcript is kept in parts, so that nobody holds all of its vectors at once.
payload_parts = Table(
    "payload_parts",
    metadata,
    Column("payload", ForeignKey("payloads.digest"), primary_key=True),
    Column("place", Integer, primary_key=True),  # from 1; the payload's body is part 0
    Column("body", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("site", String(64), nullable=False),
    Column("payload", ForeignKey("payloads.digest"), nullable=False),
    Index("outbox_of_site", "site", "sequence"),
    sqlite_autoincrement=True,
)

# One row per start of the server; see aggregator.epochs.
epochs = Table(
    "epochs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("epoch", String(64), nullable=False, unique=True),
    Column("begins", Integer, nullable=False),  # the last sequence before it
)

bound_atoms = Table(
    "bound_atoms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("atom", String, nullable=False),
    Column("site", String(64), nullable=False),
    UniqueConstraint("atom", "site"),
)

# What may be released of a job whose attempts come to nothing more.
reached = Table(
    "reached",
    metadata,
    Column("job", ForeignKey("jobs.job"), primary_key=True),
    Column("totals", Integer, nullable=False),
    Column("envelope", LargeBinary, nullable=False),  # a JobEnded envelope without its reason
)

results = Table(
    "results",
    metadata,
    Column("job", ForeignKey("jobs.job"), primary_key=True),
    Column("envelope", LargeBinary, nullable=False),  # the JobEnded envelope
)
