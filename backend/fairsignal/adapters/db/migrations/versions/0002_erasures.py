"""Erasures with their replicas, and the CIDs of all versions of a profile.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profile_blobs",
        sa.Column("subject", sa.String(42), primary_key=True),
        sa.Column("cid", sa.String(128), primary_key=True),
    )
    # Of earlier versions nothing is known any more; from now on all are remembered.
    op.execute("INSERT INTO profile_blobs (subject, cid) SELECT subject, cid FROM profiles")
    op.create_table(
        "erasures",
        sa.Column("subject", sa.String(42), primary_key=True),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("confirmed_at", sa.BigInteger, nullable=False),
        sa.Column("tx_hash", sa.String(66), nullable=False),
    )
    op.create_table(
        "erasure_replicas",
        sa.Column("subject", sa.String(42), primary_key=True),
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.String(64), nullable=False),
        sa.Column("next_try_at", sa.BigInteger, nullable=False),
        sa.Column("erased_at", sa.BigInteger, nullable=False),
        sa.Column("receipt", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for table in ("erasure_replicas", "erasures", "profile_blobs"):
        op.drop_table(table)
