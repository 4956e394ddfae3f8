"""An outbox of intents, with every signed attempt beside them, and one nonce sequence per key.

Revision ID: 0007
"""

import rlp  # type: ignore[import-untyped] # it says nothing of its types
import sqlalchemy as sa
from alembic import op
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def old_outbox() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("sender", sa.String(42), primary_key=True),
        sa.Column("nonce", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("tx_hash", sa.String(66), nullable=False, index=True),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.String(16), nullable=False, index=True),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("gas_used", sa.BigInteger, nullable=False),
    )


def outbox_columns() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("sender", sa.String(42), primary_key=True),
        sa.Column("nonce", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("recipient", sa.String(42), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("gas", sa.BigInteger, nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("final", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("tx_hash", sa.String(66), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("gas_used", sa.BigInteger, nullable=False),
        sa.Column("moved_to", sa.BigInteger, nullable=True),
    )


def attempt_columns() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("sender", sa.String(42), primary_key=True),
        sa.Column("nonce", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tx_hash", sa.String(66), nullable=False, unique=True),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("max_fee", sa.BigInteger, nullable=False),
        sa.Column("priority_fee", sa.BigInteger, nullable=False),
        sa.Column("signed_at", sa.BigInteger, nullable=False),
        sa.Column("signed_block", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["sender", "nonce"], ["outbox.sender", "outbox.nonce"], ondelete="CASCADE"),
    )


def sender_columns() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("sender", sa.String(42), primary_key=True),
        sa.Column("next_nonce", sa.BigInteger, nullable=False),
    )


def upgrade() -> None:
    old = op.get_bind().execute(sa.text("SELECT * FROM outbox ORDER BY sender, nonce")).mappings().all()
    op.drop_table("outbox")
    outbox = op.create_table("outbox", *outbox_columns())
    op.create_index("ix_outbox_sender_final", "outbox", ["sender", "final"])
    attempts = op.create_table("outbox_attempts", *attempt_columns())
    senders = op.create_table("outbox_senders", *sender_columns())
    next_nonces: dict[str, int] = {}
    for row in old:
        # Type 2: [chain id, nonce, priority fee, fee, gas, to, value, data, access list, v, r, s]
        fields = rlp.decode(row["raw"][1:])
        priority, fee, gas = (int.from_bytes(field) for field in fields[2:5])
        to = str(to_checksum_address(fields[5]))
        where = {"sender": row["sender"], "nonce": row["nonce"]}
        dropped = row["status"] == "dropped"
        intent = {
            "recipient": to,
            "data": fields[7],
            "gas": gas,
            "label": row["label"],
            "key": keccak(to.encode() + fields[7]),
            "status": "moved" if dropped else row["status"],
            "final": dropped,
            "created_at": 0,
            "tx_hash": "" if row["status"] == "pending" else row["tx_hash"],
            "block": row["block"],
            "gas_used": row["gas_used"],
            "moved_to": None,
        }
        attempt = {
            "number": 0,
            "tx_hash": row["tx_hash"],
            "raw": row["raw"],
            "max_fee": fee,
            "priority_fee": priority,
            "signed_at": 0,
            "signed_block": 0,
        }
        op.bulk_insert(outbox, [where | intent])
        op.bulk_insert(attempts, [where | attempt])
        next_nonces[row["sender"]] = row["nonce"] + 1
    op.bulk_insert(
        senders,
        [{"sender": sender, "next_nonce": nonce} for sender, nonce in next_nonces.items()],
    )


def downgrade() -> None:
    rows = (
        op.get_bind()
        .execute(
            sa.text(
                "SELECT o.sender, o.nonce, o.label, o.status, o.block, o.gas_used, o.tx_hash AS mined, "
                "a.tx_hash, a.raw "
                "FROM outbox o LEFT JOIN outbox_attempts a ON a.sender = o.sender AND a.nonce = o.nonce "
                "ORDER BY o.sender, o.nonce, a.number"
            )
        )
        .mappings()
        .all()
    )
    if any(row["raw"] is None for row in rows):
        raise RuntimeError("A transaction is committed and not signed yet: let `fairsignal serve` finish it first.")
    # The attempt that was mined, else the newest: the old table has room for one.
    kept: dict[tuple[str, int], dict[str, object]] = {}
    for row in rows:
        where = (row["sender"], row["nonce"])
        if where not in kept or row["mined"] in ("", row["tx_hash"]):
            status = "dropped" if row["status"] == "moved" else row["status"]
            kept[where] = {name: row[name] for name in row if name != "mined"} | {"status": status}
    for table in ("outbox_senders", "outbox_attempts", "outbox"):
        op.drop_table(table)
    outbox = op.create_table("outbox", *old_outbox())
    op.bulk_insert(outbox, list(kept.values()))
