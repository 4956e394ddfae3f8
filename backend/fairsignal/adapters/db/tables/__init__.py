"""Tables. Only ciphertext, addresses, terms and bookkeeping: never chat text, never a signal's score.

Amounts and word-sized numbers are decimal strings where 64 bits do not hold them. One module per subject; import from
here, so that every table is known to ``Base.metadata``.
"""

from fairsignal.adapters.db.tables.base import Base, MetaRecord
from fairsignal.adapters.db.tables.erasures import ErasureRecord, ErasureReplicaRecord
from fairsignal.adapters.db.tables.market import UseRecord, VoucherRecord
from fairsignal.adapters.db.tables.outbox import OutboxRecord
from fairsignal.adapters.db.tables.profiles import ProfileBlobRecord, ProfileRecord
from fairsignal.adapters.db.tables.use_log import (
    CampaignBudgetRecord,
    DailyUsesRecord,
    EpochRecord,
    LoggedUseRecord,
    VoidedUseRecord,
)

__all__ = [
    "Base",
    "CampaignBudgetRecord",
    "DailyUsesRecord",
    "EpochRecord",
    "ErasureRecord",
    "ErasureReplicaRecord",
    "LoggedUseRecord",
    "MetaRecord",
    "OutboxRecord",
    "ProfileBlobRecord",
    "ProfileRecord",
    "UseRecord",
    "VoidedUseRecord",
    "VoucherRecord",
]
