"""Decisions: changes of the operator's own rows, idempotency keys, refusals, the catalogue, shared keys; pacing.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "use_requests",
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "refusal_counts",
        sa.Column("campaign", sa.LargeBinary(32), primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rule", sa.String(64), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "catalogue_days",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("figures", sa.JSON, nullable=False),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.LargeBinary(64), nullable=False),
    )
    op.add_column("vouchers", sa.Column("metered", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("vouchers", sa.Column("pacing", sa.String(8), nullable=False, server_default="asap"))
    op.add_column("vouchers", sa.Column("accepted_at", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("vouchers") as vouchers:
        for column in ("metered", "pacing", "accepted_at"):
            vouchers.drop_column(column)
    for table in ("secrets", "catalogue_days", "refusal_counts", "use_requests", "own_changes"):
        op.drop_table(table)
