"""Consent, matching, paying and releasing, over HTTP on a real chain with real keepers."""

from __future__ import annotations

import secrets

import httpx
import pytest

from fairsignal.adapters.chain import LocalSigner
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.campaign import split_price
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.errors import BadInput, Conflict, FairsignalError, NotFound, Refused
from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.keeper_shares import open_share
from fairsignal.domain.opening import open_own, open_with_shares
from fairsignal.domain.sealing import parse_manifest, share_info
from tests.e2e.actors import DAY, PRICE, TRAVEL_CHATS, Buyer, Someone, confirm, hexed


@pytest.fixture
def operator(wallets: list[Wallet]) -> str:
    return wallets[1].address


@pytest.fixture
def person(wallets: list[Wallet]) -> Someone:
    return Someone(wallets[0])


@pytest.fixture
def buyer(wallets: list[Wallet]) -> Buyer:
    return Buyer(wallets[2])


@pytest.fixture
async def sealed(api: ApiClient, person: Someone, operator: str) -> Someone:
    """A person who consented to travel and has an attested profile."""
    await api.post("/v1/consents/relay", await person.grant_body(operator, ["travel"]))
    await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))
    return person


async def refused(request: object, kind: type[FairsignalError] = Refused) -> str:
    with pytest.raises(kind) as caught:
        await request
    assert caught.value.message
    return caught.value.code


async def check(api: ApiClient, person: Someone, category: str = "travel") -> bool:
    answer = await api.post("/v1/consents/check", {"subjects": [person.address], "purpose": 1, "category": category})
    return bool(answer["consents"][0]["allowed"])


async def key() -> str:
    return secrets.token_hex(8)


async def test_relayed_grant_allows_its_categories_and_no_others(
    api: ApiClient, person: Someone, operator: str
) -> None:
    assert not await check(api, person)
    await api.post("/v1/consents/relay", await person.grant_body(operator, ["travel", "cooking"]))
    assert await check(api, person)
    assert await check(api, person, "cooking")
    assert not await check(api, person, "cars")


async def test_expired_signature_is_refused_and_changes_nothing(api: ApiClient, person: Someone, operator: str) -> None:
    body = await person.grant_body(operator, ["travel"], signed_at=await person.now() - DAY - 1)
    assert await refused(api.post("/v1/consents/relay", body)) == "signature-expired"
    assert not await check(api, person)


async def test_replayed_signature_is_refused(api: ApiClient, person: Someone, operator: str) -> None:
    body = await person.grant_body(operator, ["travel"])
    await api.post("/v1/consents/relay", body)
    assert await refused(api.post("/v1/consents/relay", body)) == "wrong-version"
    await api.post("/v1/consents/relay-revocation", await person.revocation_body(operator))
    assert await refused(api.post("/v1/consents/relay", body)) == "wrong-version"
    assert not await check(api, person)


async def test_somebody_elses_signature_is_refused(api: ApiClient, person: Someone, operator: str) -> None:
    body = await person.grant_body(operator, ["travel"], signer=LocalSigner(secrets.token_bytes(32)))
    assert await refused(api.post("/v1/consents/relay", body)) == "invalid-signature"
    assert not await check(api, person)


async def test_prohibited_category_is_refused_before_it_costs_anything(
    api: ApiClient, person: Someone, operator: str
) -> None:
    body = await person.grant_body(operator, ["travel"]) | {"categories": str(1 << 117)}
    assert await refused(api.post("/v1/consents/relay", body), BadInput) == "prohibited-category"


async def test_chats_without_consent_are_not_read(api: ApiClient, person: Someone, stack: Stack) -> None:
    assert await refused(api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))) == "no-consent"
    assert await person.reader.reader.digest_of(stack.operator.address, person.address) == bytes(32)


async def test_only_consented_categories_are_extracted(api: ApiClient, person: Someone, operator: str) -> None:
    await api.post("/v1/consents/relay", await person.grant_body(operator, ["cooking"]))
    sealed = await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))
    manifest = parse_manifest(await api.get_bytes(f"/v1/blobs/{sealed['cid']}"))
    assert open_own(manifest, person.key) == []


async def test_attested_word_is_the_manifests_hash_and_its_cid(api: ApiClient, sealed: Someone, operator: str) -> None:
    digest = await sealed.reader.reader.digest_of(operator, sealed.address)
    again = await api.post("/v1/chats", sealed.chats_body(TRAVEL_CHATS))
    assert again["version"] == 2
    assert again["digest"] != hexed(digest)
    newer = await sealed.reader.reader.digest_of(operator, sealed.address)
    manifest = parse_manifest(await api.get_bytes(f"/v1/blobs/{again['cid']}"), newer)
    assert [signal.slug for signal in open_own(manifest, sealed.key)] == ["travel"]


async def test_use_is_paid_once_however_often_it_is_sent(
    api: ApiClient, sealed: Someone, buyer: Buyer, operator: str
) -> None:
    terms = await buyer.open(api, operator, ["travel"])
    token, once = await buyer.token(api, terms, sealed.address), await key()
    first = await confirm(api, token, once)
    assert await confirm(api, token, once) == first
    assert await confirm(api, token) == first
    assert await sealed.credit(operator) == split_price(PRICE).subject
    other = await buyer.token(api, terms, sealed.address)
    assert await refused(confirm(api, other, once), Conflict) == "key-reused"


async def test_campaign_that_ran_out_of_money_pays_and_matches_nothing_more(
    api: ApiClient, sealed: Someone, buyer: Buyer, operator: str
) -> None:
    terms = await buyer.open(api, operator, ["travel"], uses=1)
    first, second = [await buyer.token(api, terms, sealed.address) for _ in range(2)]
    await confirm(api, first)
    assert await refused(confirm(api, second)) == "escrow-exhausted"
    assert (await buyer.decision(api, terms, sealed.address))["rule"] == "budget-exhausted"
    assert await sealed.credit(operator) == split_price(PRICE).subject


async def test_voucher_of_somebody_else_is_refused(
    api: ApiClient, buyer: Buyer, operator: str, wallets: list[Wallet]
) -> None:
    terms = await buyer.open(api, operator, ["travel"])
    forged = Buyer(wallets[3]).voucher_body(terms, 1000)
    assert await refused(api.post("/v1/campaigns", forged), BadInput) == "bad-signature"


async def test_unknown_campaign_is_named(api: ApiClient, person: Someone) -> None:
    body = {"subjects": [person.address], "purpose": 1, "campaigns": ["0x" + "12" * 32]}
    assert await refused(api.post("/v1/decisions", body), NotFound) == "no-such-campaign"


async def test_release_waits_for_a_final_payment_and_gives_one_category(
    api: ApiClient, sealed: Someone, buyer: Buyer, operator: str, stack: Stack
) -> None:
    terms = await buyer.open(api, operator, ["travel", "cooking"])
    await stack.chain.finalize()
    assert await refused(buyer.release(api, terms, sealed.address, "travel")) == "not-paid"
    await buyer.use(api, terms, sealed.address)
    assert await refused(buyer.release(api, terms, sealed.address, "travel")) == "not-final"
    await stack.chain.finalize()
    released = await buyer.release(api, terms, sealed.address, "travel")

    digest = await sealed.reader.reader.digest_of(operator, sealed.address)
    manifest = parse_manifest(await api.get_bytes(f"/v1/blobs/{cid_of_digest(digest)}"), digest)
    bit = BY_SLUG["travel"].bit
    shares = {
        reply["index"]: open_share(
            bytes.fromhex(reply["answer"]["results"][0]["share"][2:]),
            buyer.key,
            share_info(digest, terms.id, bit, reply["index"]),
        )
        for reply in released["replies"]
    }
    opened = open_with_shares(manifest, bit, shares)
    assert opened.liars == ()
    assert opened.signal == open_own(manifest, sealed.key)[0]
    other = await buyer.release_body(terms, sealed.address, "cooking")
    assert await refused(api.post("/v1/release", other)) == "not-paid"


async def test_nothing_is_released_to_an_advertiser_without_a_recipient_key(
    api: ApiClient, sealed: Someone, wallets: list[Wallet], operator: str, stack: Stack
) -> None:
    buyer = Buyer(wallets[4])
    terms = await buyer.open(api, operator, ["travel"], with_key=False)
    await buyer.use(api, terms, sealed.address)
    await stack.chain.finalize()
    body = await buyer.release_body(terms, sealed.address, "travel")
    assert await refused(api.post("/v1/release", body)) == "no-recipient-key"
    await buyer.wallet.writer.set_recipient_key(public_key_of(buyer.key))
    body = await buyer.release_body(terms, sealed.address, "travel")
    assert await refused(api.post("/v1/release", body)) == "no-recipient-key"  # not final yet
    await stack.chain.finalize()
    assert await buyer.release(api, terms, sealed.address, "travel")


async def test_terms_too_wide_for_the_contract_are_refused(api: ApiClient, buyer: Buyer, operator: str) -> None:
    body = buyer.voucher_body(await buyer.open(api, operator, ["travel"]), 5)
    body["terms"]["salt"] = str(1 << 47)
    assert await refused(api.post("/v1/campaigns", body), BadInput) == "campaign-terms-too-wide"


async def test_release_is_refused_at_once_after_revoking(
    api: ApiClient, sealed: Someone, buyer: Buyer, operator: str, stack: Stack
) -> None:
    terms = await buyer.open(api, operator, ["travel"])
    await buyer.use(api, terms, sealed.address)
    await stack.chain.finalize()
    await buyer.release(api, terms, sealed.address, "travel")
    token = await buyer.token(api, terms, sealed.address)
    await api.post("/v1/consents/relay-revocation", await sealed.revocation_body(operator))
    assert await refused(buyer.release(api, terms, sealed.address, "travel")) == "no-consent"
    assert await refused(confirm(api, token)) == "not-consented"


async def test_release_request_must_be_the_advertisers_fresh_and_unused(
    api: ApiClient, sealed: Someone, buyer: Buyer, operator: str, stack: Stack
) -> None:
    terms = await buyer.open(api, operator, ["travel"])
    await buyer.use(api, terms, sealed.address)
    await stack.chain.finalize()
    forged = await buyer.release_body(terms, sealed.address, "travel", signer=LocalSigner(secrets.token_bytes(32)))
    assert await refused(api.post("/v1/release", forged)) == "bad-signature"
    late = await buyer.release_body(terms, sealed.address, "travel", expires_in=-5)
    assert await refused(api.post("/v1/release", late)) == "request-expired"
    body = await buyer.release_body(terms, sealed.address, "travel")
    await api.post("/v1/release", body)
    assert await refused(api.post("/v1/release", body)) == "request-replayed"


async def test_invalid_request_names_fields_and_echoes_nothing(stack: Stack) -> None:
    secret = "my-secret-chat-text"
    async with httpx.AsyncClient(base_url=stack.url) as http:
        answer = await http.post("/v1/chats", json={"subject": "0x12", "subject_key": secret, "chats": []})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid-request"
    assert {field["field"] for field in problem["fields"]} == {"subject", "subject_key", "chats"}
    assert secret not in answer.text


async def test_openapi_lists_the_documented_routes(stack: Stack) -> None:
    async with httpx.AsyncClient(base_url=stack.url) as http:
        paths = (await http.get("/openapi.json")).json()["paths"]
        health = (await http.get("/healthz")).json()
    assert {"/v1/consents/check", "/v1/decisions", "/v1/chats", "/v1/release", "/v1/uses"} <= set(paths)
    assert health["status"] == "ok"
