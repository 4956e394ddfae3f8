"""The story that ``fairsignal demo`` tells: four people, one operator, one advertiser, three keepers."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fairsignal.bootstrap.wallets import Wallet, advertiser_client, dev_wallets, open_wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.chats import send_chats
from fairsignal.cli.console import console, money, progress
from fairsignal.cli.demo_audit import audit_passes
from fairsignal.cli.demo_settlement import Settled, settle_metered
from fairsignal.cli.extract import extract_profile
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.campaign import CampaignTerms, split_price, voucher_message
from fairsignal.domain.categories import BY_BIT, BY_SLUG
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.consent import (
    ConsentTerms,
    Purpose,
    categories_mask,
    grant_message,
    revoke_message,
    slugs_of,
)
from fairsignal.domain.errors import FairsignalError, Refused
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.opening import open_own
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.sealing import parse_manifest
from fairsignal.domain.signals import Message, ScreenedProfile
from fairsignal.market.open_released import item_of, sign_request
from fairsignal.pipeline.importers import read_chats
from fairsignal.ports import ReleaseRequest

__all__ = [
    "Advertiser",
    "Person",
    "Story",
    "chain_time",
    "decide",
    "give_consent",
    "import_personas",
    "last_use",
    "open_campaign",
    "pay_use",
    "plan_of",
    "seal_profiles",
    "tell",
]

_PRICE = 50_001
"""0.050001 tUSD a use: odd on purpose, so that rounding shows."""
_BUDGET = 20 * _PRICE
_DAY = 86_400


@dataclass
class Step:
    """One step of the story."""

    name: str
    ok: bool = False
    seconds: float = 0.0
    said: list[str] = field(default_factory=list)


@dataclass
class Story:
    """What happened so far, for the closing table and build/demo.json."""

    steps: list[Step] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)
    current: str = ""

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Time one step; what it says is printed under its name when it is done."""
        step = Step(name)
        self.steps.append(step)
        self.current = name
        started = time.monotonic()
        try:
            yield step.said.append
            step.ok = True
        finally:
            step.seconds = round(time.monotonic() - started, 3)
            mark = "[green]✓[/]" if step.ok else "[red]✗[/]"
            console.print(f"{mark} [bold]{name}[/] [dim]{step.seconds:.1f} s[/]", soft_wrap=True)
            for line in step.said:
                console.print(f"    {line}", markup=False, soft_wrap=True)

    @property
    def passed(self) -> bool:
        """True when every step is fine and every number adds up."""
        n = self.numbers
        return (
            all(step.ok for step in self.steps)
            and n.get("escrow_before", -1) - n.get("escrow_after", 0)
            == n.get("credited_users", 0) + n.get("credited_operator", 0)
            and n.get("claimed") == n.get("credited_users")
            and n.get("settled", {}).get("claimed", -1) == n.get("settled", {}).get("people")
            and n.get("refused_after_revoke") is True
            and n.get("sensitive_leaks") == 0
            and n.get("released_plaintext_matches") is True
            and n.get("audit", {}).get("verdict") == "honest"
        )

    def write(self, path: Path, seconds: float) -> None:
        """Write build/demo.json, atomically."""
        document = {
            "ok": self.passed,
            "seconds": round(seconds, 3),
            "steps": [{"name": step.name, "ok": step.ok, "seconds": step.seconds} for step in self.steps],
            **self.numbers,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
        partial.replace(path)

    def closing(self) -> Iterator[tuple[str, str]]:
        """Rows of the closing table."""
        n = self.numbers

        def amount(key: str) -> str:
            return money(n[key], n["token_decimals"], n["token_symbol"])

        yield "uses paid on chain", str(n["uses_paid"])
        yield "escrow before → after", f"{amount('escrow_before')} → {amount('escrow_after')}"
        yield "credited to people", amount("credited_users")
        yield "credited to the operator", amount("credited_operator")
        yield "claimed by people", amount("claimed")
        spent = n["escrow_before"] - n["escrow_after"]
        difference = spent - n["credited_users"] - n["credited_operator"]
        yield "unaccounted for", f"{difference} base units"
        settled = n["settled"]
        people, symbol = money(settled["people"], n["token_decimals"]), n["token_symbol"]
        yield "metered uses settled in one transaction", f"{settled['uses']}: {people} {symbol} to people, all claimed"
        yield "sensitive or personal data that came through", str(n["sensitive_leaks"])
        yield "released signal equals the person's own copy", "yes" if n["released_plaintext_matches"] else "NO"
        yield "use and release refused after revoking", "yes" if n["refused_after_revoke"] else "NO"
        audit = n["audit"]
        yield (
            "audit from the chain and IPFS alone",
            f"{audit['verdict']}: {audit['uses']} uses, {audit['findings']} findings",
        )


@dataclass
class Person:
    """One persona with a wallet."""

    name: str
    wallet: Wallet
    messages: list[Message]
    expected: Mapping[str, Any]
    terms: ConsentTerms
    preview: ScreenedProfile
    """What extraction finds on the person's own machine."""
    key: bytes = field(default_factory=new_private_key, repr=False)
    """X25519 private key, which the person's own copy is sealed to."""
    used: list[str] = field(default_factory=list)
    """Categories of the uses that were paid, in order."""

    @property
    def address(self) -> str:
        return self.wallet.address


@dataclass
class Advertiser:
    """The advertiser: a wallet, and the key that released shares are sealed to."""

    wallet: Wallet
    key: bytes = field(default_factory=new_private_key, repr=False)
    """X25519 private key."""

    def request(self, campaign: CampaignTerms, *items: ReleaseItem) -> ReleaseRequest:
        """A signed request to the keepers."""
        deployment = self.wallet.reader.deployment
        return sign_request(
            self.wallet.signer,
            deployment.chain_id,
            deployment.profile_registry,
            campaign,
            items,
            int(time.time()),
        )


def plan_of(operator: str, now: int) -> dict[str, ConsentTerms]:
    """What each persona agrees to; floors in millionths of a token."""

    def terms(
        slugs: list[str], *, purpose: Purpose = Purpose.AD_TARGETING, floor: int = 20_000, cap: int = 5
    ) -> ConsentTerms:
        return ConsentTerms(operator, purpose, categories_mask(slugs), floor, cap, now + 90 * _DAY)

    return {
        "anna-en": terms(["travel", "outdoors", "photography", "fitness"], cap=8),
        "jonas-de": terms(["gardening", "home_improvement", "cars", "pets"], cap=2),
        "leyla-mixed": terms(["fashion", "music", "live_events", "cooking", "languages"], floor=100_000),
        "marta-es": terms(["cooking", "books", "television"], purpose=Purpose.FEED_RECOMMENDATION),
    }


async def tell(story: Story, stack: Stack, chats: Path, auditor_key: bytes) -> None:
    """Live the story on a running stack.

    Args:
        auditor_key: X25519; the backend seals its logs to it.

    Raises:
        FairsignalError: a step that must succeed did not; the story names it.
    """
    async with AsyncExitStack() as resources:
        api = await resources.enter_async_context(ApiClient(stack.url))
        operator, advertiser_wallet, *people = [
            await resources.enter_async_context(open_wallet(stack.chain.rpc_url, stack.chain.deployment, signer))
            for signer in dev_wallets(10)[1:7]
        ]
        advertiser = Advertiser(advertiser_wallet)
        deployment = operator.reader.deployment
        story.numbers |= {
            "chain_id": deployment.chain_id,
            "token_symbol": deployment.token_symbol,
            "token_decimals": deployment.token_decimals,
        }
        personas = import_personas(story, chats, people, plan_of(operator.address, await chain_time(operator)))
        await give_consent(story, api, personas)
        await seal_profiles(story, api, personas)
        campaign = await open_campaign(story, api, advertiser, operator)
        await _match_and_pay(story, api, personas, campaign, advertiser)
        await _release(story, api, stack, personas[0], campaign, advertiser)
        await _claim(story, personas, campaign, operator)
        settled = await settle_metered(story, api, stack, personas, advertiser, operator)
        await _revoke(story, api, personas[0], campaign, advertiser)
        await _check_sums(story, campaign, operator, settled)
        await _check_leaks(story, api, stack, personas)
        await audit_passes(story, stack, auditor_key)


async def chain_time(wallet: Wallet) -> int:
    """The chain's time: signatures must not be from its future."""
    return (await wallet.reader.head()).timestamp


def import_personas(story: Story, chats: Path, people: list[Wallet], plan: Mapping[str, ConsentTerms]) -> list[Person]:
    personas = []
    with story.step("each person imports an own chat export and sees what it says, on their machine") as say:
        for (name, terms), wallet in zip(plan.items(), people, strict=True):
            folder = chats / name
            messages = list(read_chats(folder / "conversations.json"))
            expected = json.loads((folder / "expected.json").read_text("utf-8"))
            preview = extract_profile(messages)
            dropped = sum(preview.report.dropped.values())
            removed = sum(preview.report.personal_data.values())
            found = ", ".join(signal.slug for signal in preview.signals)
            say(f"{name}: {len(messages)} messages → {found}")
            say(f"{'':{len(name)}}  {dropped} messages dropped, {removed} pieces of personal data removed")
            personas.append(Person(name, wallet, messages, expected, terms, preview))
    return personas


async def give_consent(story: Story, api: ApiClient, personas: list[Person]) -> None:
    with story.step("each person consents: once by an own transaction, else signed and relayed for free") as say:
        for person in personas:
            if person is personas[0]:
                mined = await person.wallet.writer.grant(person.terms)
                say(f"{person.name}: own transaction in block {mined.block}, gas {mined.gas_used:,}")
                continue
            signed_at = await chain_time(person.wallet)
            registry, chain_id = person.wallet.reader.deployment.consent_registry, person.wallet.reader.chain_id
            message = grant_message(chain_id, registry, person.address, person.terms, 1, signed_at)
            relayed = await api.post(
                "/v1/consents/relay",
                {
                    "subject": person.address,
                    "operator": person.terms.operator,
                    "purpose": int(person.terms.purpose),
                    "categories": str(person.terms.categories),
                    "floor": person.terms.floor,
                    "cap": person.terms.cap,
                    "ends_at": person.terms.ends_at,
                    "version": 1,
                    "signed_at": signed_at,
                    "signature": _hex(person.wallet.signer.sign_typed(message)),
                },
            )
            say(f"{person.name}: signature relayed in block {relayed['block']}, gas {relayed['gas_used']:,}")


async def seal_profiles(story: Story, api: ApiClient, personas: list[Person]) -> None:
    with story.step("the operator extracts what is consented to, seals, stores on IPFS, attests on chain") as say:
        cids = {}
        with progress() as bar:
            task = bar.add_task("sealing", total=len(personas))
            for person in personas:
                sealed = await send_chats(api, person.address, public_key_of(person.key), person.messages)
                cids[person.name] = sealed["cid"]
                bar.advance(task)
                say(f"{person.name}: {sealed['cid']} (version {sealed['version']}, {sealed['keepers']} keepers)")
        story.numbers["cids"] = cids


async def open_campaign(story: Story, api: ApiClient, advertiser: Advertiser, operator: Wallet) -> CampaignTerms:
    with story.step("an advertiser opens a campaign: escrow on chain, and a voucher for the operator") as say:
        wallet = advertiser.wallet
        deployment = wallet.reader.deployment
        now = await chain_time(wallet)
        wanted = ["travel", "outdoors", "gardening", "home_improvement", "fashion", "music", "books"]
        terms = CampaignTerms(
            advertiser=wallet.address,
            operator=operator.address,
            purpose=Purpose.AD_TARGETING,
            categories=categories_mask(wanted),
            price_per_use=_PRICE,
            ends_at=now + 30 * _DAY,
            salt=1,
        )
        await wallet.writer.mint(wallet.address, _BUDGET)
        await wallet.writer.approve(deployment.signal_market, _BUDGET)
        await wallet.writer.set_recipient_key(public_key_of(advertiser.key))
        mined = await wallet.writer.open_campaign(terms, _BUDGET)
        voucher = voucher_message(deployment.chain_id, deployment.signal_market, terms.id, 20)
        await api.post(
            "/v1/campaigns",
            {"terms": terms.as_json(), "ceiling": 20, "signature": _hex(wallet.signer.sign_typed(voucher))},
        )
        story.numbers["escrow_before"] = await _escrow(wallet, terms)
        amount = money(_BUDGET, deployment.token_decimals, deployment.token_symbol)
        say(f"campaign 0x{terms.id.hex()[:12]}… in block {mined.block}: {amount} in escrow")
        say(f"wants {', '.join(wanted)} at {money(_PRICE, deployment.token_decimals)} a use")
    return terms


async def _match_and_pay(
    story: Story, api: ApiClient, personas: list[Person], campaign: CampaignTerms, advertiser: Advertiser
) -> None:
    with story.step("the backend decides who matches; each use is recorded and paid on chain") as say:
        decided = await decide(api, personas, campaign)
        for person in personas:
            answer = decided[person.address]
            verdict = f"matches in {answer['category']}" if answer["allowed"] else f"no: {answer['rule']}"
            say(f"{person.name}: {verdict}")
        wanted = decided[personas[0].address]["category"]
        unpaid = ReleaseItem(personas[0].address, BY_SLUG[wanted].bit, 0, bytes(32), 0)
        early = await _refusal(_ask_release(api, advertiser.request(campaign, unpaid)))
        say(f"{personas[0].name}: the keepers release nothing before it is paid for: refused ({early})")
        paid, first = 0, ""
        for round_number in range(3):
            for person in personas:
                answer = (await decide(api, [person], campaign))[person.address]
                if not answer["allowed"]:
                    if decided[person.address]["allowed"]:
                        say(f"{person.name}: use {round_number + 1} refused: {answer['rule']}")
                    continue
                await pay_use(api, answer["token"], f"demo-{person.name}-{round_number}")
                first = first or answer["token"]
                person.used.append(answer["category"])
                paid += 1
        again = await pay_use(api, first, "demo-once-more")
        say(f"{paid} uses paid; the same use sent again is not paid again (index {again['use_index']})")
        story.numbers["uses_paid"] = paid


async def _release(
    story: Story, api: ApiClient, stack: Stack, person: Person, campaign: CampaignTerms, advertiser: Advertiser
) -> None:
    with story.step("the keepers release one category's key; the advertiser decrypts it") as say:
        await stack.chain.finalize()
        use = await last_use(advertiser, campaign, person)
        category = BY_BIT[use.category].slug
        async with advertiser_client(
            advertiser.wallet, stack.keeper_urls, stack.threshold, f"{stack.url}/v1/blobs", advertiser.key
        ) as client:
            released = await client.open(advertiser.request(campaign, use))
        digest = await advertiser.wallet.reader.digest_of(campaign.operator, person.address)
        manifest = parse_manifest(await api.get_bytes(f"/v1/blobs/{cid_of_digest(digest)}"), digest)
        own = {signal.slug: signal for signal in open_own(manifest, person.key)}
        signal = released.items[0].signal
        story.numbers["released_plaintext_matches"] = signal is not None and signal == own.get(category)
        told = ", ".join(f"keeper {keeper.index} {keeper.conduct}" for keeper in released.keepers)
        say(f"{len(released.keepers)} of {len(stack.keepers)} keepers were asked: {told}")
        if signal is not None:
            say(f"{person.name}, {category}: score {signal.score:.2f}, {signal.evidence} messages, {signal.intent}")
        unpaid = BY_SLUG["outdoors" if category != "outdoors" else "travel"]
        other = await _refusal(_ask_release(api, advertiser.request(campaign, replace(use, category=unpaid.bit))))
        say(f"{person.name}, {unpaid.slug}, which nobody paid for: refused ({other})")


async def _claim(story: Story, personas: list[Person], campaign: CampaignTerms, operator: Wallet) -> None:
    with story.step("people see and withdraw their money") as say:
        deployment = operator.reader.deployment
        credited = claimed = 0
        for person in personas:
            earned, _ = await person.wallet.reader.credit_of(person.address, campaign.lane)
            credited += earned
            if not earned:
                continue
            before = await person.wallet.reader.balance_of(person.address)
            await person.wallet.writer.withdraw([campaign.lane], person.address)
            received = await person.wallet.reader.balance_of(person.address) - before
            claimed += received
            say(f"{person.name}: {money(received, deployment.token_decimals, deployment.token_symbol)} in the wallet")
        before = await operator.reader.balance_of(operator.address)
        await operator.writer.pay_operator(campaign)
        paid_out = await operator.reader.balance_of(operator.address) - before
        say(f"operator: {money(paid_out, deployment.token_decimals, deployment.token_symbol)}")
        story.numbers |= {"credited_users": credited, "claimed": claimed, "credited_operator": paid_out}


async def _revoke(
    story: Story, api: ApiClient, person: Person, campaign: CampaignTerms, advertiser: Advertiser
) -> None:
    with story.step("the person revokes with one free signature; the next use and release are refused") as say:
        registry, chain_id = person.wallet.reader.deployment.consent_registry, person.wallet.reader.chain_id
        allowed = (await decide(api, [person], campaign))[person.address]
        signed_at = await chain_time(person.wallet)
        message = revoke_message(chain_id, registry, person.address, campaign.operator, campaign.purpose, signed_at)
        revoked = await api.post(
            "/v1/consents/relay-revocation",
            {
                "subject": person.address,
                "operator": campaign.operator,
                "purpose": int(campaign.purpose),
                "signed_at": signed_at,
                "signature": _hex(person.wallet.signer.sign_typed(message)),
            },
        )
        say(f"{person.name}: revoked, in effect from block {revoked['block']}")
        decision = (await decide(api, [person], campaign))[person.address]
        use = await _refusal(pay_use(api, allowed["token"], "demo-after-revoke"))
        paid = await last_use(advertiser, campaign, person)
        release = await _refusal(_ask_release(api, advertiser.request(campaign, paid)))
        say(f"decision: {decision['rule']}; use on chain: {use}; release by keepers: {release}")
        told = (decision["rule"], use, release)
        story.numbers["refused_after_revoke"] = told == ("no-consent", "not-consented", "no-consent")
        story.numbers["refusals_after_revoke"] = {"decision": decision["rule"], "use": use, "release": release}


async def _check_sums(story: Story, campaign: CampaignTerms, operator: Wallet, settled: Settled) -> None:
    with story.step("the numbers add up to the last base unit") as say:
        n = story.numbers
        n["escrow_after"] = await _escrow(operator, campaign)
        split = split_price(campaign.price_per_use)
        market = await operator.reader.balance_of(operator.reader.deployment.signal_market)
        checks = {
            "escrow spent = people + operator": n["escrow_before"] - n["escrow_after"]
            == n["credited_users"] + n["credited_operator"],
            "people's share of every use, rounded up": n["credited_users"] == n["uses_paid"] * split.subject,
            "people claimed all of it": n["claimed"] == n["credited_users"],
            "what was settled = people + operator": n["settled"]["gross"]
            == n["settled"]["people"] + n["settled"]["operator"],
            "people claimed all that was settled": n["settled"]["claimed"] == n["settled"]["people"],
            "the contract holds the escrows, what is owed, and nothing else": market
            == n["escrow_after"] + settled.escrow + settled.pool + settled.operator_share,
        }
        for name, holds in checks.items():
            say(f"{'yes' if holds else 'NO '}  {name}")
        n["checks"] = checks
        if not all(checks.values()):
            raise Refused("The numbers do not add up.", code="sums")


async def _check_leaks(story: Story, api: ApiClient, stack: Stack, personas: list[Person]) -> None:
    with story.step("nothing sensitive and no personal data came through, anywhere") as say:
        planted = [text for person in personas for text in person.expected["personal_data"]]
        leaks = [
            f"{person.name}: a sensitive message led to {evidence.slug}"
            for person in personas
            for evidence in person.preview.evidence
            if {entry["id"] for entry in person.expected["sensitive_messages"]} & set(evidence.message_ids)
        ]
        for person in personas:
            manifest = parse_manifest(await api.get_bytes(f"/v1/blobs/{story.numbers['cids'][person.name]}"))
            allowed = {signal.slug for signal in person.preview.signals} & set(slugs_of(person.terms.categories))
            sealed = {signal.slug for signal in open_own(manifest, person.key)}
            leaks += [
                f"{person.name}: {slug} was sealed, but not consented to or not seen" for slug in sealed - allowed
            ]
        searched = 0
        for path in sorted(stack.chain.directory.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                searched += len(content)
                leaks += [f"{path.name} holds planted personal data" for text in planted if text.encode() in content]
        for leak in leaks:
            say(leak)
        sensitive = sum(len(person.expected["sensitive_messages"]) for person in personas)
        say(f"{sensitive} sensitive messages: none is evidence of a signal" if not leaks else f"{len(leaks)} leaks")
        say(f"{len(planted)} planted e-mails, numbers and addresses: none in {searched:,} bytes of databases and logs")
        story.numbers["sensitive_leaks"] = len(leaks)


async def _escrow(wallet: Wallet, terms: CampaignTerms) -> int:
    campaign = await wallet.reader.campaign(terms)
    return 0 if campaign is None else campaign.escrow


async def decide(api: ApiClient, personas: list[Person], campaign: CampaignTerms) -> dict[str, dict[str, Any]]:
    """The operator's answers as of the chain's head, by subject."""
    head = await personas[0].wallet.reader.head()
    answer = await api.post(
        "/v1/decisions",
        {
            "subjects": [person.address for person in personas],
            "purpose": int(campaign.purpose),
            "campaigns": [_hex(campaign.id)],
            "min_block": head.number,
        },
    )
    return {decision["subject"]: decision for decision in answer["decisions"]}


async def pay_use(api: ApiClient, token: str, key: str) -> dict[str, Any]:
    return await api.post("/v1/uses", {"token": token}, **{"Idempotency-Key": key})


async def _ask_release(api: ApiClient, request: ReleaseRequest) -> dict[str, Any]:
    return await api.post("/v1/release", request.as_json())


async def last_use(advertiser: Advertiser, campaign: CampaignTerms, person: Person) -> ReleaseItem:
    """The newest use of a person by a campaign, as the chain has it."""
    return item_of((await advertiser.wallet.reader.uses(campaign.id, person.address))[-1])


async def _refusal(request: Awaitable[Any]) -> str:
    """The code of the error that a request meets; empty when it is granted."""
    try:
        await request
    except FairsignalError as error:
        return error.code
    return ""


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
