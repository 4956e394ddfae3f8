"""The projection of the chain, and what the indexer keeps to follow it.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("lane", sa.LargeBinary(21), primary_key=True),
        sa.Column("subject", sa.LargeBinary(20), primary_key=True),
        sa.Column("word", sa.LargeBinary(32), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subject_states",
        sa.Column("subject", sa.LargeBinary(20), primary_key=True),
        sa.Column("revoked_all_at", sa.BigInteger, nullable=False),
        sa.Column("minor", sa.Boolean, nullable=False),
        sa.Column("guardian", sa.LargeBinary(20), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.LargeBinary(32), primary_key=True),
        sa.Column("advertiser", sa.LargeBinary(20), nullable=False, index=True),
        sa.Column("target", sa.LargeBinary(32), nullable=False),
        sa.Column("bid", sa.LargeBinary(32), nullable=False),
        sa.Column("operator", sa.LargeBinary(20), nullable=False, index=True),
        sa.Column("purpose", sa.Integer, nullable=False),
        sa.Column("funded", sa.String(39), nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False),
        sa.Column("closes_at", sa.BigInteger, nullable=False),
        sa.Column("refunded", sa.String(39), nullable=False),
        sa.Column("opened_block", sa.BigInteger, nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recipient_keys",
        sa.Column("advertiser", sa.LargeBinary(20), primary_key=True),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attestations",
        sa.Column("operator", sa.LargeBinary(20), primary_key=True),
        sa.Column("subject", sa.LargeBinary(20), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "erasure_requests",
        sa.Column("operator", sa.LargeBinary(20), primary_key=True),
        sa.Column("subject", sa.LargeBinary(20), primary_key=True),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("confirmed_at", sa.BigInteger, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recorded_uses",
        sa.Column("campaign", sa.LargeBinary(32), primary_key=True),
        sa.Column("use_index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.LargeBinary(20), nullable=False, index=True),
        sa.Column("category", sa.Integer, nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "settlements",
        sa.Column("operator", sa.LargeBinary(20), primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("total", sa.String(39), nullable=False),
        sa.Column("gross", sa.String(39), nullable=False),
        sa.Column("log_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "claims",
        sa.Column("block", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("log_index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.LargeBinary(20), nullable=False, index=True),
        sa.Column("operator", sa.LargeBinary(20), nullable=False),
        sa.Column("recipient", sa.LargeBinary(20), nullable=False),
        sa.Column("amount", sa.String(39), nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "withdrawals",
        sa.Column("block", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("log_index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.LargeBinary(20), nullable=False, index=True),
        sa.Column("recipient", sa.LargeBinary(20), nullable=False),
        sa.Column("amount", sa.String(39), nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operators",
        sa.Column("operator", sa.LargeBinary(20), primary_key=True),
        sa.Column("payout", sa.LargeBinary(20), nullable=False),
        sa.Column("terms_uri", sa.String, nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operator_signers",
        sa.Column("operator", sa.LargeBinary(20), primary_key=True),
        sa.Column("signer", sa.LargeBinary(20), primary_key=True),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "keeper_sets",
        sa.Column("block", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("log_index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("keepers", sa.LargeBinary, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("seated", sa.Boolean, nullable=False),
        sa.Column("starts_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cursor",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("finalized", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "blocks",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("parent", sa.LargeBinary(32), nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "undo",
        sa.Column("block", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("key", sa.LargeBinary(64), primary_key=True),
        sa.Column("before", sa.String, nullable=True),
    )
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.LargeBinary(64), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "leases",
        "changes",
        "undo",
        "blocks",
        "cursor",
        "keeper_sets",
        "operator_signers",
        "operators",
        "withdrawals",
        "claims",
        "settlements",
        "recorded_uses",
        "erasure_requests",
        "attestations",
        "recipient_keys",
        "campaigns",
        "subject_states",
        "consents",
    ):
        op.drop_table(table)
