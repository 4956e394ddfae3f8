"""Profiles, vouchers, uses and the outbox.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profiles",
        sa.Column("subject", sa.String(42), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("cid", sa.String(128), nullable=False),
        sa.Column("categories", sa.String(39), nullable=False),
        sa.Column("manifest", sa.LargeBinary, nullable=False),
        sa.Column("deposits", sa.JSON, nullable=False),
        sa.Column("stored", sa.Boolean, nullable=False),
        sa.Column("deposited", sa.JSON, nullable=False),
        sa.Column("attested", sa.Boolean, nullable=False, index=True),
    )
    op.create_table(
        "vouchers",
        sa.Column("campaign", sa.LargeBinary(32), primary_key=True),
        sa.Column("advertiser", sa.String(42), nullable=False),
        sa.Column("operator", sa.String(42), nullable=False),
        sa.Column("purpose", sa.Integer, nullable=False),
        sa.Column("categories", sa.String(39), nullable=False),
        sa.Column("price_per_use", sa.String(39), nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("salt", sa.String(39), nullable=False),
        sa.Column("ceiling", sa.BigInteger, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "uses",
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("campaign", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("subject", sa.String(42), nullable=False),
        sa.Column("category", sa.Integer, nullable=False),
        sa.Column("use_index", sa.BigInteger, nullable=False),
        sa.Column("tx_hash", sa.String(66), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("campaign", "use_index"),
    )
    op.create_table(
        "outbox",
        sa.Column("sender", sa.String(42), primary_key=True),
        sa.Column("nonce", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("tx_hash", sa.String(66), nullable=False, index=True),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.String(16), nullable=False, index=True),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("gas_used", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(32), primary_key=True),
        sa.Column("value", sa.String(128), nullable=False),
    )


def downgrade() -> None:
    for table in ("meta", "outbox", "uses", "vouchers", "profiles"):
        op.drop_table(table)
