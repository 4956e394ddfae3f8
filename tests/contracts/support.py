"""What the contract tests share: packed words, typed data, Merkle trees, exact reverts and exact times."""

import time
from typing import NamedTuple

from brownie import project, web3
from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import function_signature_to_4byte_selector

DAY = 86_400
MNEMONIC = "test test test test test test test test test test test junk"
SIGNERS = 20
TRAVEL, COOKING, GAMING = 0, 3, 8
PROHIBITED = range(112, 128)
ZERO = "0x0000000000000000000000000000000000000000"
ERC6492_SUFFIX = bytes.fromhex("6492" * 16)

Account.enable_unaudited_hdwallet_features()
_keys = {}


class Consent(NamedTuple):
    """The fields of a consent word, from the lowest bit; units as in IConsentRegistry."""

    categories: int = 1 << TRAVEL | 1 << COOKING
    granted_at: int = 0
    ends_at: int = 0
    floor: int = 0
    cap: int = 10
    version: int = 0
    guarded: int = 0

    @property
    def word(self):
        """As one word."""
        word, shift = 0, 0
        for value, width in zip(self, self.widths(), strict=True):
            assert value < 1 << width
            word |= value << shift
            shift += width
        return word

    @classmethod
    def of(cls, word):
        """The fields of a word."""
        fields = []
        for width in cls.widths():
            fields.append(word & (1 << width) - 1)
            word >>= width
        return cls(*fields)

    @staticmethod
    def widths():
        """Bits of each field; 256 together."""
        return 128, 32, 32, 32, 12, 19, 1


class Terms(NamedTuple):
    """The terms of a campaign; packed as in ISignalMarket."""

    advertiser: object
    operator: object
    purpose: int
    categories: int
    price: int
    ends_at: int
    salt: int

    @property
    def target(self):
        """The first word."""
        return lane_of(self.operator, self.purpose) | self.ends_at << 168 | self.salt << 208

    @property
    def bid(self):
        """The second word."""
        return self.categories | self.price << 128

    @property
    def words(self):
        """What the advertiser hands in."""
        return self.target, self.bid

    @property
    def whole(self):
        """What everybody else hands in: the advertiser and both words."""
        return str(self.advertiser), self.target, self.bid

    @property
    def id(self):
        """The campaign's id, as text."""
        return "0x" + web3.keccak(encode(["address", "uint256", "uint256"], self.whole)).hex().removeprefix("0x")


class Settlement(NamedTuple):
    """An epoch, as ISignalMarket.Settlement."""

    operator: object
    epoch: int
    root: bytes
    total: int
    log_digest: bytes = b"\x10" * 32


class MerkleTree:
    """OpenZeppelin's StandardMerkleTree over (address, value) leaves: leaves hashed twice and sorted, pairs sorted."""

    def __init__(self, leaves, kind="uint256"):
        self.kind = kind
        hashes = sorted(self.leaf(account, value) for account, value in leaves)
        self.nodes = [b""] * (len(hashes) - 1) + hashes[::-1]
        for index in reversed(range(len(hashes) - 1)):
            self.nodes[index] = _keccak(b"".join(sorted(self.nodes[2 * index + 1 : 2 * index + 3])))

    @property
    def root(self):
        """32 bytes."""
        return self.nodes[0]

    def leaf(self, account, value):
        """Hash of one leaf."""
        return _keccak(_keccak(encode(["address", self.kind], [str(account), value])))

    def proof(self, account, value):
        """Siblings from the leaf up."""
        index, siblings = self.nodes.index(self.leaf(account, value)), []
        while index:
            siblings.append(self.nodes[index + 1 if index % 2 else index - 1])
            index = (index - 1) // 2
        return siblings


def use_of(subject, category, index):
    """A use word, as in ISignalMarket."""
    return int(str(subject), 16) | category << 160 | index << 168


def packed_uses(*uses):
    """Uses (subject, category) as records of `recordUses`."""
    return b"".join(bytes([category]) + bytes.fromhex(str(subject)[2:]) for subject, category in uses)


def packed_debits(*debits):
    """Debits (campaign id, amount) as records of `settle`."""
    return b"".join(bytes.fromhex(str(campaign)[2:42]) + amount.to_bytes(12, "big") for campaign, amount in debits)


def plain(values):
    """What Brownie decoded, as plain numbers and lower-case text: its own tuples compare with nothing else."""
    return _comparable(tuple(values))


def subject_share(price):
    """The person's part of one use's price: 70 %, rounded up."""
    return -(-price * 7_000 // 10_000)


def lane_of(operator, purpose=1):
    """Operator and purpose in one word."""
    return int(str(operator), 16) << 8 | purpose


def now():
    """Time of the newest block, Unix seconds."""
    return web3.eth.get_block("latest")["timestamp"]


def next_block_at(timestamp):
    """The next block, and so the next transaction, has this time; returns it."""
    request("evm_setNextBlockTimestamp", timestamp)
    return timestamp


def request(method, *params):
    """One JSON-RPC request -> its result."""
    answer = web3.provider.make_request(method, list(params))
    assert "error" not in answer, answer["error"]
    return answer["result"]


def set_storage(contract, slot, value):
    """Write one storage slot of a contract."""
    request("anvil_setStorageAt", contract.address, f"0x{slot:064x}", f"0x{value:064x}")


def word_slot(account, key):
    """Where `Words` holds the word of an account under a key."""
    return int.from_bytes(_keccak(bytes.fromhex(str(account)[2:]) + key.to_bytes(32, "big")), "big")


def send(method, *args, sender):
    """Mine a transaction, whatever comes of it -> (succeeded, what it returned or reverted with)."""
    to = {"to": method._address} if hasattr(method, "_address") else {}
    call = {"from": str(sender), "data": method.encode_input(*args), "gas": hex(10_000_000), **to}
    transaction = request("eth_sendTransaction", call)
    receipt = receipt_of(transaction)
    trace = request("debug_traceTransaction", transaction, {"tracer": "callTracer"})
    return int(receipt["status"], 16) == 1, bytes.fromhex(trace.get("output", "0x")[2:])


def receipt_of(transaction):
    """The receipt, as soon as Anvil has mined the transaction."""
    for _ in range(200):
        receipt = request("eth_getTransactionReceipt", transaction)
        if receipt is not None:
            return receipt
        time.sleep(0.01)
    raise AssertionError("the transaction was not mined")


def error(name, *values):
    """What a revert with this custom error returns: its selector and its values."""
    types = _error_types(name)
    return selector(name) + encode(types, [_encodable(*each) for each in zip(types, values, strict=True)])


def selector(name):
    """First four bytes of what a revert with this custom error returns."""
    return function_signature_to_4byte_selector(f"{name}({','.join(_error_types(name))})")


TRANSFER_FAILED = function_signature_to_4byte_selector("TransferFailed()")
TRANSFER_FROM_FAILED = function_signature_to_4byte_selector("TransferFromFailed()")


def assert_reverts(expected, method, *args, sender):
    """The mined transaction reverts with exactly this `error(...)`, values included."""
    succeeded, data = send(method, *args, sender=sender)
    assert not succeeded, "the transaction went through"
    assert data.hex() == expected.hex(), f"reverted with {data.hex()}"


def assert_event(transaction, name, **fields):
    """The transaction emitted this event once, with exactly these fields."""
    assert transaction.events.count(name) == 1
    told = {field: _comparable(value) for field, value in transaction.events[name].items()}
    assert told == {field: _comparable(value) for field, value in fields.items()}


def sign(account, message):
    """An unlocked account's 65-byte EIP-712 signature, made by eth_account from its own key."""
    return bytes(Account.sign_typed_data(key_of(account), full_message=message).signature)


def key_of(account):
    """Private key of one of Anvil's accounts."""
    if not _keys:
        for index in range(SIGNERS):
            signer = Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
            _keys[signer.address] = signer.key
    return _keys[str(account)]


def compact(signature):
    """The EIP-2098 form of a 65-byte signature: 64 bytes, parity in the highest bit of `s`."""
    r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
    return r + (s | (v - 27) << 255).to_bytes(32, "big")


def digest(message):
    """The 32 bytes that are signed for typed data."""
    signable = encode_typed_data(full_message=message)
    return bytes(web3.keccak(b"\x19" + signable.version + signable.header + signable.body))


def domain_separator(message):
    """The EIP-712 domain separator of typed data."""
    return encode_typed_data(full_message=message).header


def quorum(signers, message):
    """What `requireQuorum` takes: compact signatures, by ascending address of the signer."""
    ordered = sorted(signers, key=lambda account: int(str(account), 16))
    return b"".join(compact(sign(account, message)) for account in ordered)


def counterfactual(factory, data, signature):
    """An ERC-6492 envelope: the factory's call that deploys the wallet, and a signature that the wallet then takes."""
    return encode(["address", "bytes", "bytes"], [str(factory), bytes.fromhex(data[2:]), signature]) + ERC6492_SUFFIX


def grant_message(registry, subject, lane, consent):
    """Typed data of a grant."""
    return _grant_like(registry, "Grant", subject, lane, consent)


def approve_message(registry, subject, lane, consent):
    """Typed data of a guardian's approval."""
    return _grant_like(registry, "Approve", subject, lane, consent)


def revoke_message(registry, subject, lane, signed_at):
    """Typed data of a revocation."""
    return _consent_message(
        registry,
        "Revoke",
        [
            ("address", "subject", str(subject)),
            *_lane_fields(lane),
            ("uint40", "signedAt", signed_at),
        ],
    )


def revoke_all_message(registry, subject, signed_at):
    """Typed data of the revocation of everything."""
    fields = [("address", "subject", str(subject)), ("uint40", "signedAt", signed_at)]
    return _consent_message(registry, "RevokeAll", fields)


def request_erasure_message(registry, subject, operator, signed_at):
    """Typed data of a request to erase."""
    fields = [
        ("address", "subject", str(subject)),
        ("address", "operator", str(operator)),
        ("uint40", "signedAt", signed_at),
    ]
    return typed_data("Fairsignal ProfileRegistry", "1", registry, "RequestErasure", fields)


def voucher_message(market, campaign, ceiling):
    """Typed data of an advertiser's voucher."""
    fields = [("bytes32", "campaign", bytes.fromhex(campaign[2:])), ("uint256", "ceiling", ceiling)]
    return _market_message(market, "Voucher", fields)


def withdrawal_message(market, subject, lane, earned, to, deadline):
    """Typed data of a withdrawal of what was credited at once."""
    fields = [
        ("address", "subject", str(subject)),
        ("uint256", "lane", lane),
        ("uint256", "earned", earned),
        ("address", "to", str(to)),
        ("uint256", "deadline", deadline),
    ]
    return _market_message(market, "Withdrawal", fields)


def claim_message(market, subject, operator, total, to, deadline):
    """Typed data of a claim of what was settled."""
    fields = [
        ("address", "subject", str(subject)),
        ("address", "operator", str(operator)),
        ("uint256", "total", total),
        ("address", "to", str(to)),
        ("uint256", "deadline", deadline),
    ]
    return _market_message(market, "Claim", fields)


def settlement_message(market, settlement, debits, previous_root):
    """Typed data that keepers sign to settle an epoch."""
    fields = [
        ("address", "operator", str(settlement.operator)),
        ("uint40", "epoch", settlement.epoch),
        ("bytes20", "previousRoot", previous_root),
        ("bytes32", "root", settlement.root),
        ("uint96", "total", settlement.total),
        ("bytes", "debits", debits),
        ("bytes32", "logDigest", settlement.log_digest),
    ]
    return _market_message(market, "Settlement", fields)


def permit_message(token, owner, spender, value, deadline):
    """Typed data of an EIP-2612 permit by an owner that never gave one."""
    fields = [
        ("address", "owner", str(owner)),
        ("address", "spender", str(spender)),
        ("uint256", "value", value),
        ("uint256", "nonce", 0),
        ("uint256", "deadline", deadline),
    ]
    return typed_data("Test Dollar", "1", token, "Permit", fields)


def authorization_message(token, owner, receiver, value, valid_before, campaign, salt):
    """Typed data of an EIP-3009 authorization that is bound to a campaign."""
    nonce = _keccak(bytes.fromhex(campaign[2:]) + salt.to_bytes(32, "big"))
    fields = [
        ("address", "from", str(owner)),
        ("address", "to", str(receiver)),
        ("uint256", "value", value),
        ("uint256", "validAfter", 0),
        ("uint256", "validBefore", valid_before),
        ("bytes32", "nonce", nonce),
    ]
    return typed_data("Test Dollar", "1", token, "ReceiveWithAuthorization", fields)


def vrs(signature):
    """A 65-byte signature in three parts."""
    return signature[64], signature[:32], signature[32:64]


def typed_data(name, version, contract, primary_type, fields):
    """Full EIP-712 message, with the types in the order of the fields, each (type, name, value)."""
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            primary_type: [{"name": field, "type": kind} for kind, field, _ in fields],
        },
        "primaryType": primary_type,
        "domain": {
            "name": name,
            "version": version,
            "chainId": web3.eth.chain_id,
            "verifyingContract": contract.address,
        },
        "message": {field: value for _, field, value in fields},
    }


def _consent_message(registry, primary_type, fields):
    return typed_data("Fairsignal ConsentRegistry", "1", registry, primary_type, fields)


def _market_message(market, primary_type, fields):
    return typed_data("Fairsignal SignalMarket", "1", market, primary_type, fields)


def _grant_like(registry, primary_type, subject, lane, consent):
    return _consent_message(
        registry,
        primary_type,
        [
            ("address", "subject", str(subject)),
            *_lane_fields(lane),
            ("uint128", "categories", consent.categories),
            ("uint32", "floor", consent.floor),
            ("uint16", "cap", consent.cap),
            ("uint40", "endsAt", consent.ends_at),
            ("uint32", "version", consent.version),
            ("uint40", "signedAt", consent.granted_at),
        ],
    )


def _keccak(data):
    return bytes(web3.keccak(data))


def _lane_fields(lane):
    return [("address", "operator", web3.to_checksum_address(f"0x{lane >> 8:040x}")), ("uint8", "purpose", lane & 0xFF)]


def _comparable(value):
    """Addresses, bytes and tuples as the same text or numbers, whoever decoded them."""
    if isinstance(value, (tuple, list)):
        return tuple(_comparable(item) for item in value)
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    return int(value) if isinstance(value, int) else str(value).lower()


def _encodable(kind, value):
    if kind.startswith("bytes") and isinstance(value, str):
        return bytes.fromhex(value[2:])
    return str(value) if hasattr(value, "address") else value


def _error_types(name):
    found = {
        tuple(field["type"] for field in entry["inputs"])
        for _, build in project.get_loaded_projects()[0]._build.items()
        if build["sourcePath"].startswith("contracts/")  # what libraries declare and ours do not take up is another's
        for entry in build["abi"]
        if entry["type"] == "error" and entry["name"] == name
    }
    assert len(found) == 1, f"{name}: {len(found)} definitions"
    return found.pop()
