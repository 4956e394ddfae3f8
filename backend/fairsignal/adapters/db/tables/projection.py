"""What the chain says, as tables; written by the indexer alone.

Addresses are 20 raw bytes, hashes and words 32, lanes 21: a person's row takes less than half of what text would.
``block`` is where a row changed last.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fairsignal.adapters.db.tables.base import Base

__all__ = [
    "AttestationRecord",
    "CampaignRecord",
    "ClaimRecord",
    "ConsentRecord",
    "ErasureRequestRecord",
    "KeeperSetRecord",
    "OperatorRecord",
    "OperatorSignerRecord",
    "RecipientKeyRecord",
    "RecordedUseRecord",
    "SettlementRecord",
    "SubjectStateRecord",
    "WithdrawalRecord",
]

_CLUSTERED = {"sqlite_with_rowid": False}
"""Rows lie in the order of their key: one tree to write instead of two."""


class ConsentRecord(Base):
    """A stored consent: ``domain.consent.Consent.from_word(int.from_bytes(word))``. A lane's rows lie together."""

    __tablename__ = "consents"
    __table_args__ = _CLUSTERED

    lane: Mapped[bytes] = mapped_column(LargeBinary(21), primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    word: Mapped[bytes] = mapped_column(LargeBinary(32))
    block: Mapped[int] = mapped_column(BigInteger)


class SubjectStateRecord(Base):
    """What concerns all consents of a subject; who has no row revoked nothing and is no minor."""

    __tablename__ = "subject_states"
    __table_args__ = _CLUSTERED

    subject: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    revoked_all_at: Mapped[int] = mapped_column(BigInteger)
    minor: Mapped[bool] = mapped_column(Boolean)
    guardian: Mapped[bytes] = mapped_column(LargeBinary(20))
    block: Mapped[int] = mapped_column(BigInteger)


class CampaignRecord(Base):
    """An opened campaign; amounts in token base units. ``uses`` counts those recorded at once."""

    __tablename__ = "campaigns"
    __table_args__ = _CLUSTERED

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    advertiser: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    target: Mapped[bytes] = mapped_column(LargeBinary(32))
    bid: Mapped[bytes] = mapped_column(LargeBinary(32))
    operator: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    purpose: Mapped[int] = mapped_column(Integer)
    funded: Mapped[str] = mapped_column(String(39))
    """Everything that was ever paid in."""
    uses: Mapped[int] = mapped_column(BigInteger)
    closes_at: Mapped[int] = mapped_column(BigInteger)
    """Unix seconds, 0 while nobody closed it."""
    refunded: Mapped[str] = mapped_column(String(39))
    opened_block: Mapped[int] = mapped_column(BigInteger)
    block: Mapped[int] = mapped_column(BigInteger)


class RecipientKeyRecord(Base):
    """An advertiser's X25519 public key."""

    __tablename__ = "recipient_keys"
    __table_args__ = _CLUSTERED

    advertiser: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(32))
    block: Mapped[int] = mapped_column(BigInteger)


class AttestationRecord(Base):
    """The sealed profile that an operator stands for; none once its erasure is confirmed."""

    __tablename__ = "attestations"
    __table_args__ = _CLUSTERED

    operator: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    block: Mapped[int] = mapped_column(BigInteger)


class ErasureRequestRecord(Base):
    """A subject's newest request to an operator to erase everything, and the newest confirmation; Unix seconds."""

    __tablename__ = "erasure_requests"
    __table_args__ = _CLUSTERED

    operator: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    requested_at: Mapped[int] = mapped_column(BigInteger)
    confirmed_at: Mapped[int] = mapped_column(BigInteger)
    open: Mapped[bool] = mapped_column(Boolean)
    block: Mapped[int] = mapped_column(BigInteger)


class RecordedUseRecord(Base):
    """A use that was recorded and paid at once."""

    __tablename__ = "recorded_uses"
    __table_args__ = _CLUSTERED

    campaign: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    use_index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    category: Mapped[int] = mapped_column(Integer)
    block: Mapped[int] = mapped_column(BigInteger)
    timestamp: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class SettlementRecord(Base):
    """An epoch of metered uses that was booked on chain; amounts in token base units."""

    __tablename__ = "settlements"
    __table_args__ = _CLUSTERED

    operator: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    total: Mapped[str] = mapped_column(String(39))
    gross: Mapped[str] = mapped_column(String(39))
    log_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    block: Mapped[int] = mapped_column(BigInteger)
    timestamp: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class ClaimRecord(Base):
    """Settled earnings that were paid out."""

    __tablename__ = "claims"
    __table_args__ = _CLUSTERED

    block: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    operator: Mapped[bytes] = mapped_column(LargeBinary(20))
    recipient: Mapped[bytes] = mapped_column(LargeBinary(20))
    amount: Mapped[str] = mapped_column(String(39))
    timestamp: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class WithdrawalRecord(Base):
    """Earnings from uses recorded at once that were paid out."""

    __tablename__ = "withdrawals"
    __table_args__ = _CLUSTERED

    block: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    recipient: Mapped[bytes] = mapped_column(LargeBinary(20))
    amount: Mapped[str] = mapped_column(String(39))
    timestamp: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class OperatorRecord(Base):
    """A registered operator."""

    __tablename__ = "operators"
    __table_args__ = _CLUSTERED

    operator: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    payout: Mapped[bytes] = mapped_column(LargeBinary(20))
    terms_uri: Mapped[str] = mapped_column(String)
    block: Mapped[int] = mapped_column(BigInteger)


class OperatorSignerRecord(Base):
    """A key that may act for an operator; taken back, it has no row."""

    __tablename__ = "operator_signers"
    __table_args__ = _CLUSTERED

    operator: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    signer: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    block: Mapped[int] = mapped_column(BigInteger)


class KeeperSetRecord(Base):
    """Keepers that were named, or took office. ``keepers``: their addresses one after the other, in share order."""

    __tablename__ = "keeper_sets"
    __table_args__ = _CLUSTERED

    block: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    keepers: Mapped[bytes] = mapped_column(LargeBinary)
    threshold: Mapped[int] = mapped_column(Integer)
    seated: Mapped[bool] = mapped_column(Boolean)
    starts_at: Mapped[int] = mapped_column(BigInteger)
    """Unix seconds from which they may take office, or since when they are in it."""
