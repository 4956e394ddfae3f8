"""Tables. Only ciphertext, addresses, terms and bookkeeping: never chat text, never a signal's score.

Amounts and word-sized numbers are decimal strings where 64 bits do not hold them. One module per subject; import from
here, so that every table is known to ``Base.metadata``.
"""

from fairsignal.adapters.db.tables.access import ApiKeyRecord, NonceRecord, SessionRecord
from fairsignal.adapters.db.tables.base import Base, MetaRecord
from fairsignal.adapters.db.tables.decisions import (
    CatalogueDayRecord,
    OwnChangeRecord,
    RefusalCountRecord,
    SecretRecord,
    UseRequestRecord,
)
from fairsignal.adapters.db.tables.erasures import ErasureRecord, ErasureReplicaRecord
from fairsignal.adapters.db.tables.indexing import BlockRecord, ChangeRecord, CursorRecord, LeaseRecord, UndoRecord
from fairsignal.adapters.db.tables.market import UseRecord, VoucherRecord
from fairsignal.adapters.db.tables.outbox import OutboxAttemptRecord, OutboxRecord, OutboxSenderRecord
from fairsignal.adapters.db.tables.profiles import ProfileBlobRecord, ProfileRecord
from fairsignal.adapters.db.tables.projection import (
    AttestationRecord,
    CampaignRecord,
    ClaimRecord,
    ConsentRecord,
    ErasureRequestRecord,
    KeeperSetRecord,
    OperatorRecord,
    OperatorSignerRecord,
    RecipientKeyRecord,
    RecordedUseRecord,
    SettlementRecord,
    SubjectStateRecord,
    WithdrawalRecord,
)
from fairsignal.adapters.db.tables.relay import RelayGasRecord
from fairsignal.adapters.db.tables.use_log import (
    CampaignBudgetRecord,
    DailyUsesRecord,
    EpochRecord,
    LoggedUseRecord,
    VoidedUseRecord,
)

__all__ = [
    "ApiKeyRecord",
    "AttestationRecord",
    "Base",
    "BlockRecord",
    "CampaignBudgetRecord",
    "CampaignRecord",
    "CatalogueDayRecord",
    "ChangeRecord",
    "ClaimRecord",
    "ConsentRecord",
    "CursorRecord",
    "DailyUsesRecord",
    "EpochRecord",
    "ErasureRecord",
    "ErasureReplicaRecord",
    "ErasureRequestRecord",
    "KeeperSetRecord",
    "LeaseRecord",
    "LoggedUseRecord",
    "MetaRecord",
    "NonceRecord",
    "OperatorRecord",
    "OperatorSignerRecord",
    "OutboxAttemptRecord",
    "OutboxRecord",
    "OutboxSenderRecord",
    "OwnChangeRecord",
    "ProfileBlobRecord",
    "ProfileRecord",
    "RecipientKeyRecord",
    "RecordedUseRecord",
    "RefusalCountRecord",
    "RelayGasRecord",
    "SecretRecord",
    "SessionRecord",
    "SettlementRecord",
    "SubjectStateRecord",
    "UndoRecord",
    "UseRecord",
    "UseRequestRecord",
    "VoidedUseRecord",
    "VoucherRecord",
    "WithdrawalRecord",
]
