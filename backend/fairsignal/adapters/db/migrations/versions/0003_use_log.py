"""The log of metered uses, budgets and daily counts, and epochs.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "use_log",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("use_id", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("campaign", sa.LargeBinary(32), nullable=False),
        sa.Column("subject", sa.String(42), nullable=False),
        sa.Column("category", sa.Integer, nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False, index=True),
        sa.Column("block_time", sa.BigInteger, nullable=False),
        sa.Column("price", sa.String(39), nullable=False),
        sa.Column("share", sa.String(39), nullable=False),
        sa.Column("consent_version", sa.Integer, nullable=False),
        sa.Column("confirmed_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_use_log_subject_seq", "use_log", ["subject", "seq"])
    op.create_table(
        "campaign_budgets",
        sa.Column("campaign", sa.LargeBinary(32), primary_key=True),
        sa.Column("allowed", sa.BigInteger, nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "daily_uses",
        sa.Column("subject", sa.String(42), primary_key=True),
        sa.Column("lane", sa.LargeBinary(21), primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True),
        sa.Column("metered", sa.Integer, nullable=False),
        sa.Column("at_once", sa.Integer, nullable=False),
    )
    op.create_table(
        "voided_uses",
        sa.Column("use_id", sa.LargeBinary(16), primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False, index=True),
        sa.Column("rule", sa.String(64), nullable=False),
    )
    op.create_table(
        "epochs",
        sa.Column("epoch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("from_block", sa.BigInteger, nullable=False),
        sa.Column("to_block", sa.BigInteger, nullable=False, index=True),
        sa.Column("to_time", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("log_key", sa.LargeBinary(32), nullable=False),
        sa.Column("auditors", sa.JSON, nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False),
        sa.Column("gross", sa.String(39), nullable=False),
        sa.Column("total", sa.String(39), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("log_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("index", sa.LargeBinary, nullable=False),
        sa.Column("debits", sa.LargeBinary, nullable=False),
        sa.Column("quorum", sa.LargeBinary, nullable=False),
        sa.Column("tx_hash", sa.String(66), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in ("epochs", "voided_uses", "daily_uses", "campaign_budgets", "use_log"):
        op.drop_table(table)
