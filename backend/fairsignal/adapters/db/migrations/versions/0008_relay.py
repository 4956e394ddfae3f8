"""Gas spent on relaying per day.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relay_gas",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("gas", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("relay_gas")
