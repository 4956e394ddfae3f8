"""The use log's format, against its test vector, another reader, and what somebody might alter."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.cid import CHUNK
from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.log_index import MAX_CAMPAIGNS, LogIndex, check_books_key, keys_of, open_log_key, parse_index
from fairsignal.domain.log_keys import LogContext, LogKeys
from fairsignal.domain.log_parts import (
    GROUP_RECORDS,
    Group,
    PartRef,
    open_book,
    open_group,
    pack_directories,
    pack_groups,
    read_directory,
    read_groups,
    seal_books,
    seal_groups,
)
from fairsignal.domain.merkle import verify_proof
from fairsignal.domain.use_record import RECORD_BYTES, UseRecord, pack_records, unpack_records

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
CONTEXT = LogContext(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3", "0x" + "00" * 19 + "01", 7)
KEYS = LogKeys(b"\1" * 32, CONTEXT)
SUBJECT = b"\2" * 20
RECORDS = st.builds(
    UseRecord,
    st.binary(min_size=16, max_size=16),
    st.integers(0, (1 << 16) - 1),
    st.integers(0, 255),
    st.integers(0, (1 << 40) - 1),
)


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / "use-log-v1.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def index(vector: dict[str, Any]) -> LogIndex:
    return parse_index(vector["index"].encode())


def record(number: int) -> UseRecord:
    return UseRecord(number.to_bytes(16), 0, 1, 10)


@given(st.lists(RECORDS, max_size=20))
def test_records_are_24_bytes_and_come_back(records: list[UseRecord]) -> None:
    packed = pack_records(records)
    assert len(packed) == RECORD_BYTES * len(records)
    assert unpack_records(packed) == records


def test_a_part_of_a_record_is_refused() -> None:
    with pytest.raises(IntegrityError) as refusal:
        unpack_records(bytes(25))
    assert refusal.value.code == "bad-use-log"


def test_another_reader_finds_in_the_vector_what_was_put_in(vector: dict[str, Any]) -> None:
    if shutil.which("node") is None:
        pytest.fail("node is missing: run `make setup-dev`.")
    done = subprocess.run(
        ["node", str(VECTORS / "read_use_log.mjs")],
        input=json.dumps(vector),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        name: vector[name] for name in ("context", "subjects", "days", "previous_books_key", "debits")
    }


def test_the_vector_opens(vector: dict[str, Any], index: LogIndex) -> None:
    log_key = open_log_key(index.auditors[0].sealed, bytes.fromhex(vector["auditor_private_key"]), index.context)
    assert log_key.hex() == vector["log_key"]
    keys = LogKeys(log_key, index.context)
    assert index.context.encoded.hex() == vector["context"]
    assert keys.previous_books(index.previous_books).hex() == vector["previous_books_key"]
    assert index.debits.hex() == vector["debits"]
    found = {group.tag: group for part in vector["parts"]["uses"] for group in read_groups(bytes.fromhex(part))}
    for subject in vector["subjects"]:
        key, tag = keys.of_subject(bytes.fromhex(subject["address"]))
        assert (key.hex(), tag.hex()) == (subject["key"], subject["tag"])
        if subject["uses"]:
            total, records = open_group(key, 0, found[tag].sealed)
            assert str(total) == subject["total"]
            assert [[r.use_id.hex(), r.campaign, r.category, r.block] for r in records] == subject["uses"]


def test_the_vectors_proof_leads_to_its_root(vector: dict[str, Any], index: LogIndex) -> None:

    proof = vector["proof"]
    siblings = [bytes.fromhex(node) for node in proof["siblings"]]
    assert verify_proof(index.root, bytes.fromhex(proof["address"]), int(proof["total"]), siblings)
    assert not verify_proof(index.root, bytes.fromhex(proof["address"]), int(proof["total"]) + 1, siblings)


def test_an_index_has_one_spelling(vector: dict[str, Any], index: LogIndex) -> None:
    encoded = vector["index"].encode()
    assert index.encode() == encoded
    document = json.loads(encoded)
    for altered in (
        document | {"note": "hidden"},
        document | {"market": document["market"].lower()},
        document | {"gross": "030000"},
        document | {"uses": 3.0},
        document | {"uses": True},
        document | {"epoch": 1},  # whose first has nothing before it
        document | {"campaigns": document["campaigns"][::-1]},
        document | {"campaigns": document["campaigns"][:1] * 2},
        document | {"total": str(1 << 96)},
        document | {"root": "0x00"},
        document | {"version": 2},
        {name: value for name, value in document.items() if name != "parts"},
    ):
        with pytest.raises(IntegrityError) as refusal:
            parse_index(json.dumps(altered, sort_keys=True, separators=(",", ":")).encode())
        assert refusal.value.code == "bad-use-log"
    for junk in (b"", b"[]", b"null", encoded + b" ", b" " * (CHUNK + 1), b'{"format":"fairsignal-use-log"}'):
        with pytest.raises(IntegrityError):
            parse_index(junk)


def test_an_index_of_a_thousand_campaigns_fits_a_block_and_one_more_is_refused(index: LogIndex) -> None:

    most = (1 << 96) - 1
    campaigns = tuple((number.to_bytes(32), most) for number in range(MAX_CAMPAIGNS + 1))
    assert len(replace(index, campaigns=campaigns[:-1]).encode()) <= CHUNK
    with pytest.raises(BadInput) as refusal:
        replace(index, campaigns=campaigns).encode()
    assert refusal.value.code == "epoch-too-large"


def test_keys_of_another_epoch_open_nothing() -> None:
    other = LogKeys(b"\1" * 32, LogContext(31337, CONTEXT.market, CONTEXT.operator, 8))
    key, tag = KEYS.of_subject(SUBJECT)
    (group,) = seal_groups(key, tag, 5, [record(1)])
    assert open_group(key, 0, group.sealed) == (5, [record(1)])
    for key_of_another, number in ((other.of_subject(SUBJECT)[0], 0), (KEYS.of_subject(b"\3" * 20)[0], 0), (key, 1)):
        with pytest.raises(IntegrityError) as refusal:
            open_group(key_of_another, number, group.sealed)
        assert refusal.value.code == "does-not-open"


def test_an_index_commits_to_its_keys(vector: dict[str, Any], index: LogIndex) -> None:
    """A part can be made that opens under two keys, to different things."""
    keys = keys_of(index, bytes.fromhex(vector["log_key"]))
    assert check_books_key(index, keys.books) == keys.books
    with pytest.raises(IntegrityError) as refusal:
        keys_of(index, b"\1" * 32)
    assert refusal.value.code == "wrong-log-key"
    with pytest.raises(IntegrityError) as refusal:
        check_books_key(index, b"\1" * 32)
    assert refusal.value.code == "wrong-books-key"
    of_another_epoch = replace(index, context=replace(index.context, epoch=3))
    with pytest.raises(IntegrityError):
        keys_of(of_another_epoch, bytes.fromhex(vector["log_key"]))


def test_the_log_key_is_in_no_representation() -> None:
    assert (b"\1" * 32).hex() not in repr(KEYS)
    assert repr(KEYS.books) not in repr(KEYS)


def test_a_subject_with_many_uses_has_several_groups_in_order() -> None:
    key, tag = KEYS.of_subject(SUBJECT)
    records = [record(number) for number in range(GROUP_RECORDS + 1)]
    groups = seal_groups(key, tag, 9, records)
    assert [group.records for group in groups] == [GROUP_RECORDS, 1]
    parts = list(pack_groups(groups))
    assert len(parts) == 1
    assert len(parts[0].data) <= CHUNK
    opened = [open_group(key, number, group.sealed) for number, group in enumerate(read_groups(parts[0].data))]
    assert [total for total, _ in opened] == [9, 9]
    assert [r for _, found in opened for r in found] == records


def test_parts_hold_whole_groups_and_fit_a_block() -> None:
    groups = [Group(bytes([number]) * 16, bytes(12 + 24 * 4_000 + 16), 4_000) for number in range(1, 6)]
    parts = list(pack_groups(groups))
    assert all(len(part.data) <= CHUNK for part in parts)
    assert [part.entries for part in parts] == [8_000, 8_000, 4_000]
    assert [part.first for part in parts] == [bytes([number]) * 16 for number in (1, 3, 5)]
    assert [group for part in parts for group in read_groups(part.data)] == groups


@pytest.mark.parametrize(
    "part",
    [bytes(19), bytes(16) + (28).to_bytes(4) + bytes(28), bytes(16) + (52).to_bytes(4) + bytes(51), bytes(20) + b"x"],
    ids=["no head", "no records", "cut off", "no length"],
)
def test_a_part_that_is_not_made_of_whole_groups_is_refused(part: bytes) -> None:
    with pytest.raises(IntegrityError) as refusal:
        list(read_groups(part))
    assert refusal.value.code == "bad-use-log"


@pytest.mark.parametrize(("kind", "size", "full"), [("totals", 32, 8_191), ("days", 24, 10_922)])
def test_books_fill_their_parts_and_know_their_place(kind: Any, size: int, full: int) -> None:
    entries = [number.to_bytes(size) for number in range(2 * full + 1)]
    parts = list(
        seal_books(kind, KEYS.books, (b"".join(entries[at : at + 1_000]) for at in range(0, len(entries), 1_000)))
    )
    assert [part.entries for part in parts] == [full, full, 1]
    assert all(len(part.data) <= CHUNK for part in parts)
    opened = b"".join(open_book(kind, KEYS.books, number, part.data) for number, part in enumerate(parts))
    assert opened == b"".join(entries)
    for number, other in ((1, kind), (0, "days" if kind == "totals" else "totals")):
        with pytest.raises(IntegrityError) as refusal:
            open_book(other, KEYS.books, number, parts[0].data)
        assert refusal.value.code == "does-not-open"


def test_books_without_entries_have_no_parts() -> None:
    assert list(seal_books("totals", KEYS.books, [])) == []


def test_directories_name_parts_in_order() -> None:
    refs = [PartRef(number.to_bytes(32), bytes(16), number) for number in range(5_042)]
    tables = list(pack_directories(refs))
    assert [len(table) // 52 for table in tables] == [5_041, 1]
    assert [ref for table in tables for ref in read_directory(table)] == refs
    for broken in (b"", bytes(51)):
        with pytest.raises(IntegrityError) as refusal:
            read_directory(broken)
        assert refusal.value.code == "bad-use-log"
