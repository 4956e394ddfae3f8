"""What the use cases need from the outside world. Every port has at least a local adapter, and all adapters of a
port pass the same contract tests.

One module per subject; import from here.
"""

from fairsignal.ports.access import (
    ApiKeyRow,
    ApiKeys,
    Nonces,
    SessionRow,
    Sessions,
    SignInMessage,
    SignInVerifier,
)
from fairsignal.ports.audit import AuditFacts, SettleCall
from fairsignal.ports.block_times import BlockTimes
from fairsignal.ports.catalogue import CatalogueDays, CatalogueFigure, RefusalCounts
from fairsignal.ports.chain import (
    BlockRef,
    BlockTag,
    ChainReader,
    ErasureFacts,
    ErasureLog,
    PaidUse,
    RecordedUse,
    ReleaseFacts,
    ReleaseSnapshot,
    Standstill,
    SubjectFacts,
)
from fairsignal.ports.chain_writes import (
    Admission,
    ChainWriter,
    Mined,
    OutboxFigures,
    SignedClaim,
    SignedGrant,
    Signer,
    WalletSigner,
)
from fairsignal.ports.clock import Clock
from fairsignal.ports.confirmations import Confirmations, DayRoom
from fairsignal.ports.consent_chain import ConsentChain, StoredConsent
from fairsignal.ports.decision_feed import Changes, DecisionFeed, FeedPosition, ServedCampaign, UsesOnDay
from fairsignal.ports.deposits import Deposit, DepositBox, EpochKeys, HeldShares, RequestLog
from fairsignal.ports.erasures import ErasureReplica, ErasureReplicaState, ErasureRow, Erasures, ErasureState
from fairsignal.ports.holdings import Holdings
from fairsignal.ports.indexing import (
    BlockEvents,
    Difference,
    EventRange,
    EventSource,
    Lease,
    Projection,
    ProjectionSnapshot,
)
from fairsignal.ports.keepers import (
    ErasedAnswer,
    KeeperClient,
    KeeperDirectory,
    KeeperInfo,
    ReleaseAnswer,
    ReleaseRequest,
)
from fairsignal.ports.limits import RateLimit
from fairsignal.ports.models import Classifier, Embedder, Scores
from fairsignal.ports.operations import OperatorFigures
from fairsignal.ports.profiles import ProfileRow, Profiles
from fairsignal.ports.relay import GasBudget
from fairsignal.ports.settlements import OperatorBooks, SettledEpoch, SettlementReader, SettlementRequest
from fairsignal.ports.storage import (
    BlobSource,
    BlobStore,
    Replica,
    ReplicaCondition,
    ReplicaReport,
    ReplicaSet,
    ReplicaState,
)
from fairsignal.ports.use_history import PastUse, UseHistory
from fairsignal.ports.use_log import EpochRow, Epochs, EpochState, LoggedUse, UseLog
from fairsignal.ports.uses import Pacing, UseRow, Uses, VoucherRow, Vouchers
from fairsignal.ports.work import UnitOfWork, UnitOfWorkFactory

__all__ = [
    "Admission",
    "ApiKeyRow",
    "ApiKeys",
    "AuditFacts",
    "BlobSource",
    "BlobStore",
    "BlockEvents",
    "BlockRef",
    "BlockTag",
    "BlockTimes",
    "CatalogueDays",
    "CatalogueFigure",
    "ChainReader",
    "ChainWriter",
    "Changes",
    "Classifier",
    "Clock",
    "Confirmations",
    "ConsentChain",
    "DayRoom",
    "DecisionFeed",
    "Deposit",
    "DepositBox",
    "Difference",
    "Embedder",
    "EpochKeys",
    "EpochRow",
    "EpochState",
    "Epochs",
    "ErasedAnswer",
    "ErasureFacts",
    "ErasureLog",
    "ErasureReplica",
    "ErasureReplicaState",
    "ErasureRow",
    "ErasureState",
    "Erasures",
    "EventRange",
    "EventSource",
    "FeedPosition",
    "GasBudget",
    "HeldShares",
    "Holdings",
    "KeeperClient",
    "KeeperDirectory",
    "KeeperInfo",
    "Lease",
    "LoggedUse",
    "Mined",
    "Nonces",
    "OperatorBooks",
    "OperatorFigures",
    "OutboxFigures",
    "Pacing",
    "PaidUse",
    "PastUse",
    "ProfileRow",
    "Profiles",
    "Projection",
    "ProjectionSnapshot",
    "RateLimit",
    "RecordedUse",
    "RefusalCounts",
    "ReleaseAnswer",
    "ReleaseFacts",
    "ReleaseRequest",
    "ReleaseSnapshot",
    "Replica",
    "ReplicaCondition",
    "ReplicaReport",
    "ReplicaSet",
    "ReplicaState",
    "RequestLog",
    "Scores",
    "ServedCampaign",
    "SessionRow",
    "Sessions",
    "SettleCall",
    "SettledEpoch",
    "SettlementReader",
    "SettlementRequest",
    "SignInMessage",
    "SignInVerifier",
    "SignedClaim",
    "SignedGrant",
    "Signer",
    "Standstill",
    "StoredConsent",
    "SubjectFacts",
    "UnitOfWork",
    "UnitOfWorkFactory",
    "UseHistory",
    "UseLog",
    "UseRow",
    "Uses",
    "UsesOnDay",
    "VoucherRow",
    "Vouchers",
    "WalletSigner",
]
